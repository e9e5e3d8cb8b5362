# SPDX-License-Identifier: LGPL-3.0-or-later
"""Amazon's words in groups, and how long is waited before another try."""

from datetime import timedelta

# Fulfillment statuses of an order (Orders API 2026-01-01).
PENDING_STATUSES = ("PENDING", "PENDING_AVAILABILITY")
# Something is still to be shipped.
TO_SHIP_STATUSES = ("UNSHIPPED", "PARTIALLY_SHIPPED")
# Something was shipped.
SHIPPED_STATUSES = ("SHIPPED", "PARTIALLY_SHIPPED")
# Nothing more will be shipped.
CLOSED_STATUSES = ("SHIPPED", "CANCELLED", "UNFULFILLABLE")
# Nothing was shipped yet, and everything can still be cancelled.
CANCELLABLE_STATUSES = ("UNSHIPPED", *PENDING_STATUSES)

# Where an order's payload says that the seller cancelled, as a JSON path: his own
# doing, unless the buyer had asked for it.
SELLER_CANCELLED_PATH = (
    "$.orderItems[*].cancellation ? ("
    '@.cancellationExecution.cancelledBy == "MERCHANT"'
    ' && !(@.cancellationRequest.requester == "BUYER"))'
)

# States of a parcel that has left and that Amazon knows nothing of.
UNTOLD_STATES = ("held", "waiting", "failed")

# Minutes before another try of one record (an order, a parcel); then a user is asked.
RECORD_RETRY_MINUTES = (1, 5, 30, 120, 480)
# Minutes before another run of a sync task that failed; the last one repeats.
TASK_RETRY_MINUTES = (1, 5, 15, 60)

# A task that follows changes looks that often for what it missed: a few queries.
HEARTBEAT = timedelta(minutes=15)
# Amazon's limit: for so many days buyers' data may be kept after an order was closed.
MAX_BUYER_DATA_DAYS = 30

# What a notice is about: its summary cannot tell, being in somebody's language.
HELD_NOTICE = "order held"
CREDIT_NOTICE = "order credit"
REQUEST_NOTICE = "order cancellation request"
OUTSIDE_NOTICE = "order shipped outside"
UNITS_NOTICE = "order units"
ADDRESS_NOTICE = "order address"
