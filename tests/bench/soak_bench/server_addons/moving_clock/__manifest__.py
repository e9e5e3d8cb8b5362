# SPDX-License-Identifier: LGPL-3.0-or-later
{"name": "A server whose clock is moved by a bench"}
