# SPDX-License-Identifier: LGPL-3.0-or-later
# The methods that scripts call (docs/external-api.md). They check what they are given
# and leave the work to the methods that the screens call.
from . import (
    amazon_account_api,
    amazon_account_api_sync,
    amazon_account_metrics,
    amazon_channel_api,
    amazon_listing_api,
    amazon_order_api,
    amazon_order_api_shipment,
    amazon_settlement_api,
    amazon_sync_run_api,
)
