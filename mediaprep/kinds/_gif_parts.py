"""A GIF taken apart into its blocks, without decoding: to drop what shows no picture, and to weigh frames."""

from __future__ import annotations

import struct
from dataclasses import dataclass

_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")

_CONTROL_BYTES = 4
"""What a control block holds at the least: flags, two bytes of delay, the clear colour (GIF89a, section 23)."""


@dataclass(frozen=True, slots=True)
class Part:
    """One block of ``data[start:end]``: head, loop, control, frame, text, other or trailer."""

    name: str
    start: int
    end: int


def parts(data: bytes, *, lenient: bool = False) -> list[Part]:
    """Give the blocks in order, up to the trailer or to the last whole block of a broken file.

    ``lenient`` passes over bytes that begin no block, as Pillow does and most other readers do not.
    """
    if len(data) < 13:
        return []
    at = 13 + (3 << ((data[10] & 7) + 1) if data[10] & 0x80 else 0)
    found = [Part("head", 0, at)]
    while at < len(data):
        code = data[at]
        if code == 0x3B:
            found.append(Part("trailer", at, at + 1))
            break
        if code == 0x2C and at + 10 <= len(data):
            local = data[at + 9]
            body = at + 11 + (3 << ((local & 7) + 1) if local & 0x80 else 0)
            name = "frame"
        elif code == 0x21 and at + 2 <= len(data):
            body = at + 2
            name = _extension(data, at)
        elif code == 0 or lenient:
            at += 1
            continue
        else:
            break
        end = _behind_chain(data, body)
        if end is None:
            break
        found.append(Part(name, at, end))
        at = end
    return found


def stripped(data: bytes) -> bytes:
    """Keep what shows the pictures: comments, XMP, colour profiles, other applications' blocks and a tail go.

    So does "plain text" (GIF89a, section 25), which was to be drawn over the picture and which no viewer draws. A
    broken end is cut behind the last whole frame and closed.
    """
    found = parts(data)
    frames = [i for i, part in enumerate(found) if part.name == "frame"]
    if not frames:
        return data
    shown = [p for p in found[: frames[-1] + 1] if p.name in ("head", "loop", "control", "frame")]
    # a play count that stands behind the frames still counts
    late = [p for p in found[frames[-1] + 1 :] if p.name == "loop"]
    return b"".join(data[p.start : p.end] for p in (*shown, *late)) + b";"


def stripped_still(data: bytes) -> bytes | None:
    """Strip a GIF of one frame so that every reader shows what Pillow shows; None where that cannot be done.

    Bytes between blocks go, and a screen that the frame reaches beyond is made as large as the frame: either ends
    other readers (ffmpeg and gifsicle show nothing, browsers a part).
    """
    found = parts(data, lenient=True)
    frame = next((part for part in found if part.name == "frame"), None)
    if frame is None:
        return None
    head, clean = found[0], bytearray(stripped(b"".join(data[part.start : part.end] for part in found)))
    left, top, width, height = struct.unpack_from("<4H", data, frame.start + 1)
    screen = struct.unpack_from("<2H", data, head.start + 6)
    reach = max(screen[0], left + width), max(screen[1], top + height)
    if max(reach) > 0xFFFF:
        return None
    struct.pack_into("<2H", clean, 6, *reach)
    return bytes(clean)


def reach(data: bytes) -> tuple[int, int]:
    """Give the dimensions that hold the screen and every frame; readers disagree on what is beyond the screen."""
    width, height = struct.unpack_from("<2H", data, 6)
    for part in parts(data):
        if part.name == "frame":
            left, top, wide, high = struct.unpack_from("<4H", data, part.start + 1)
            width, height = max(width, left + wide), max(height, top + high)
    return width, height


def widened(data: bytes, size: tuple[int, int]) -> bytes:
    """Give the same GIF on a screen of another size."""
    return data[:6] + struct.pack("<2H", *size) + data[10:]


_EMPTY = b"\x21\xf9\x04\x05\0\0\0\0" + b"," + bytes(4) + b"\1\0\1\0\x80" + bytes(6) + b"\x02\x02\x44\x01\0"
"""A frame of one clear pixel."""

_SAID = (1, 1, 2, 3, 3, 1, 1, 1)
"""What browsers make of each disposal: of 4 what 3 means, of what is not defined that a frame stays (Chromium's and
Firefox's readers)."""


def as_played(data: bytes, *, grounded: bool) -> bytes:
    """Give what shows the pictures so that Pillow (13.0) shows them as every player does.

    Disposal 1 is written where a frame says nothing of it, which it takes for the disposal of the frame before; and
    extensions that hold nothing go, behind which it looks for the end of one more. ``grounded``: an empty frame comes
    first. Where the first one is opaque, it clears to the colour that the clear index has in the table, and does not
    take back the first.
    """
    said = bytearray(stripped(data))
    found = parts(bytes(said))
    for part in found:
        if part.name == "control":
            flags = said[part.start + 3]
            said[part.start + 3] = (flags & ~(7 << 2)) | _SAID[flags >> 2 & 7] << 2
    head = found[0].end if found else 0
    return bytes(said[:head]) + (_EMPTY if grounded else b"") + bytes(said[head:])


def without_hollows(data: bytes) -> bytes:
    """Give the same GIF without the extensions that hold nothing, or too little for what they are to say.

    Behind these Pillow (13.0) looks for the end of one more, and passes over the blocks up to it.
    """
    found = parts(data, lenient=True)
    hollow = [part for part in found if data[part.start] == 0x21 and _is_hollow(data[part.start : part.end])]
    kept, at = bytearray(), 0
    for part in hollow:
        kept += data[at : part.start]
        at = part.end
    return bytes(kept) + data[at:]


def on_clear(data: bytes) -> bytes:
    """Give the same GIF with an empty frame before its first: what that leaves free of the canvas is clear.

    Pillow fills it with the table's first colour where the frame has no clear one.
    """
    first = next((p.start for p in parts(data, lenient=True) if p.name in ("control", "frame")), len(data))
    return data[:first] + _EMPTY + data[first:]


def _is_hollow(block: bytes) -> bool:
    if block[1] == 0xF9:
        return block[2] < _CONTROL_BYTES
    return block[1] != 0xFE and (block[2] == 0 or (block[3:14] in _LOOPS and block[14] == 0))


def frame_bytes(data: bytes) -> list[tuple[int, int]]:
    """Give each frame's delay in hundredths of a second and its bytes with its control block."""
    found: list[tuple[int, int]] = []
    waiting = delay_cs = 0
    for part in parts(data):
        if part.name == "control":
            waiting += part.end - part.start
            delay_cs = int.from_bytes(data[part.start + 4 : part.start + 6], "little")
        elif part.name == "frame":
            found.append((delay_cs, part.end - part.start + waiting))
            waiting = delay_cs = 0
    return found


def _extension(data: bytes, at: int) -> str:
    """Name an extension; one too short for what it is to say is "other"."""
    label, size = data[at + 1], data[at + 2] if at + 2 < len(data) else 0
    if label == 0xF9 and size >= _CONTROL_BYTES:
        return "control"
    if label == 0x01:
        return "text"
    if label == 0xFF and data[at + 3 : at + 14] in _LOOPS and data[at + 14 : at + 15] != b"\0":
        return "loop"
    return "other"


def _behind_chain(data: bytes, at: int) -> int | None:
    """Give the offset behind a chain of sub-blocks, None where the file ends before it."""
    while at < len(data):
        length = data[at]
        at += length + 1
        if length == 0:
            return at if at <= len(data) else None
    return None
