# SPDX-License-Identifier: LGPL-3.0-or-later
"""Figures for a monitoring program that knows no Odoo, guarded by a token."""

from odoo.http import Controller, request, route
from odoo.tools import consteq

from ..tools.prometheus import CONTENT_TYPE, write_metrics

PARAMETER = "amazon_connector.metrics_token"
SHORTEST = 16


class Metrics(Controller):
    @route(
        "/amazon_connector/metrics",
        type="http",
        auth="public",
        methods=["GET"],
        save_session=False,
        readonly=True,
    )
    def read_metrics(self, **_query):
        """The figures of all companies' accounts in Prometheus' text form.

        Without a token in the system parameters there is no such page; the token comes
        in the header, never in the address, which servers log.
        """
        env = request.env(su=True)
        token = env["ir.config_parameter"].get_param(PARAMETER) or ""
        if len(token) < SHORTEST:
            return request.not_found()
        given = request.httprequest.headers.get("Authorization", "")
        if not consteq(given.encode(), f"Bearer {token}".encode()):
            headers = [("WWW-Authenticate", "Bearer"), ("Cache-Control", "no-store")]
            return request.make_response("", headers, status=401)
        text = write_metrics(env["amazon.account.metrics"]._get_metrics())
        headers = [("Content-Type", CONTENT_TYPE), ("Cache-Control", "no-store")]
        return request.make_response(text, headers)
