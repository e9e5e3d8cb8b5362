# SPDX-License-Identifier: LGPL-3.0-or-later
"""A file that links SKUs to products, through Odoo's own import of CSV and XLSX."""

from odoo import api, models

CHANNEL_COLUMNS = ("channel_id", "channel_id/id", "channel_id/.id")


class AmazonListing(models.Model):
    _inherit = "amazon.listing"

    @api.model
    def load(self, fields, data):
        """Override: find rows by channel and seller SKU, and products exactly.

        Listings are not created by a file, and Odoo would take the first of several
        products that fit. Rows without a product are left as they are.
        """
        column = next((name for name in CHANNEL_COLUMNS if name in fields), None)
        if not column or "seller_sku" not in fields or {"id", ".id"} & set(fields):
            return super().load(fields, data)
        has_product = "product_id" in fields
        rows = list(enumerate(dict(zip(fields, row, strict=True)) for row in data))
        if has_product:
            rows = [(number, row) for number, row in rows if row["product_id"]]
        listings = self._find_rows(column, [row for _number, row in rows])
        products = self._find_products(
            {row["product_id"] for _number, row in rows} if has_product else ()
        )
        left = [name for name in fields if name not in (column, "seller_sku")]
        named = [f"{name}/.id" if name == "product_id" else name for name in left]
        matrix, messages = [], []
        for number, row in rows:
            listing = listings.get((row[column], row["seller_sku"]))
            problem = self._explain_row(row, listing, products)
            if problem:
                messages.append(
                    {
                        "type": "error",
                        "record": number,
                        "rows": {"from": number, "to": number},
                        "field": "product_id" if listing else "seller_sku",
                        "message": problem,
                    }
                )
                continue
            if has_product:
                row["product_id"] = products[row["product_id"]].id
            matrix.append([str(listing.id), *(str(row[name]) for name in left)])
        if messages:
            return {"ids": False, "messages": messages, "nextrow": 0}
        return super().load([".id", *named], matrix)

    @api.model
    def _find_rows(self, column, rows):
        """``{(channel as written, seller SKU): listing}``"""
        Channel = self.env["amazon.channel"].with_context(active_test=False)
        channels = {}
        for text in {row[column] for row in rows}:
            found = self._find_channels(column, text)
            channels[text] = found if len(found) == 1 else Channel
        known = self._find({(channels[row[column]], row["seller_sku"]) for row in rows})
        return {
            (text, sku): listing
            for text, channel in channels.items()
            for (where, sku), listing in known.items()
            if where == channel
        }

    @api.model
    def _find_channels(self, column, text):
        """The channels that a cell names: by name, database id or external id."""
        Channel = self.env["amazon.channel"].with_context(active_test=False)
        if column == "channel_id":
            return Channel.search([("name", "=", text)])
        if column == "channel_id/.id":
            known = str(text).isdecimal() and len(str(text)) < 10
            return Channel.browse(int(text)).exists() if known else Channel
        found = "." in str(text) and self.env.ref(text, raise_if_not_found=False)
        return found if found and found._name == Channel._name else Channel

    @api.model
    def _find_products(self, texts):
        """``{text: products}`` by internal reference, else barcode, else name."""
        result, todo = {}, list(texts)
        Product = self.env["product.product"]
        for name in ("default_code", "barcode", "name"):
            found = Product.search(
                [(name, "in", todo), ("amazon_charge", "=", False)]
            ).grouped(name)
            result.update({text: found[text] for text in todo if text in found})
            todo = [text for text in todo if text not in result]
        return result

    @api.model
    def _explain_row(self, row, listing, products):
        """Why a row cannot be used, or None."""
        if not listing:
            return self.env._(
                "There is no listing with the seller SKU %s on this channel, or the "
                "channel's name is not unique.",
                row["seller_sku"],
            )
        if "product_id" not in row:
            return None
        found = products.get(row["product_id"], ())
        if not found:
            return self.env._(
                "No product has the internal reference, barcode or name %s.",
                row["product_id"],
            )
        if len(found) > 1:
            return self.env._(
                "%(count)s products match %(text)s. Use an internal reference that "
                "only one of them has.",
                count=len(found),
                text=row["product_id"],
            )
        return None
