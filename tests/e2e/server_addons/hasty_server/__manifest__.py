# SPDX-License-Identifier: LGPL-3.0-or-later
{"name": "A server that looks for scheduled actions every second"}
