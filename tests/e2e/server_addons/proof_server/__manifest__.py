# SPDX-License-Identifier: LGPL-3.0-or-later
{"name": "A server of the proof: its clock, and barcodes it can do without"}
