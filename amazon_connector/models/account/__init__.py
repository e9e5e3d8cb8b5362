# SPDX-License-Identifier: LGPL-3.0-or-later
# What others inherit comes first.
from . import amazon_binding, amazon_reference

# isort: split
from . import (
    amazon_access_token,
    amazon_account,
    amazon_account_alerts,
    amazon_account_connection,
    amazon_account_connector,
    amazon_account_consent,
    amazon_account_deprecation,
    amazon_account_disconnector,
    amazon_account_expiry,
    amazon_account_hold,
    amazon_account_quota,
    amazon_account_remover,
    amazon_account_setup,
    amazon_account_tester,
    amazon_channel,
    amazon_marketplace,
    amazon_token_bucket,
    mail_activity,
)
