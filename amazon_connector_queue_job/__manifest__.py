# SPDX-License-Identifier: LGPL-3.0-or-later
{
    "name": "Amazon Channel Sync: Job Queue",
    "summary": "Share the import of Amazon orders between several workers",
    "version": "19.0.1.0.0",
    "author": "Amazon Connector for Odoo contributors",
    "license": "LGPL-3",
    "category": "Sales/Sales",
    "depends": ["amazon_connector", "queue_job"],
    "data": [
        "data/queue_job_data.xml",
    ],
    "auto_install": True,
}
