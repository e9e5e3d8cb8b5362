# SPDX-License-Identifier: LGPL-3.0-or-later
"""The addon's overrides of Odoo's methods, switched off for a comparison."""

import contextlib
import functools
from unittest.mock import patch


@contextlib.contextmanager
def without(env, module, methods):
    """Odoo's own methods, as if the overrides of one file were not there.

    :param module: the file among the addon's models, e.g. `stock.stock_quant_changes`
    :param methods: `{model: names of overridden methods}`
    """
    with contextlib.ExitStack() as stack:
        for model, names in methods.items():
            hook = next(
                one
                for one in type(env[model]).__mro__
                if one.__module__.endswith(f".amazon_connector.models.{module}")
            )
            for name in names:
                stack.enter_context(patch.object(hook, name, _pass_on(hook, name)))
        yield


def _pass_on(hook, name):
    def call(self, *args, **kwargs):
        return getattr(super(hook, self), name)(*args, **kwargs)

    return functools.update_wrapper(call, getattr(hook, name))
