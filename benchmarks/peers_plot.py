"""Plots of methods beside each other, as SVG by hand: a plotting library would be one more thing to install."""

from __future__ import annotations

from xml.sax.saxutils import escape

COLOURS = ("#c62828", "#ad1457", "#546e7a", "#90a4ae", "#6d4c41", "#2e7d32", "#1565c0", "#6a1b9a", "#ef6c00", "#00838f")


def curves(series: dict[str, list[tuple[float, float, bool]]], limits: list[int], below: str) -> str:
    """Draw a curve a method: (bytes, score, whether one went over its limit, which is an empty ring)."""
    width, height, left, top, legend = 760, 460, 60, 20, 250
    top_bytes = 1.1 * max(limits)

    def place(size: float, score: float) -> tuple[float, float]:
        x = left + (width - left - legend) * min(size, top_bytes) / top_bytes
        return x, top + (height - top - 50) * (1.0 - max(score, 0.0) / 100.0)

    parts = [_head(width, height)]
    for score in range(0, 101, 20):
        x, y = place(0, score)
        parts.append(
            f'<path d="M{x} {y}H{width - legend}" stroke="#ddd"/><text x="{x - 28}" y="{y + 4}">{score}</text>'
        )
    for limit in limits:
        x, y = place(limit, 0)
        parts.append(
            f'<path d="M{x:.0f} {y}V{top}" stroke="#eee"/><text x="{x - 20:.0f}" y="{y + 18}">{limit:,}</text>'
        )
    parts.append(f'<text x="{left}" y="{height - 8}">{escape(below)}</text>')
    for number, (name, found) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        points = [(*place(size, score), over) for size, score, over in found]
        line = " ".join(f"{x:.0f},{y:.0f}" for x, y, _ in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="{3 - min(number, 2)}"/>')
        parts += [_dot(x, y, colour, ring=over) for x, y, over in points]
        parts.append(
            f'<text x="{width - legend + 15}" y="{top + 14 + 20 * number}" fill="{colour}">{escape(name)}</text>'
        )
    return "\n".join((*parts, "</svg>\n"))


def dots(rows: list[dict]) -> str:
    """Draw a line a case with a dot a method at its phone VMAF; a ring went over the limit, who wrote nothing has none.

    ``rows`` are those of ``moving_peers.measured``.
    """
    names = list(dict.fromkeys(name for row in rows for name in row["made"]))
    left, step, legend = 300, 30, 24 * ((len(names) + 2) // 3)
    width, height = 860, 60 + legend + step * len(rows)
    scores = [side["vmaf"] for row in rows for side in row["made"].values() if side["vmaf"] is not None]
    least = max(0, int(min(scores, default=0)) // 10 * 10)

    def across(score: float) -> float:
        return left + (width - left - 30) * (score - least) / (100 - least)

    parts = [_head(width, height)]
    for number, name in enumerate(names):
        x, y = 20 + 270 * (number % 3), 22 + 24 * (number // 3)
        parts.append(
            _dot(x, y - 4, COLOURS[number % len(COLOURS)]) + f'<text x="{x + 10}" y="{y}">{escape(name)}</text>'
        )
    for score in range(least, 101, 10):
        x, bottom = across(score), height - 34
        parts.append(f'<path d="M{x:.0f} {legend + 10}V{bottom}" stroke="#ddd"/>')
        parts.append(f'<text x="{x:.0f}" y="{bottom + 16}" text-anchor="middle">{score}</text>')
    parts.append(
        f'<text x="{left}" y="{height - 4}">phone VMAF within the same bytes; a ring went over the limit</text>'
    )
    for number, row in enumerate(rows):
        y = legend + 26 + step * number
        label = f"{row['asset'][:30]}, {row['limit_bytes'] // 1000} KB"
        parts.append(f'<text x="{left - 14}" y="{y + 4}" text-anchor="end">{escape(label)}</text>')
        parts.append(f'<path d="M{left} {y}H{width - 30}" stroke="#eee"/>')
        for name, side in reversed(row["made"].items()):
            if side["vmaf"] is not None:
                colour = COLOURS[names.index(name) % len(COLOURS)]
                parts.append(_dot(across(side["vmaf"]), y, colour, ring=side["bytes"] > row["limit_bytes"]))
    return "\n".join((*parts, "</svg>\n"))


def _head(width: int, height: int) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" '
        'font-size="12"><rect width="100%" height="100%" fill="white"/>'
    )


def _dot(x: float, y: float, colour: str, *, ring: bool = False) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{"none" if ring else colour}" stroke="{colour}"/>'
