"""How x264 is asked: shared by the containers that carry H.264."""

from __future__ import annotations

import re
from pathlib import Path

from mediaprep.encoders import FirstTurn, Picturing

PRESETS = {"fast": "veryfast", "balanced": "slow", "max": "slower"}
"""At 240 to 480 lines a slow second turn is cheap beside decoding 1080p; slower than slow was worth 0.2 VMAF."""

CLOSELY = {"balanced": ":ref=2"}
"""What the second turn does otherwise than its preset: two frames to refer to instead of five. In eleven cases at
phone VMAF 59 to 100 it cost 0.2 of that at most, 0.05 in the mean, and saved 16 % of the CPU in the median, 27 at most;
``subme=7`` or ``trellis=1`` besides cost 0.6 (karma)."""

BRISK, BRISK_SECOND = "medium", ":direct=auto:ref=1:subme=5"
"""The second turn of what looks like its source anyway. On four clips at phone VMAF 97.4 to 99.3 it cost 0.1 to 0.2 of
that and 38 to 53 % of the CPU beside ``slow``; where a clip is coded coarsely ``medium`` costs 2, half of it by the
motion of B-frames that is spatial alone."""

SLOWEST = "slower"

MANNERS = {"close": ":psy=0", "level": ":psy=0:mbtree=0", "forward": ""}
"""Ways to code a few small pictures, each with the slowest preset: without bits for grain that is only alike; with
none taken from what no later frame copies; and without B-frames, whose index costs 8 bytes each. Which is best is the
animation's own (phone VMAF of the usual way and these, at dimensions fit for it): a cartoon 98.9 98.9 99.4 99.4, a
river 97.4 97.6 98.2 97.1, a moon of 5 kB 87.6 83.5 88.3 89.2."""

RATE_TOLERANCE = 0.1
"""x264's ``ratetol``. At its default of 1.0 two turns land -2 to +7 % from the rate on clips of 5-14 s; at 0.1
they landed within 0.2 % on six clips, at the same SSIM (ffmpeg 9.0.2, one thread)."""

CONSTANT_QUALITY, CONSTANT_QUALITY_EVEN = 20, 14
"""The CRF beyond which a phone's screen shows no difference: phone VMAF above 98 on every clip tried. Of animations,
coded evenly, 20 gave one 99.2 where its GIF had 100, and a rate near to 14 99.3."""

SMALLER_FIRST, WHOLE_FIRST = ":subme=2", ":subme=1"
"""How closely the first turn looks at smaller and at whole frames. Of half the lines it costs less than half and serves
the second turn better: phone VMAF 72.6 -> 75.0, 62.0 -> 63.3, 94.1 -> 94.7, 88.6 -> 88.7, 86.0 -> 86.6 and the same
on three more clips; the second turn lands as near (99.3 to 100.2 %). With 1 instead of 2 two lost 0.5 and 1.4."""

HALVING = 6.9
"""The mean quantiser of whole frames less that of half the lines, at one rate: on 133 pairs half were within 0.9 of
it, but noise as fine as a pixel (water) makes it 15: where the quantiser decides, whole frames must be asked."""

_SMALL_PIXELS = 130_000
"""Pictures up to 480x270 are cheap to look at well: on four films of GIFs a quick first turn cost 0.5 to 4 of phone
VMAF, where the second has few frames and few bits to make up for it."""

_KEY_FRAMES_S = 10.0

_MATRICES = {"bt709": ("bt709", "bt709", "bt709"), "bt470bg": ("bt470bg", "bt709", "bt470bg")}


def arguments(how: Picturing, *, turn: int, statistics: Path) -> tuple[str, ...]:
    """Give ffmpeg's options: one thread, so that the bytes do not depend on the machine."""
    constant = CONSTANT_QUALITY_EVEN if how.even else CONSTANT_QUALITY
    rate = ("-crf", str(constant)) if how.bit_rate_bps is None else ("-b:v", str(how.bit_rate_bps))
    turns = ("-pass", str(turn), "-passlogfile", str(statistics)) if turn else ()
    capped = (
        ("-maxrate", str(how.max_bit_rate_bps), "-bufsize", str(how.max_bit_rate_bps)) if how.max_bit_rate_bps else ()
    )
    primaries, transfer, matrix = _MATRICES.get(how.matrix or "", ("smpte170m", "smpte170m", "smpte170m"))
    colours = f"colorprim={primaries}:transfer={transfer}:colormatrix={matrix}"
    first = WHOLE_FIRST if how.whole and how.width * how.height > _SMALL_PIXELS else SMALLER_FIRST
    preset = SLOWEST if how.manner else BRISK if how.effort == "brisk" else PRESETS[how.effort]
    evenly = ":aq-mode=0" if how.even else ""
    closely = first if turn == 1 else BRISK_SECOND if how.effort == "brisk" else CLOSELY.get(how.effort, "")
    if how.manner:
        closely = MANNERS[how.manner] + (first if turn == 1 else "")
    return (
        "-c:v", "libx264", "-threads", "1", "-preset", preset, *rate, *turns, *capped,
        *(("-profile:v", how.profile) if how.profile else ()),
        *(("-level:v", f"{how.level:g}") if how.level else ()),
        *(() if how.b_frames and how.manner != "forward" else ("-bf", "0")),
        "-pix_fmt", "yuv420p", "-g", str(max(1, round(how.fps * _KEY_FRAMES_S))), "-flags:v", "+cgop+bitexact",
        "-x264-params", f"ratetol={RATE_TOLERANCE}:{colours}{evenly}{closely}",
        # x264 writes its options into the stream as text: 700 bytes that no player reads
        *(("-bsf:v", "filter_units=remove_types=6") if turn != 1 else ()),
    )  # fmt: skip


def looked_at(width: int, height: int) -> tuple[int, int]:
    """Give the dimensions, even, at which the first turn looks at frames."""
    return (width // 4 * 2, height // 4 * 2) if width * height > _SMALL_PIXELS else (width, height)


_FRAME = re.compile(r" type:(\w) .*? q:([\d.]+) .*?tex:(\d+) mv:(\d+) misc:(\d+)")


def first_turn(statistics: str) -> FirstTurn | None:
    """Read x264's statistics; frames that nothing refers to are left out of the mean."""
    rows = _FRAME.findall(statistics)
    kept = [float(quantiser) for kind, quantiser, *_ in rows if kind in "IiPp"]
    if not kept:
        return None
    bits = sum(int(part) for _, _, *parts in rows for part in parts)
    return FirstTurn(frames=len(rows), bits=bits, quantiser=sum(kept) / len(kept))
