# SPDX-License-Identifier: LGPL-3.0-or-later
"""The columns of India's Merchant Tax Report: of consumers 78, of businesses 86 and
more, of stock transfers 37."""

_MONEY = "Cgst Tax,Sgst Tax,Igst Tax,Utgst Tax,Compensatory Cess Tax"
_CHARGES = (
    "Shipping Amount,Shipping Amount Basis,Shipping Cgst Tax,Shipping Sgst Tax,"
    "Shipping Utgst Tax,Shipping Igst Tax,Shipping Cess Tax Amount,"
    "Gift Wrap Amount,Gift Wrap Amount Basis,Gift Wrap Cgst Tax,Gift Wrap Sgst Tax,"
    "Gift Wrap Utgst Tax,Gift Wrap Igst Tax,Gift Wrap Compensatory Cess Tax,"
    "Item Promo Discount,Item Promo Discount Basis,Item Promo Tax,"
    "Shipping Promo Discount,Shipping Promo Discount Basis,Shipping Promo Tax,"
    "Gift Wrap Promo Discount,Gift Wrap Promo Discount Basis,Gift Wrap Promo Tax"
)
_ADDRESSES = ",".join(
    f"{side} {part}"
    for side in ("Bill From", "Ship From", "Ship To")
    for part in ("City", "State", "Country", "Postal Code")
)
_RATES = "Cgst Rate,Sgst Rate,Utgst Rate,Igst Rate,Compensatory Cess Rate"
_COLLECTED = ",".join(
    f"Tcs {kind} {what}"
    for kind in ("Cgst", "Sgst", "Utgst", "Igst")
    for what in ("Rate", "Amount")
)
_NOTES = ("Credit Note No", "Credit Note Date")
_COMMON = (
    "Seller Gstin,Invoice Number,Invoice Date,Transaction Type,Order Id,Shipment Id,"
    "Shipment Date,Order Date,Shipment Item Id,Quantity,Item Description,Asin,Hsn/sac,"
    f"Sku,Product Tax Code,{_ADDRESSES},Invoice Amount,Tax Exclusive Gross,"
    f"Total Tax Amount,{_RATES},Principal Amount,Principal Amount Basis,{_MONEY},"
    f"{_CHARGES},{_COLLECTED},Warehouse Id,Fulfillment Channel,Payment Method Code"
).split(",")
CONSUMER_COLUMNS = (*_COMMON, *_NOTES)
BUSINESS_COLUMNS = (
    *_COMMON,
    *(
        "Bill To City,Bill To State,Bill To Country,Bill To Postalcode,"
        "Customer Bill To Gstid,Customer Ship To Gstid,Buyer Name"
    ).split(","),
    *_NOTES,
    *"Irn Number,Irn Filing Status,Irn Date,Irn Error Code".split(","),
)
_FROM_TO = ",".join(
    f"Ship {side} {part}"
    for side in ("From", "To")
    for part in ("Fc", "City", "State", "Country", "Postal Code")
)
TRANSFER_COLUMNS = tuple(
    (
        f"Gstin Of Receiver,Transaction Type,Transaction Id,Order Id,{_FROM_TO},"
        "Invoice Number,Invoice Date,Invoice Value,Asin,Sku,Quantity,Hsn Code,"
        "Taxable Value,Igst Rate,Igst Amount,Sgst Rate,Sgst Amount,Utgst Rate,"
        "Utgst Amount,Cgst Rate,Cgst Amount,Compensatory Cess Rate,"
        "Compensatory Cess Amount,Gstin Of Supplier,Irn Number,Irn Filing Status,"
        "Irn Date,Irn Error Code"
    ).split(",")
)
# How files of former years spell some of them.
OLD_SPELLINGS = {
    "Compensatory Cess Tax": "Compensatory CessTax",
    "Credit Note Date": "Credit Note date",
    "Seller Gstin": "Seller\tGstin",
    "Shipping Cess Tax Amount": "Shipping Cess Tax",
    "Transaction Type": "TRANSACTION TYPE",
}
