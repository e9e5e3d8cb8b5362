# SPDX-License-Identifier: LGPL-3.0-or-later
"""The floor: what storing a report costs at the very least.

Parsed with `csv`, copied into a temporary table, merged with one statement into a table
like that of the listings, with its indexes and foreign keys. Nothing is checked,
matched or told.
"""

import csv
import io

TABLE = """
    CREATE TABLE IF NOT EXISTS bench_floor (LIKE amazon_listing INCLUDING ALL);
    ALTER TABLE bench_floor ALTER id SET DEFAULT nextval('amazon_listing_id_seq'),
        ADD FOREIGN KEY (channel_id) REFERENCES amazon_channel,
        ADD FOREIGN KEY (account_id) REFERENCES amazon_account,
        ADD FOREIGN KEY (company_id) REFERENCES res_company,
        ADD FOREIGN KEY (create_uid) REFERENCES res_users,
        ADD FOREIGN KEY (write_uid) REFERENCES res_users
"""
_WANTED = (
    "seller-sku",
    "item-name",
    "asin1",
    "price",
    "quantity",
    "open-date",
    "fulfillment-channel",
    "status",
    "item-condition",
)
_ROW = """
    CREATE TEMPORARY TABLE bench_row (
        seller_sku varchar, title varchar, asin varchar, price varchar,
        amazon_quantity varchar, listed_at varchar, fulfillment_channel varchar,
        status varchar, condition varchar)
"""
_FACTS = (
    "title",
    "asin",
    "price",
    "amazon_quantity",
    "listed_at",
    "fulfillment_channel",
    "status",
    "condition",
)
_MERGE = """
    INSERT INTO bench_floor AS stored
           (channel_id, account_id, company_id, create_uid, write_uid,
            state, active, stock_policy, stock_pack_size, seller_sku, {names})
    SELECT %s, %s, %s, 1, 1, 'unconfirmed', TRUE, 'computed', 1,
           seller_sku, title, asin, price::numeric,
           NULLIF(amazon_quantity, '')::integer,
           to_timestamp(listed_at, 'DD/MM/YYYY HH24:MI:SS'),
           fulfillment_channel, status, condition
      FROM bench_row
ON CONFLICT (channel_id, seller_sku) DO UPDATE SET ({names}) = ({excluded})
      WHERE ({stored}) IS DISTINCT FROM ({excluded})
""".format(
    names=", ".join(_FACTS),
    excluded=", ".join(f"EXCLUDED.{name}" for name in _FACTS),
    stored=", ".join(f"stored.{name}" for name in _FACTS),
)


def load(cr, path, *owner):
    """Merge the report at `path`; commits.

    :param owner: ids of the channel, its account, its company
    """
    cr.execute(_ROW)
    buffer = io.StringIO()
    with open(path, encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        places = [*map(next(rows).index, _WANTED)]
        writer = csv.writer(buffer, delimiter="\t", quoting=csv.QUOTE_MINIMAL)
        writer.writerows([row[place] for place in places] for row in rows)
    buffer.seek(0)
    cr.copy_expert("COPY bench_row FROM STDIN (FORMAT csv, DELIMITER E'\\t')", buffer)
    cr.execute(_MERGE, owner)
    cr.execute("DROP TABLE bench_row")
    cr.commit()
