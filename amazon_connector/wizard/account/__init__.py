# SPDX-License-Identifier: LGPL-3.0-or-later
from . import (
    amazon_account_disconnect,
    amazon_account_remove,
    amazon_channel_mapping,
    amazon_onboarding,
    amazon_onboarding_checklist,
    amazon_onboarding_checks,
    amazon_onboarding_connect,
)
