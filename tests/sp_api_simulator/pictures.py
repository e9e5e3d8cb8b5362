# SPDX-License-Identifier: LGPL-3.0-or-later
"""Pictures of listings: a square and a disc, in colours by the name."""

import struct
import zlib
from functools import lru_cache

from .messages import Answer, ApiError

PREFIX = "/_pictures/"
SIDE = 160


def answer_picture(request):
    """The picture of any name that ends with .png; there are no others."""
    if request.method != "GET" or not request.path.endswith(".png"):
        return ApiError.not_found().answer()
    return Answer(200, draw(request.path), content_type="image/png")


@lru_cache(maxsize=256)
def draw(name):
    """The bytes of a PNG file."""
    seed = zlib.crc32(name.encode())
    ground = bytes(200 + (seed >> shift) % 56 for shift in (0, 8, 16))
    disc = bytes(40 + (seed >> shift) % 160 for shift in (4, 12, 20))
    middle, radius = SIDE // 2, SIDE * 3 // 8
    rows = bytearray()
    for y in range(SIDE):
        half = int(max(radius**2 - (y - middle) ** 2, 0) ** 0.5)
        edge = ground * (middle - half)
        rows += b"\0" + edge + disc * (2 * half) + edge
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in parts
    )
