"""What ffmpeg's demuxers say of every packet of a file, as values: nothing is decoded. Pure text in, facts out.

Where no header reader of our own knows a container, this tells what ``ffmpeg -i`` only guesses: it gives a bare
MPEG stream the length that its rate suggests (14.08 s for one of 13.98), an FLV 1,000 frames a second (the unit of
its clock), and an ASF the length that its header claims (2.6 s for one of 0.6).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise

_NO_TIME = -(2**63)


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One track's packets: times in seconds, ``gaps`` as (how many, ticks from one to the next).

    ``keys_s`` are the times of those from which decoding can begin, in order. ``reordered`` says whether packets are
    shown in another order than they come; None where they have no times.
    """

    packets: int
    size_bytes: int
    start_s: float
    end_s: float
    tick_s: float
    gaps: tuple[tuple[int, int], ...]
    reordered: bool | None
    keys_s: tuple[float, ...] = ()


def read(text: str) -> dict[int, Track]:
    """Read the output of the ``framecrc`` muxer; gives the tracks that have packets, by the output's numbers.

    A line is ``stream, dts, pts, duration, bytes, checksum`` (and side data), in units of the stream's ``#tb``.
    """
    ticks: dict[int, float] = {}
    rows: dict[int, list[tuple[int, int, int, int]]] = {}
    keys: dict[int, list[int]] = {}
    for line in text.splitlines():
        if line.startswith("#tb "):
            number, _, unit = line[4:].partition(":")
            above, _, below = unit.partition("/")
            ticks[int(number)] = int(above) / int(below)
        elif line[:1].isdigit():
            stream, decoded, shown, length, size = (int(word) for word in line.split(",", 5)[:5])
            rows.setdefault(stream, []).append((decoded, shown, length, size))
            if shown != _NO_TIME and ", F=" not in line:  # flags are told only of packets that are no plain key frame
                keys.setdefault(stream, []).append(shown)
    return {
        number: replace(
            _track(found, ticks[number]), keys_s=tuple(sorted(ticks[number] * at for at in keys.get(number, ())))
        )
        for number, found in rows.items()
        if number in ticks
    }


def _track(rows: list[tuple[int, int, int, int]], tick_s: float) -> Track:
    timed = all(shown != _NO_TIME for _, shown, _, _ in rows)
    times = sorted(shown if timed else decoded for decoded, shown, _, _ in rows)
    gaps = Counter(after - before for before, after in pairwise(times))
    last = rows[-1][2] if rows[-1][2] > 1 else max(gaps, key=lambda gap: gaps[gap], default=0)
    return Track(
        packets=len(rows),
        size_bytes=sum(size for _, _, _, size in rows),
        start_s=times[0] * tick_s,
        end_s=(times[-1] + last) * tick_s,
        tick_s=tick_s,
        gaps=tuple((many, gap) for gap, many in gaps.items()) or ((1, last),),
        reordered=any(a[1] > b[1] for a, b in pairwise(rows)) if timed else None,
    )
