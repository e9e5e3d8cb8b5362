# SPDX-License-Identifier: LGPL-3.0-or-later
{
    "name": "Amazon Connector: Job Queue",
    "summary": "Batches of Amazon's orders as jobs of several workers",
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
