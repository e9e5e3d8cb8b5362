# SPDX-License-Identifier: LGPL-3.0-or-later
from . import (
    test_gst_businesses,
    test_gst_invoices,
    test_gst_kinds,
    test_gst_mtr,
    test_gst_orders,
    test_gst_places,
    test_gst_properties,
    test_gst_rates,
    test_gst_replaced,
    test_gst_scenario,
    test_mtr_compare,
    test_mtr_files,
    test_mtr_import,
    test_postal_codes,
    test_withholding,
)
