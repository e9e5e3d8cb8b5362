# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which kinds of GST a supply bears: IGST, or CGST with SGST or UTGST.

Source: sections 7 and 8 of the IGST Act; sections 1 and 7 of the UTGST Act.
"""

# Union territories without a legislature of their own: UTGST takes the place of SGST.
_UNION_TERRITORIES = {"AN", "CH", "DN", "LA", "LD"}
# One territory since 26 January 2020: what was 25 is 26.
_MERGED = {"DD": "DN"}


def choose_kinds(seller, buyer):
    """The kinds of GST between two states.

    :param seller: Odoo's code of the state that goods leave from, None if unknown
    :param buyer: the same of where they go, None if unknown or abroad
    :return: tuple of ``igst``; or of ``cgst`` and ``sgst`` or ``utgst``
    """
    seller, buyer = (_MERGED.get(code, code) for code in (seller, buyer))
    if not seller or seller != buyer:
        return ("igst",)
    return ("cgst", "utgst" if seller in _UNION_TERRITORIES else "sgst")
