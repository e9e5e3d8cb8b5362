# SPDX-License-Identifier: LGPL-3.0-or-later
"""Who bought: a function, because what it reads must not be a method's answer."""

from ...models.order.amazon_customer import prepare_buyer
from ...models.order.personal import read_orders


def prepare_buyers(env, works):
    """``{work: Buyer}``: who bought, from the encrypted data of each order.

    For local variables only: no method may return them (see ``tools/vault.py``).
    """
    bindings = env["amazon.order"].union(*(work.binding for work in works))
    personal = read_orders(bindings)
    return {
        work: prepare_buyer(
            work.channel, personal[work.binding], work.place.country, work.place.state
        )
        for work in works
    }
