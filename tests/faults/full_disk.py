# SPDX-License-Identifier: LGPL-3.0-or-later
"""PostgreSQL as it answers when its disk is full, without filling one."""

_CREATE = """
    CREATE OR REPLACE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF random() < {share} THEN
            PERFORM nextval('full_disk_refused');
            RAISE EXCEPTION 'could not extend file: No space left on device'
                USING ERRCODE = 'disk_full';
        END IF;
        RETURN NULL;
    END $$
"""
_TABLES = """
    SELECT relname FROM pg_class
     WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
       AND (relname LIKE 'amazon%%' OR relname IN %s)
"""
_OTHERS = (
    *("ir_cron_trigger", "mail_activity", "mail_message", "res_partner"),
    *("sale_order", "sale_order_line", "stock_move", "stock_picking", "stock_quant"),
)


class FullDisk:
    """For as long as the block lasts, a share of the statements that write fail.

    :param shop: whose database
    :param float share: of the statements that insert or update rows
    """

    def __init__(self, shop, share):
        self._shop = shop
        rows = shop.query(_TABLES, [_OTHERS])
        self._tables = [row["relname"] for row in rows]
        self._function = _CREATE.format(share=share)

    def __enter__(self):
        self._shop.query("CREATE SEQUENCE full_disk_refused")
        self._shop.query(self._function)
        for table in self._tables:
            self._shop.query(
                f'CREATE TRIGGER full_disk AFTER INSERT OR UPDATE ON "{table}"'
                " FOR EACH STATEMENT EXECUTE FUNCTION full_disk()"
            )

        return self

    def __exit__(self, *exc_info):
        self._shop.query("DROP FUNCTION full_disk() CASCADE")
        self._shop.query("DROP SEQUENCE full_disk_refused")

    def count_refused(self):
        """How many statements have failed; a sequence outlives their rollback."""
        return self._shop.value(
            "SELECT CASE WHEN is_called THEN last_value ELSE 0 END"
            "  FROM full_disk_refused"
        )
