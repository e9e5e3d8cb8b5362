# SPDX-License-Identifier: LGPL-3.0-or-later
from . import (
    amazon_account_disconnect,
    amazon_channel_mapping,
    amazon_listing_ignore,
    amazon_listing_link,
    amazon_listing_unlink,
    amazon_listing_update,
    amazon_onboarding,
    amazon_onboarding_checks,
    amazon_onboarding_connect,
    amazon_order_adjust,
    amazon_order_cancel,
    amazon_order_recover,
    amazon_stock_golive,
    amazon_sync_manual,
    sale_advance_payment_inv,
    sale_mass_cancel_orders,
)
