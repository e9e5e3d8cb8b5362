# SPDX-License-Identifier: LGPL-3.0-or-later
{
    "name": "Amazon Connector: India GST",
    "summary": "Place of supply, GST treatment and GST of orders on Amazon.in",
    "version": "19.0.1.0.0",
    "author": "Amazon Connector for Odoo contributors",
    "license": "LGPL-3",
    "category": "Accounting/Localizations/Sale",
    "depends": ["amazon_connector", "l10n_in_sale_stock"],
    "data": [
        "security/ir.model.access.csv",
        "security/amazon_mtr_rules.xml",
        "data/amazon.place.csv",
        "views/amazon_channel_views.xml",
        "views/amazon_mtr_views.xml",
        "views/amazon_mtr_difference_views.xml",
        "views/amazon_withholding_views.xml",
        "views/sale_order_views.xml",
        "wizard/amazon_mtr_upload_views.xml",
        "views/menus.xml",
    ],
    "uninstall_hook": "uninstall_hook",
}
