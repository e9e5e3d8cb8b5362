# SPDX-License-Identifier: LGPL-3.0-or-later
"""Files as Amazon writes them, with made-up sellers and buyers."""

import csv
import io
import zipfile

CONSUMER_COLUMNS = (
    "Seller Gstin,Invoice Number,Invoice Date,Transaction Type,Order Id,Shipment Id,"
    "Shipment Date,Order Date,Shipment Item Id,Quantity,Item Description,Asin,Hsn/sac,"
    "Sku,Product Tax Code,Bill From City,Bill From State,Bill From Country,"
    "Bill From Postal Code,Ship From City,Ship From State,Ship From Country,"
    "Ship From Postal Code,Ship To City,Ship To State,Ship To Country,"
    "Ship To Postal Code,Invoice Amount,Tax Exclusive Gross,Total Tax Amount,Cgst Rate,"
    "Sgst Rate,Utgst Rate,Igst Rate,Compensatory Cess Rate,Principal Amount,"
    "Principal Amount Basis,Cgst Tax,Sgst Tax,Igst Tax,Utgst Tax,Compensatory Cess Tax,"
    "Shipping Amount,Shipping Amount Basis,Shipping Cgst Tax,Shipping Sgst Tax,"
    "Shipping Utgst Tax,Shipping Igst Tax,Shipping Cess Tax Amount,Gift Wrap Amount,"
    "Gift Wrap Amount Basis,Gift Wrap Cgst Tax,Gift Wrap Sgst Tax,Gift Wrap Utgst Tax,"
    "Gift Wrap Igst Tax,Gift Wrap Compensatory Cess Tax,Item Promo Discount,"
    "Item Promo Discount Basis,Item Promo Tax,Shipping Promo Discount,"
    "Shipping Promo Discount Basis,Shipping Promo Tax,Gift Wrap Promo Discount,"
    "Gift Wrap Promo Discount Basis,Gift Wrap Promo Tax,Tcs Cgst Rate,Tcs Cgst Amount,"
    "Tcs Sgst Rate,Tcs Sgst Amount,Tcs Utgst Rate,Tcs Utgst Amount,Tcs Igst Rate,"
    "Tcs Igst Amount,Warehouse Id,Fulfillment Channel,Payment Method Code,"
    "Credit Note No,Credit Note Date"
).split(",")
BUSINESS_COLUMNS = [
    *CONSUMER_COLUMNS[:-2],
    *(
        "Bill To City,Bill To State,Bill To Country,Bill To Postalcode,"
        "Customer Bill To Gstid,Customer Ship To Gstid,Buyer Name,"
        "Credit Note No,Credit Note Date,Irn Number,Irn Filing Status,Irn Date,"
        "Irn Error Code"
    ).split(","),
]
TRANSFER_COLUMNS = (
    "Gstin Of Receiver,Transaction Type,Transaction Id,Order Id,Ship From Fc,"
    "Ship From City,Ship From State,Ship From Country,Ship From Postal Code,Ship To Fc,"
    "Ship To City,Ship To State,Ship To Country,Ship To Postal Code,Invoice Number,"
    "Invoice Date,Invoice Value,Asin,Sku,Quantity,Hsn Code,Taxable Value,Igst Rate,"
    "Igst Amount,Sgst Rate,Sgst Amount,Utgst Rate,Utgst Amount,Cgst Rate,Cgst Amount,"
    "Compensatory Cess Rate,Compensatory Cess Amount,Gstin Of Supplier,Irn Number,"
    "Irn Filing Status,Irn Date,Irn Error Code"
).split(",")
SELLER = "27AAPFU0939F1ZV"
KARNATAKA = "29AAPFU0939F1ZR"
"""The seller's registration in another state."""
BUYER = "29AAGCB7383J1Z4"


def mtr_row(**changes):
    """The cells of one row by column, a sale from Maharashtra to Karnataka."""
    cells = {
        "Seller Gstin": SELLER,
        "Invoice Number": "IN-1001",
        "Invoice Date": "15-06-2026 10:22:11",
        "Transaction Type": "Shipment",
        "Order Id": "408-1234567-0000001",
        "Shipment Id": "DxYz1",
        "Shipment Date": "15-06-2026 09:00:00",
        "Order Date": "14-06-2026 20:11:05",
        "Shipment Item Id": "12345678901234",
        "Quantity": "1",
        "Item Description": 'Kurta, "blue"',
        "Asin": "B0TESTASIN",
        "Hsn/sac": "6204",
        "Sku": "SKU-1",
        "Ship From State": "MAHARASHTRA",
        "Ship From Country": "IN",
        "Ship To City": "CANARY CITY",
        "Ship To State": "KARNATAKA",
        "Ship To Country": "IN",
        "Ship To Postal Code": "560001",
        "Invoice Amount": "118.0",
        "Tax Exclusive Gross": "100.0",
        "Total Tax Amount": "18.0",
        "Cgst Rate": "0",
        "Sgst Rate": "0",
        "Utgst Rate": "0",
        "Igst Rate": "0.18",
        "Principal Amount": "118.0",
        "Principal Amount Basis": "100.0",
        "Igst Tax": "18.0",
        "Tcs Igst Rate": "0.005",
        "Tcs Igst Amount": "0.5",
        "Warehouse Id": "BOM7",
        "Fulfillment Channel": "MFN",
        "Payment Method Code": "Prepaid",
        "Buyer Name": "Canary Name",
    }
    return {**cells, **changes}


def transfer_row(**changes):
    """The cells of a stock transfer from Maharashtra to the branch in Karnataka."""
    cells = {
        "Gstin Of Receiver": KARNATAKA,
        "Transaction Type": "FC_TRANSFER",
        "Transaction Id": "T1",
        "Ship From Fc": "BOM7",
        "Ship From State": "MAHARASHTRA",
        "Ship From Country": "IN",
        "Ship To Fc": "BLR7",
        "Ship To City": "CANARY CITY",
        "Ship To State": "KARNATAKA",
        "Ship To Country": "IN",
        "Ship To Postal Code": "562107",
        "Invoice Number": "BOM7-T-1",
        "Invoice Date": "16-06-2026",
        "Invoice Value": "1180.0",
        "Asin": "B0TESTASIN",
        "Sku": "SKU-1",
        "Quantity": "5",
        "Hsn Code": "6204",
        "Taxable Value": "1000.0",
        "Igst Rate": "0.18",
        "Igst Amount": "180.0",
        "Gstin Of Supplier": SELLER,
    }
    return {**cells, **changes}


def within_state(state="MAHARASHTRA", **changes):
    """Changes that make a row one of CGST and SGST."""
    return {
        "Ship To State": state,
        "Ship To Postal Code": "400001",
        "Igst Rate": "0",
        "Igst Tax": "0",
        "Cgst Rate": "0.09",
        "Sgst Rate": "0.09",
        "Cgst Tax": "9.0",
        "Sgst Tax": "9.0",
        "Tcs Igst Rate": "0",
        "Tcs Igst Amount": "0",
        "Tcs Cgst Amount": "0.25",
        "Tcs Sgst Amount": "0.25",
        **changes,
    }


def make_csv(rows, columns=CONSUMER_COLUMNS, delimiter=",", encoding="utf-8"):
    """The bytes of a file with these rows."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([row.get(name, "") for name in columns])
    return text.getvalue().encode(encoding)


def make_zip(files):
    """The bytes of a ZIP of these files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()
