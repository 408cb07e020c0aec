"""What is clear in an animation stays clear, and deep grey keeps its levels."""

import struct
import zlib

import pytest
from animated_assets import facts, fitted, gif, route, written
from PIL import Image, ImageDraw

from mediaprep.model import Verdict


def _clear_ground(count=4, size=(32, 32)):
    """Draw a red box that moves over nothing."""
    pictures = []
    for number in range(count):
        picture = Image.new("RGBA", size, (0, 0, 0, 0))
        ImageDraw.Draw(picture).rectangle((4 + 2 * number, 4, 9 + 2 * number, 19), fill=(200, 10, 10, 255))
        pictures.append(picture)
    return pictures


def test_the_empty_ground_of_a_webp_is_clear_though_its_header_knows_no_alpha(tmp_path):
    """Encoders leave the flag out where each frame's own rectangle is opaque; the canvas around it is still empty."""
    data = gif(_clear_ground(), kind="WEBP", lossless=True)
    assert not data[20] & 0x10
    path = written(tmp_path, data, "sticker.webp")

    assert fitted(path, tmp_path, route(60_000, alpha=True))[0].verdict == Verdict.FITTED

    shown = facts((tmp_path / "out" / "r0.gif").read_bytes())[0]
    assert [tuple(frame[2, 2]) for frame in shown] == [(0, 0, 0, 0)] * 4
    assert [frame[10, 6 + 2 * number, 0] > 150 for number, frame in enumerate(shown)] == [True] * 4


def test_what_a_webp_clears_or_shows_through_is_clear_without_the_flag(tmp_path):
    """A frame that goes before a smaller one, and a frame with an alpha channel of its own, leave holes as well."""
    whole, box = Image.new("RGBA", (32, 32), (0, 90, 200, 255)), Image.new("RGBA", (32, 32), (0, 0, 0, 0))
    ImageDraw.Draw(box).rectangle((8, 8, 19, 19), fill=(200, 10, 10, 255))
    for number, lossless in enumerate((True, False)):
        data = bytearray(gif([whole, box, whole, box], kind="WEBP", lossless=lossless))
        data[20] &= 0xFF ^ 0x10
        path = written(tmp_path, bytes(data), f"holes{number}.webp")

        fitted(path, tmp_path, route(60_000, alpha=True))

        shown = facts((tmp_path / "out" / "r0.gif").read_bytes())[0]
        assert [frame[2, 2, 3] for frame in shown] == [255, 0, 255, 0]


def _deep(levels, over=0, clear=None, size=32):
    """Write an animated PNG of 16 bits a level, one colour (or grey) a frame (Pillow writes none)."""

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    def packed(level):
        return struct.pack(f">{len(level)}H", *level)

    form = struct.pack(">IIBBBBB", size, size, 16, 2 if len(levels[0]) == 3 else 0, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", form) + chunk(b"acTL", struct.pack(">II", len(levels), 0))
    if clear is not None:
        data += chunk(b"tRNS", packed(clear))
    for number, level in enumerate(levels):
        control = struct.pack(">IIIIIHHBB", max(0, 2 * number - 1), size, size, 0, 0, 20, 100, 0, over)
        rows = zlib.compress((b"\0" + packed(level) * size) * size)
        data += chunk(b"fcTL", control)
        data += chunk(b"fdAT", struct.pack(">I", 2 * number) + rows) if number else chunk(b"IDAT", rows)
    return data + chunk(b"IEND", b"")


def _deep_grey(levels, over=0, clear=None):
    return _deep([(level,) for level in levels], over, None if clear is None else (clear,))


@pytest.mark.parametrize("over", [0, 1])
def test_deep_grey_keeps_its_levels(tmp_path, over):
    """16 bits a pixel are scaled as those of stills, not cut off at white."""
    path = written(tmp_path, _deep_grey([0x2000, 0x8000, 0xE000], over), "grey.png")

    assert fitted(path, tmp_path, route(60_000))[0].frames == 3

    shown = facts((tmp_path / "out" / "r0.gif").read_bytes())[0]
    assert [int(frame[5, 5, 0]) for frame in shown] == pytest.approx([32, 128, 223], abs=2)


def test_a_level_of_deep_grey_that_is_clear_stays_clear(tmp_path):
    """The level that tRNS names hides nothing else."""
    path = written(tmp_path, _deep_grey([0x2000, 0x8000, 0xE000], clear=0x8000), "grey.png")

    fitted(path, tmp_path, route(60_000, alpha=True))

    shown = facts((tmp_path / "out" / "r0.gif").read_bytes())[0]
    assert [int(frame[5, 5, 3]) for frame in shown] == [255, 0, 255]


@pytest.mark.parametrize(("over", "hiding"), [(0, [255, 0, 255]), (1, [255, 255, 255])])
def test_a_deep_colour_that_is_clear_stays_clear(tmp_path, over, hiding):
    """It is named in 16 bits; laid over a frame it shows that frame, in its place it shows what is behind."""
    ground, mark, end = (0x2000, 0x8000, 0xE000), (0x1234, 0x5678, 0x9ABC), (0xF000, 0x1000, 0x1000)
    path = written(tmp_path, _deep([ground, mark, end], over, clear=mark), "deep.png")

    fitted(path, tmp_path, route(60_000, alpha=True))

    shown, delays, _ = facts((tmp_path / "out" / "r0.gif").read_bytes())
    at = [frame[5, 5] for frame, delay in zip(shown, delays, strict=True) for _ in range(delay // 200)]
    assert [int(pixel[3]) for pixel in at] == hiding
    assert at[1][:3].tolist() == pytest.approx([0x20, 0x80, 0xE0] if over else [0, 0, 0], abs=2)
