# SPDX-License-Identifier: LGPL-3.0-or-later
"""A small drawing of lines over the days, as SVG, without a library."""

from xml.sax.saxutils import escape

WIDTH, HEIGHT, LEFT, TOP, GAP = 720, 70, 190, 20, 16
_STYLE = "font-family='sans-serif' font-size='11' fill='#333'"


def draw(days, series, title):
    """SVG: a small graph per series, one below the other, each from zero.

    :param days: moments, in days
    :param dict series: `{what: numbers, one per moment}`
    """
    height = TOP + len(series) * (HEIGHT + GAP) + 20
    parts = [
        "<svg xmlns='http://www.w3.org/2000/svg' "
        f"viewBox='0 0 {WIDTH} {height}' role='img'>",
        f"<title>{escape(title)}</title>",
        "<rect width='100%' height='100%' fill='#fff'/>",
    ]
    for number, (name, values) in enumerate(series.items()):
        top = TOP + number * (HEIGHT + GAP)
        parts += _draw_one(top, days, name, values)
    parts += _draw_days(height, days)
    return "\n".join([*parts, "</svg>", ""])


def _draw_one(top, days, name, values):
    most = max(*values, 1)
    points = " ".join(
        f"{_place(day, days):.1f},{top + HEIGHT * (1 - value / most):.1f}"
        for day, value in zip(days, values, strict=True)
    )
    yield (
        f"<text x='8' y='{top + HEIGHT / 2}' {_STYLE}>{escape(name)}"
        f"<tspan x='8' dy='14' fill='#888'>up to {most:,.0f}</tspan></text>"
    )
    yield (
        f"<line x1='{LEFT}' x2='{WIDTH - 10}' y1='{top + HEIGHT}' "
        f"y2='{top + HEIGHT}' stroke='#ccc'/>"
    )
    yield (
        f"<polyline points='{points}' fill='none' stroke='#714b67' stroke-width='1.5'/>"
    )


def _draw_days(height, days):
    for day in range(int(days[-1]) + 1):
        yield (
            f"<text x='{_place(day, days):.1f}' y='{height - 6}' {_STYLE} "
            f"text-anchor='middle'>day {day}</text>"
        )


def _place(day, days):
    return LEFT + (WIDTH - 10 - LEFT) * day / (days[-1] or 1)
