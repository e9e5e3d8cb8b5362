# SPDX-License-Identifier: LGPL-3.0-or-later
from . import (
    amazon_gst_document,
    amazon_gst_summary,
    amazon_mtr_compare,
    amazon_mtr_difference,
    amazon_mtr_file,
    amazon_mtr_import,
    amazon_mtr_month,
    amazon_mtr_month_close,
    amazon_mtr_row,
    amazon_sync_task,
    amazon_withholding,
    res_company_mtr,
    res_company_withholding,
)
