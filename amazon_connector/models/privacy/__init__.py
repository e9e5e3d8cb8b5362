# SPDX-License-Identifier: LGPL-3.0-or-later
from . import (
    amazon_account_privacy,
    amazon_customer_redaction,
    amazon_key_renewal,
    amazon_order_closing,
    amazon_order_payload,
    amazon_order_redaction,
    amazon_redaction,
    amazon_sealed_file,
    ir_attachment,
)
