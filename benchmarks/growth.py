"""How processor time grows with size, as SVG.

Both axes are logarithmic: what grows in proportion to the patients is a straight line of one slope (dashed).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 640, 400, 64, 24, 24, 56
_COLOURS = ("#1f6f8b", "#6b9e3f", "#b5532a")
_FONT = 'font-family="sans-serif" font-size="13" fill="#222"'


def drawn(lines: Mapping[str, Sequence[tuple[int, float]]]) -> str:
    """An SVG with a line for each name; points are sizes with seconds."""
    points = [point for line in lines.values() for point in line]
    sizes, times = [size for size, _ in points], [seconds for _, seconds in points]
    low, high = math.floor(math.log10(min(times))), math.ceil(math.log10(max(times)))
    first, last = math.log10(min(sizes)), math.log10(max(sizes))

    def x(size: float) -> float:
        return round(_LEFT + (math.log10(size) - first) / ((last - first) or 1) * (_WIDTH - _LEFT - _RIGHT - 90), 1)

    def y(seconds: float) -> float:
        return round(_TOP + (high - math.log10(seconds)) / ((high - low) or 1) * (_HEIGHT - _TOP - _BOTTOM), 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        'aria-label="Processor seconds by number of patients, both logarithmic">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
    ]
    for power in range(low, high + 1):
        parts.append(f'<path d="M{_LEFT} {y(10**power)}H{x(max(sizes))}" stroke="#ddd"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y(10**power) + 4}" text-anchor="end" {_FONT}>{10**power:g} s</text>')
    for size in sorted(set(sizes)):
        parts.append(f'<path d="M{x(size)} {_TOP}V{_HEIGHT - _BOTTOM}" stroke="#ddd"/>')
        parts.append(f'<text x="{x(size)}" y="{_HEIGHT - _BOTTOM + 20}" text-anchor="middle" {_FONT}>{size:,}</text>')
    parts.append(
        f'<text x="{_LEFT}" y="{_HEIGHT - 10}" {_FONT}>processor seconds by patients; dashed: in proportion</text>'
    )
    for (name, line), colour in zip(lines.items(), _COLOURS, strict=False):
        path = " ".join(f"{x(size)},{y(seconds)}" for size, seconds in line)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.extend(f'<circle cx="{x(n)}" cy="{y(t)}" r="3.5" fill="{colour}"/>' for n, t in line)
        parts.append(f'<text x="{x(line[-1][0]) + 8}" y="{y(line[-1][1]) + 4}" {_FONT}>{name}</text>')
    (size, seconds), *_ = next(iter(lines.values()))
    most = min(max(sizes), size * 10**high / seconds)
    parts.append(
        f'<path d="M{x(size)} {y(seconds)}L{x(most)} {y(seconds * most / size)}" stroke="#888" stroke-dasharray="4 4"/>'
    )
    return "\n".join([*parts, "</svg>"]) + "\n"
