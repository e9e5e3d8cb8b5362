# SPDX-License-Identifier: LGPL-3.0-or-later
"""The columns of the Merchant Tax Report that are used, and how they are spelt.

Files of business buyers have 86 columns, of consumers 78; their order differs, so they
are found by name. City, names and the text of an item are read by nobody.
"""

import re

COLUMNS = {
    "seller_gstin": ("Seller Gstin",),
    "invoice_number": ("Invoice Number", "Invoice No"),
    "invoice_date": ("Invoice Date",),
    "transaction_type": ("Transaction Type",),
    "order_id": ("Order Id",),
    "shipment_id": ("Shipment Id",),
    "shipment_date": ("Shipment Date",),
    "order_date": ("Order Date",),
    "shipment_item_id": ("Shipment Item Id",),
    "quantity": ("Quantity",),
    "asin": ("Asin",),
    "hsn": ("Hsn/sac", "Hsn Code", "Hsn"),
    "sku": ("Sku",),
    "ship_from_state": ("Ship From State",),
    "ship_to_state": ("Ship To State",),
    "ship_to_country": ("Ship To Country",),
    "ship_to_pin": ("Ship To Postal Code", "Ship To Postalcode"),
    "invoice_amount": ("Invoice Amount",),
    "net": ("Tax Exclusive Gross",),
    "tax": ("Total Tax Amount",),
    "cgst_rate": ("Cgst Rate",),
    "sgst_rate": ("Sgst Rate",),
    "utgst_rate": ("Utgst Rate",),
    "igst_rate": ("Igst Rate",),
    "cgst": ("Cgst Tax",),
    "sgst": ("Sgst Tax",),
    "utgst": ("Utgst Tax",),
    "igst": ("Igst Tax",),
    "cess": ("Compensatory Cess Tax",),
    "shipping_cgst": ("Shipping Cgst Tax",),
    "shipping_sgst": ("Shipping Sgst Tax",),
    "shipping_utgst": ("Shipping Utgst Tax",),
    "shipping_igst": ("Shipping Igst Tax",),
    "shipping_cess": ("Shipping Cess Tax Amount", "Shipping Cess Tax"),
    "wrap_cgst": ("Gift Wrap Cgst Tax",),
    "wrap_sgst": ("Gift Wrap Sgst Tax",),
    "wrap_utgst": ("Gift Wrap Utgst Tax",),
    "wrap_igst": ("Gift Wrap Igst Tax",),
    "wrap_cess": ("Gift Wrap Compensatory Cess Tax", "Gift Wrap Cess Tax"),
    "item_promo_tax": ("Item Promo Tax",),
    "shipping_promo_tax": ("Shipping Promo Tax",),
    "wrap_promo_tax": ("Gift Wrap Promo Tax",),
    "tcs_cgst": ("Tcs Cgst Amount",),
    "tcs_sgst": ("Tcs Sgst Amount",),
    "tcs_utgst": ("Tcs Utgst Amount",),
    "tcs_igst": ("Tcs Igst Amount",),
    "warehouse": ("Warehouse Id",),
    "fulfillment_channel": ("Fulfillment Channel",),
    "credit_note_number": ("Credit Note No", "Credit Note Number"),
    "credit_note_date": ("Credit Note Date",),
    "bill_to_gstin": ("Customer Bill To Gstid", "Customer Bill To Gstin"),
    "ship_to_gstin": ("Customer Ship To Gstid", "Customer Ship To Gstin"),
    "irn": ("Irn Number", "Irn"),
    "irn_status": ("Irn Filing Status",),
}
REQUIRED = (
    "seller_gstin",
    "invoice_number",
    "invoice_date",
    "transaction_type",
    "order_id",
    "shipment_item_id",
    "ship_to_state",
    "net",
    "tax",
)
TRANSFER_COLUMNS = {
    "buyer_gstin": ("Gstin Of Receiver",),
    "transaction_type": ("Transaction Type",),
    "transaction_id": ("Transaction Id",),
    "order_id": ("Order Id",),
    "warehouse": ("Ship From Fc",),
    "ship_from_state": ("Ship From State",),
    "to_warehouse": ("Ship To Fc",),
    "ship_to_state": ("Ship To State",),
    "ship_to_country": ("Ship To Country",),
    "ship_to_pin": ("Ship To Postal Code",),
    "invoice_number": ("Invoice Number",),
    "invoice_date": ("Invoice Date",),
    "asin": ("Asin",),
    "sku": ("Sku",),
    "quantity": ("Quantity",),
    "hsn": ("Hsn Code", "Hsn/sac"),
    "net": ("Taxable Value",),
    "cgst_rate": ("Cgst Rate",),
    "sgst_rate": ("Sgst Rate",),
    "utgst_rate": ("Utgst Rate",),
    "igst_rate": ("Igst Rate",),
    "cgst": ("Cgst Amount",),
    "sgst": ("Sgst Amount",),
    "utgst": ("Utgst Amount",),
    "igst": ("Igst Amount",),
    "cess": ("Compensatory Cess Amount",),
    "seller_gstin": ("Gstin Of Supplier",),
    "irn": ("Irn Number",),
    "irn_status": ("Irn Filing Status",),
}
"""Those of the stock transfer report: goods between Amazon's warehouses, or back."""
TRANSFER_REQUIRED = (
    "buyer_gstin",
    "transaction_type",
    "transaction_id",
    "invoice_number",
    "invoice_date",
    "net",
    "seller_gstin",
)
_TELLS_TRANSFERS = ("buyer_gstin", "seller_gstin")


def name_key(text):
    """A column's name as it is compared: without case, blanks and signs."""
    return re.sub(r"[\W_]+", "", text.casefold())


def _index(columns):
    return {name_key(name): field for field, names in columns.items() for name in names}


_FIELDS, _TRANSFER_FIELDS = map(_index, (COLUMNS, TRANSFER_COLUMNS))


def find_places(header):
    """``{field: place}`` of a header's cells; the first of a name counts."""
    return _find_places(header, _FIELDS)


def find_transfer_places(header):
    """The same of a stock transfer report; None where it is none."""
    places = _find_places(header, _TRANSFER_FIELDS)
    return places if all(field in places for field in _TELLS_TRANSFERS) else None


def _find_places(header, fields):
    places = {}
    for place, cell in enumerate(header):
        if field := fields.get(name_key(cell)):
            places.setdefault(field, place)
    return places


def find_missing(places, columns=None, required=REQUIRED):
    """Amazon's names of the columns without which a file is of no use."""
    columns = columns or COLUMNS
    return [columns[field][0] for field in required if field not in places]
