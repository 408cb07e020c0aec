"""What can be seen through: found however a file says it, put on the background, and told."""

import io
import struct
import zlib

import numpy as np
import pytest
from moving_png import Moving
from PIL import Image

from mediaprep.api import check, fit
from mediaprep.limits import Limits, Route
from mediaprep.model import KindName
from mediaprep.options import FitOptions


def keyed_png(depth, colour_type, size=64):
    """Write a PNG of a gradient whose left half is one level, named clear by a colour key (Pillow keys no 16 bits)."""

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    bands = {0: 1, 2: 3}[colour_type]
    key = 0x1234 if depth == 16 else 0x12
    levels = np.tile(np.linspace(0.3, 0.8, size) * (2**depth - 1), (size, 1)).astype(int)
    levels[:, : size // 2] = key
    pixels = np.repeat(levels[..., None], bands, axis=2).astype(">u2" if depth == 16 else np.uint8)
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", size, size, depth, colour_type, 0, 0, 0))
    data += chunk(b"tRNS", struct.pack(">H", key) * bands)
    return data + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def stills(*, alpha, types=("image/jpeg", "image/png"), limit_bytes=100_000):
    """Make a route for stills."""
    limits = Limits(kind=KindName.IMAGE, limit_bytes=limit_bytes, target_bytes=limit_bytes, types=types, alpha=alpha)
    return Route(name="test", folder="test", channel="mms", limits=(limits,))


def fitted(data, route, **options):
    """Fit in this process; give the outcome and the picture that came out."""
    outcome = fit(data, route, options=FitOptions(**options), isolation="none")
    assert outcome.data is not None, outcome
    return outcome, Image.open(io.BytesIO(outcome.data))


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("colour_type", [0, 2])
def test_a_colour_that_is_clear_is_put_on_the_background(depth, colour_type):
    """A PNG that names one colour clear has no alpha channel, and is flattened and told as one that has."""
    data = keyed_png(depth, colour_type)

    judged = check(data, stills(alpha=False), isolation="none")
    white, on_white = fitted(data, stills(alpha=False))
    red, on_red = fitted(data, stills(alpha=True), background="#ff0000")

    for outcome in (judged, white):
        assert "transparency" in [found.name for found in outcome.warnings]
    assert min(on_white.convert("RGB").getpixel((10, 10))) > 250
    assert "transparency" not in on_white.info
    assert on_red.convert("RGB").getpixel((10, 10))[0] > 240
    assert on_red.convert("RGB").getpixel((10, 10))[1] < 20
    assert red.treatment == "transcode"


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_a_clear_level_of_shallow_grey_is_that_level(depth):
    """Grey of two or four bits names its clear level as it is stored, not as it is spread over eight bits."""
    levels = np.repeat(np.arange(1 << depth), 8)
    made = Moving(
        size=(len(levels), 16), frames=(), colour=0, depth=depth, clear=b"\0\1",
        hidden=np.tile(levels[:, None], (16, 1, 1)),
    ).written()  # fmt: skip

    _, shown = fitted(made, stills(alpha=True, types=("image/webp",)))

    hiding = np.asarray(shown.convert("RGBA"))[8, 4::8, 3]
    assert np.flatnonzero(hiding == 0).tolist() == [1]


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("colour_type", [0, 2])
def test_a_colour_that_is_clear_stays_clear_where_that_is_shown(depth, colour_type):
    """A route of another type with alpha gets an alpha channel, clear where the colour was and nowhere else."""
    _, made = fitted(keyed_png(depth, colour_type), stills(alpha=True, types=("image/webp",)))

    alpha = made.convert("RGBA").getchannel("A")
    assert (alpha.getpixel((10, 10)), alpha.getpixel((50, 10))) == (0, 255)


def shadow(size):
    """Draw a disc of blurred colours whose edge fades over half of it."""
    across = np.hypot(*np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j])
    spots = np.random.default_rng(7).integers(0, 256, (20, 20, 3)).astype(np.uint8)
    blurred = np.asarray(Image.fromarray(spots).resize((size, size), Image.Resampling.BICUBIC))
    alpha = np.clip(2 - 2 * across, 0, 1) * 255
    return Image.fromarray(np.dstack([blurred, alpha]).astype(np.uint8))


def png(picture, **options):
    """Encode as PNG."""
    target = io.BytesIO()
    picture.save(target, "PNG", **options)
    return target.getvalue()


def lost(outcome):
    """Whether the outcome warns of transparency."""
    return "transparency" in [found.name for found in outcome.warnings]


def test_a_cut_out_that_does_not_fit_is_told_where_transparency_is_shown():
    """A JPEG of a cut-out is one on a background: the outcome says so, unless it was asked for, or alpha stays."""
    data = png(shadow(400))

    tight, made = fitted(data, stills(alpha=True, limit_bytes=12_000))
    asked, _ = fitted(data, stills(alpha=True, limit_bytes=12_000), background="#ffffff")
    wide, whole = fitted(data, stills(alpha=True, limit_bytes=500_000))

    assert (made.format, lost(tight)) == ("JPEG", True)
    assert not lost(asked)
    assert ("A" in whole.convert("RGBA").getbands(), lost(wide)) == (True, False)


def test_a_soft_animation_that_loses_its_alpha_is_told():
    """GIF shows whole pixels only: what is a shadow goes onto a background, and that is said; a hard edge stays."""
    soft = shadow(60)
    hard = soft.copy()
    hard.putalpha(soft.getchannel("A").point(lambda level: 255 if level > 127 else 0))
    limits = Limits(
        kind=KindName.ANIMATION, limit_bytes=100_000, target_bytes=100_000, types=("image/gif",), alpha=True
    )
    moving = Route(name="test", folder="test", channel="mms", limits=(limits,))

    faded, cut = (
        fit(png(one, save_all=True, append_images=[one.rotate(90)], duration=100), moving, isolation="none")
        for one in (soft, hard)
    )

    assert (faded.media_type, lost(faded), lost(cut)) == ("image/gif", True, False)
