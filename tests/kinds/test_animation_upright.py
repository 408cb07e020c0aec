"""Animations are shown as their files say: upright, in the colours of their profile; what no fit can do is said."""

import io
import struct
import zlib

import pytest
from PIL import Image, ImageCms, ImageSequence

from mediaprep.api import check, fit
from mediaprep.limits import Limits, Route
from mediaprep.model import KindName

STRONG = (200, 100, 50)


def wide_profile():
    """Give sRGB's profile with red and green drawn apart (the colorants of Display P3)."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    colorants = {
        b"rXYZ": (0.5151, 0.2412, -0.0011),
        b"gXYZ": (0.2920, 0.6922, 0.0419),
        b"bXYZ": (0.1571, 0.0666, 0.7841),
    }
    for row in range(int.from_bytes(data[128:132], "big")):
        name, at = bytes(data[132 + 12 * row :][:4]), int.from_bytes(data[136 + 12 * row :][:4], "big")
        for place, value in enumerate(colorants.get(name, ())):
            data[at + 8 + 4 * place : at + 12 + 4 * place] = int(value * 65_536).to_bytes(4, "big", signed=True)
    return bytes(data)


def moving(form, **options):
    """Encode three frames of 60x40: one colour, with a mark in the upper left corner that grows."""
    frames = []
    for number in range(3):
        frame = Image.new("RGB", (60, 40), STRONG)
        frame.paste((255, 255, 255), (0, 0, 6 + 4 * number, 10))
        frames.append(frame)
    target = io.BytesIO()
    lossless = {"lossless": True} if form == "WEBP" else {"quality": 100} if form == "AVIF" else {}
    frames[0].save(target, form, save_all=True, append_images=frames[1:], duration=200, **lossless, **options)
    return target.getvalue()


def turned(flag):
    """Make EXIF that says how to turn the picture."""
    exif = Image.Exif()
    exif[0x0112] = flag
    return exif.tobytes()


def route(*types, **numbers):
    """Make a route that delivers animations of some types, and stills."""
    limits = Limits(kind=KindName.ANIMATION, limit_bytes=100_000, target_bytes=100_000, types=types, **numbers)
    still = Limits(kind=KindName.IMAGE, limit_bytes=100_000, target_bytes=100_000, types=("image/webp",))
    return Route(name="r", folder="r", channel="mms", limits=(limits, still))


def sent(data, on):
    """Fit in this process; give the outcome and the first frame that went out."""
    outcome = fit(data, on, isolation="none")
    assert outcome.data is not None, outcome
    image = Image.open(io.BytesIO(outcome.data))
    return outcome, image, next(ImageSequence.Iterator(image)).convert("RGB")


def turned_by(form, flag):
    """Make an animation that is stored turned: by EXIF, or an AVIF by the property of its samples' description."""
    if form != "AVIF":
        return moving(form, exif=turned(flag))
    property_of = {1: b"irot\0", 3: b"irot\2", 6: b"irot\3", 8: b"irot\1", 2: b"imir\1", 4: b"imir\0"}
    data = moving(form)
    place = data.index(b"ccst")  # which says how frames refer to each other, and is as long as it was
    return data[:place] + property_of[flag] + data[place + 5 :]


@pytest.mark.parametrize("form", ["WEBP", "PNG", "AVIF"])
@pytest.mark.parametrize(
    ("flag", "corner"),
    [(1, "left top"), (2, "right top"), (3, "right bottom"), (4, "left bottom"), (6, "right top"), (8, "left bottom")],
)
def test_what_is_stored_turned_comes_out_upright(form, flag, corner):
    """EXIF's orientation, or an AVIF's own properties, turn every frame as they turn a still, and that is told."""
    outcome, _, shown = sent(turned_by(form, flag), route("image/gif"))

    assert shown.size == (outcome.source.width, outcome.source.height) == ((40, 60) if flag >= 5 else (60, 40))
    across, down = corner.split()
    mark = (2 if across == "left" else shown.width - 3, 2 if down == "top" else shown.height - 3)
    assert min(shown.getpixel(mark)) > 240
    assert shown.getpixel((shown.width // 2, shown.height // 2))[2] < 80
    assert ("orientation_flag" in [found.name for found in outcome.warnings]) == (flag != 1)


def test_what_is_stored_turned_is_not_stripped_of_what_says_so():
    """A route that takes WebP gets other pixels, not the same ones without the flag."""
    outcome, image, _ = sent(moving("WEBP", exif=turned(6)), route("image/gif", "image/webp"))

    assert (outcome.media_type, image.size) == ("image/gif", (40, 60))


def cropped(data, part, size):
    """Put a crop into the description of an AVIF sequence's samples, which then lie further behind."""
    left, top, width, height = part
    across, down = 2 * left + width - size[0], 2 * top + height - size[1]
    clap = struct.pack(">I4s4I", 40, b"clap", width, 1, height, 1) + struct.pack(">iIiI", across, 2, down, 2)
    out = bytearray(data)
    for name in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"av01"):
        at = out.index(name, out.index(b"moov")) - 4
        out[at : at + 4] = struct.pack(">I", struct.unpack_from(">I", out, at)[0] + len(clap))
    place = out.index(b"stco")
    for row in range(struct.unpack_from(">I", out, place + 8)[0]):
        at = place + 12 + 4 * row
        out[at : at + 4] = struct.pack(">I", struct.unpack_from(">I", out, at)[0] + len(clap))
    at = out.index(b"av1C", out.index(b"stsd")) - 4
    return bytes(out[:at] + clap + out[at:])


def test_a_sequence_whose_edges_are_cropped_away_does_not_go_out_whole():
    """A route that takes AVIF sequences gets a GIF of what is to be seen: players show a sequence's hidden edges."""
    whole = moving("AVIF")
    asset = cropped(whole, (0, 0, 40, 30), (60, 40))

    outcome, image, _ = sent(asset, route("image/gif", "image/avif"))

    assert (outcome.media_type, image.size) == ("image/gif", (40, 30))
    assert sent(whole, route("image/gif", "image/avif"))[0].treatment == "passthrough"


def test_what_turns_an_avif_is_named():
    """Its property is, not EXIF, which an AVIF need not have."""
    outcome, _, _ = sent(turned_by("AVIF", 6), route("image/gif"))

    said = next(found.message for found in outcome.warnings if found.name == "orientation_flag")
    assert "irot" in said
    assert "EXIF" not in said


@pytest.mark.parametrize("form", ["WEBP", "PNG", "AVIF"])
def test_colours_of_a_wide_profile_are_converted_and_told(form):
    """Check and fit say that they are wide; a GIF of them is in sRGB."""
    data = moving(form, icc_profile=wide_profile())

    outcome, _, shown = sent(data, route("image/gif"))

    for judged in (outcome, check(data, route("image/gif"), isolation="none")):
        assert "wide_gamut" in [found.name for found in judged.warnings]
    assert shown.getpixel((40, 30)) == pytest.approx((215, 93, 31), abs=4)


def test_wide_primaries_of_an_animated_png_are_converted_and_told():
    """Chunks of gamma and primaries say as much as a profile."""
    data = moving("PNG")
    p3 = struct.pack(">8I", 31_270, 32_900, 68_000, 32_000, 26_500, 69_000, 15_000, 6_000)
    chunks = [(b"gAMA", struct.pack(">I", 45_455)), (b"cHRM", p3)]
    stated = b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )
    data = data[:33] + stated + data[33:]

    outcome, _, shown = sent(data, route("image/gif"))

    for judged in (outcome, check(data, route("image/gif"), isolation="none")):
        assert "wide_gamut" in [found.name for found in judged.warnings]
    assert shown.getpixel((40, 30)) == pytest.approx((215, 93, 31), abs=4)


def test_a_strip_leaves_a_wide_profile():
    """Pixels that stay mean what they meant: EXIF goes, the profile does not."""
    profile = wide_profile()
    exif = Image.Exif()
    exif[0x010F] = "maker"

    outcome, image, shown = sent(moving("WEBP", icc_profile=profile, exif=exif.tobytes()), route("image/webp"))

    assert (outcome.treatment, image.info["icc_profile"], image.info.get("exif")) == ("strip", profile, None)
    assert shown.getpixel((40, 30)) == STRONG
    assert "wide_gamut" in [found.name for found in outcome.warnings]


def test_a_strip_takes_a_profile_that_says_nothing():
    """Where it is sRGB, it goes with the rest."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    _, image, _ = sent(moving("WEBP", icc_profile=srgb), route("image/webp"))

    assert "icc_profile" not in image.info


@pytest.mark.parametrize(
    ("data", "numbers"),
    [
        (moving("GIF"), {}), (moving("WEBP"), {"exact_width": 512, "exact_height": 512}),
        (moving("WEBP", exif=turned(6)), {}),
    ],
    ids=["another type", "other dimensions", "stored turned"],
)  # fmt: skip
def test_where_no_gif_is_delivered_that_is_what_is_said(data, numbers):
    """Nothing is said of bytes, nor that a fit would write what the route does not take; a still is proposed."""
    outcome = fit(data, route("image/webp", **numbers), isolation="none")

    assert outcome.verdict == "cannot_fit"
    assert "nothing_fits" not in [found.name for found in outcome.violations]
    assert "animation_codec" in [found.name for found in outcome.violations]
    assert not [found for found in outcome.violations if "mediaprep fit" in found.remedy]
    assert outcome.proposals == ("--still",)
    if numbers or data[:3] == b"GIF":
        assert check(data, route("image/webp", **numbers), isolation="none").verdict == "cannot_fit"
