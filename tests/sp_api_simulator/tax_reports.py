# SPDX-License-Identifier: LGPL-3.0-or-later
"""India's Merchant Tax Report; its rows are given by whoever tests it.

Amazon's files have 78 columns for consumers and 86 for businesses; these are the ones
that mean something.
"""

TAX_COLUMNS = (
    "Seller Gstin",
    "Invoice Number",
    "Invoice Date",
    "Transaction Type",
    "Order Id",
    "Shipment Id",
    "Shipment Date",
    "Order Date",
    "Shipment Item Id",
    "Quantity",
    "Asin",
    "Hsn/sac",
    "Sku",
    "Ship From State",
    "Ship To City",
    "Ship To State",
    "Ship To Country",
    "Ship To Postal Code",
    "Invoice Amount",
    "Tax Exclusive Gross",
    "Total Tax Amount",
    "Cgst Rate",
    "Sgst Rate",
    "Utgst Rate",
    "Igst Rate",
    "Cgst Tax",
    "Sgst Tax",
    "Igst Tax",
    "Utgst Tax",
    "Tcs Igst Amount",
    "Warehouse Id",
    "Customer Bill To Gstid",
    "Customer Ship To Gstid",
    "Buyer Name",
    "Credit Note No",
    "Credit Note Date",
)


def tax_rows(seller, report, simulator):
    """The rows of a seller's report that was asked for; of businesses, or of others."""
    business = "B2B" in report.report_type
    return [
        row
        for row in simulator.reports.tax_rows.get(seller.key, ())
        if bool(row.get("Customer Bill To Gstid")) == business
    ]
