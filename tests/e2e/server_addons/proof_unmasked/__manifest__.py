# SPDX-License-Identifier: LGPL-3.0-or-later
{"name": "The connector with its masks off"}
