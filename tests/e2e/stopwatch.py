# SPDX-License-Identifier: LGPL-3.0-or-later
"""How many clicks a task takes at most, as the user guide says."""

AT_MOST = {
    "Connect a seller": 10,
    "Find why an order waits": 2,
    "Link an item and see its order go on": 3,
    "Ship 60 orders with a file of tracking numbers": 3,
    "Ship one order after the other, each": 1,
    "Cancel an order": 7,
    "Sync a period": 5,
    "Go live with stock": 4,
}
