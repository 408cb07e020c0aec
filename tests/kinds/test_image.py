"""Still pictures: facts, refusals, and renditions that look like the asset."""

import io
import math
import os
import struct
import zlib
from pathlib import Path

import pytest
from foreign import CORPUS, corpus_rows
from PIL import Image, ImageDraw
from still_assets import distance, fitted, mms, photo, saved

from mediaprep.api import Fitter, check, fit, route
from mediaprep.kinds import identify
from mediaprep.options import Bounds, FitOptions
from mediaprep.storage import open_source

STILL_TYPES = (
    "image/jpeg",
    "image/png",
    "image/avif",
    "image/webp",
    "image/heic",
    "image/tiff",
    "image/bmp",
    "image/jp2",
)


def test_when_a_png_was_made_goes_too():
    """A time is no text, and still says something of whoever made the file."""
    raw = saved(photo((60, 40)))
    moment = bytes.fromhex("07ea0b1c0e1e0f")
    chunk = b"tIME" + moment
    told = raw[:33] + struct.pack(">I", 7) + chunk + struct.pack(">I", zlib.crc32(chunk)) + raw[33:]

    outcome, out = fitted(told, mms(500_000))

    assert outcome.treatment == "strip"
    assert outcome.data == raw
    assert out.size == (60, 40)


def test_a_jfif_thumbnail_goes_and_the_coded_picture_stays():
    """A small picture in the header may show what was cropped away since."""
    raw = saved(photo((60, 40)), "JPEG", quality=85)
    assert raw[6:11] == b"JFIF\0"
    small = bytes([2, 2]) + bytes(range(12))
    told = raw[:4] + struct.pack(">H", 16 + 12) + raw[6:18] + small + raw[20:]

    outcome, _ = fitted(told, mms(500_000))

    assert outcome.treatment == "strip"
    assert outcome.data == raw


def test_metadata_goes_even_when_the_picture_fits():
    """A picture within every limit is still stripped; its pixels stay identical."""
    exif = Image.Exif()
    exif.get_ifd(0x8825)[2] = (48.0, 51.0, 29.0)
    exif[0x010F] = "CANARY"
    raw = saved(photo(), "JPEG", quality=85, exif=exif.tobytes(), comment="CANARY")

    outcome, out = fitted(raw, mms(500_000))

    assert (str(outcome.verdict), str(outcome.treatment)) == ("fitted", "strip")
    assert b"CANARY" not in outcome.data
    assert out.tobytes() == Image.open(io.BytesIO(raw)).tobytes()
    assert "gps" in [w.name for w in outcome.warnings]


def test_what_needs_nothing_stays_byte_for_byte():
    """A clean picture within the limit is given back unchanged."""
    raw = saved(photo(), "JPEG", quality=85)

    outcome, _ = fitted(raw, mms(500_000))

    assert outcome.data == raw
    assert (str(outcome.verdict), str(outcome.treatment)) == ("fits", "passthrough")


def test_a_tail_is_only_cut():
    """Two megabytes of zeros after the end marker cost no quality: they are cut."""
    raw = saved(photo(), "JPEG", quality=85)

    outcome, _ = fitted(raw + bytes(2_000_000), mms(len(raw)))

    assert outcome.data == raw
    assert str(outcome.treatment) == "strip"


@pytest.mark.parametrize("limit", [5_000, 20_000, 60_000, 150_000, 400_000])
@pytest.mark.parametrize("name", ["phone_photo.jpg", "texture_photo.jpg"])
def test_the_limit_is_kept_and_filled(samples, name, limit):
    """A photograph is within the limit to the byte, and uses nearly all of it while that is seen."""
    outcome = fit(samples / name, mms(limit), isolation="none", options=FitOptions(allow_below_floor=True))

    assert len(outcome.data) == outcome.size_bytes <= limit
    assert outcome.score >= 90 or outcome.size_bytes >= 0.97 * limit
    assert str(outcome.verdict) == ("fitted" if outcome.score >= 30 else "below_floor")
    assert max(outcome.width, outcome.height) <= 1920
    assert len(outcome.attempts) <= 4


def test_the_impossible_is_said(samples):
    """Fifty bytes hold no picture: cannot_fit, the nearest attempt named, nothing given."""
    outcome = fit(samples / "texture_photo.jpg", mms(50), isolation="none")

    assert str(outcome.verdict) == "cannot_fit"
    assert outcome.data is None
    assert "nearest" in outcome.violations[0].message
    assert outcome.attempts


def test_below_the_floor_nothing_is_written_unless_allowed(samples):
    """A rendition that looks worse than the floor is named, and given only when asked for."""
    on = mms(700, floor_score=60.0)

    refused = fit(samples / "texture_photo.jpg", on, isolation="none")
    allowed = fit(samples / "texture_photo.jpg", on, options=FitOptions(allow_below_floor=True), isolation="none")

    assert (str(refused.verdict), refused.data) == ("below_floor", None)
    assert str(allowed.verdict) == "below_floor"
    assert len(allowed.data) <= 700


def test_never_larger_than_the_asset():
    """A transcode in the asset's own type does not grow it."""
    raw = saved(photo().resize((1200, 900)), "JPEG", quality=30)
    on = mms(10_000_000, max_width=1000, max_height=1000)

    outcome, _ = fitted(raw, on)

    assert len(outcome.data) <= len(raw)


def test_never_upscaled():
    """A small picture keeps its dimensions however large the limit."""
    _, out = fitted(saved(photo((60, 40)), "BMP"), mms(1_000_000))

    assert out.size == (60, 40)


def test_exact_dimensions_are_padded():
    """A route that wants exactly 512x512 gets that, the picture centred and undistorted."""
    outcome, out = fitted(saved(photo((640, 320))), mms(200_000, exact_width=512, exact_height=512))

    assert out.size == (512, 512)
    assert (outcome.width, outcome.height) == (512, 512)


def test_flat_art_stays_sharp():
    """Flat art is written as PNG with every pixel intact where that fits."""
    art = Image.new("RGB", (800, 600), (250, 240, 230))
    ImageDraw.Draw(art).text((40, 200), "20% OFF", fill=(10, 20, 120), font_size=140)

    outcome, out = fitted(saved(art, "BMP"), mms(100_000))

    assert outcome.media_type == "image/png"
    assert out.convert("RGB").tobytes() == art.tobytes()


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.9])
@pytest.mark.parametrize(
    ("form", "options"), [("JPEG", {}), ("JPEG", {"progressive": True}), ("PNG", {}), ("WEBP", {}), ("TIFF", {})]
)
def test_truncated_stills_are_refused(form, options, cut):
    """A still that ends early is refused, never fitted half grey."""
    raw = saved(photo(), form, **options)

    outcome = fit(raw[: int(len(raw) * cut)], mms(50_000), isolation="none")

    assert str(outcome.verdict) == "refused"


def test_arithmetic_coding_is_not_sent():
    """Libjpeg reads it, phones and browsers do not: such a JPEG is made anew, though its pixels need nothing."""
    data = bytearray(saved(photo(), "JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 1] = 0xC9  # what was Huffman coded is noise now, and decodes as such

    outcome = fit(bytes(data), mms(50_000), isolation="none")

    assert str(outcome.verdict) in {"fitted", "below_floor"}
    assert outcome.source.mode == "arithmetic-coded"
    assert outcome.data is None or b"\xff\xc0" in outcome.data


@pytest.mark.parametrize("size", [(10, 8_458), (8_458, 10), (1, 4_000)])
@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_thin_pictures_are_pictures(size, form):
    """A strip of a few pixels is read, fitted and read back like any other."""
    picture = Image.linear_gradient("L").resize(size).convert("RGB")
    outcome = fit(saved(picture, form), mms(50_000), isolation="none")

    assert str(outcome.verdict) in {"fits", "fitted"}
    assert min(outcome.width, outcome.height) >= 1


@pytest.mark.parametrize("name", [b"\xff\xe9.jpg", b"a[x=1].jpg", b"\n.jpg"])
def test_a_name_that_is_no_text_is_a_name(tmp_path, name):
    """Decoders are given the bytes of a path as the system knows it."""
    path = Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name)))
    path.write_bytes(saved(photo(), "JPEG"))

    assert str(fit(path, mms(20_000), isolation="none").verdict) == "fitted"


def test_pixel_bombs_are_refused_before_decoding():
    """A picture over the pixel bound is refused by its header."""
    outcome = fit(
        saved(Image.new("1", (9_000, 9_000))), mms(50_000), bounds=Bounds(max_pixels=50_000_000), isolation="none"
    )

    assert outcome.violations[0].name == "pixel_bound"


def rows(*prefixes):
    """Give the corpus's rows of stills."""
    found = [r for r in corpus_rows() if r["media_type"] in STILL_TYPES or r["path"].startswith(prefixes)]
    return [pytest.param(r["path"], r["expected"], id=r["path"].split("/")[-1]) for r in found]


@pytest.mark.parametrize(("path", "expected"), rows("images/"))
def test_the_corpus_is_judged_as_expected(path, expected):
    """Other people's pictures: what must be readable is read, what must be refused is refused."""
    outcome = None
    with Fitter(route(max_bytes=300_000), isolation="none") as fitter:
        outcome = fitter.check(CORPUS / path)

    verdict = str(outcome.verdict)
    assert verdict != "failed", outcome.violations
    if expected == "refuse":
        assert verdict == "refused"
    if expected.startswith("readable"):
        assert verdict != "refused", outcome.violations


@pytest.mark.slow
@pytest.mark.parametrize(("path", "expected"), rows("images/"))
def test_the_corpus_is_fitted_within_the_limit(path, expected):
    """Other people's pictures fitted to 300 KB: nothing over, every rendition reads back, none fails."""
    with Fitter(route(max_bytes=300_000), isolation="none") as fitter:
        outcome = fitter.fit(CORPUS / path)

    assert str(outcome.verdict) != "failed", outcome.violations
    if outcome.data is not None:
        assert len(outcome.data) <= 300_000
        Image.open(io.BytesIO(outcome.data)).load()
    if expected == "readable":
        assert str(outcome.verdict) != "refused"


@pytest.mark.parametrize("shape", ["Landscape", "Portrait"])
def test_the_orientation_set_is_upright(corpus, shape):
    """All files of the public EXIF orientation set come out like the one that is stored upright."""
    wanted = Image.open(corpus / "images" / f"exiforient__{shape}_1.jpg").convert("RGB")
    for number in range(9):
        _, out = fitted(str(corpus / "images" / f"exiforient__{shape}_{number}.jpg"), mms(100_000))
        assert math.isclose(out.width / out.height, wanted.width / wanted.height, rel_tol=0.01)
        small = wanted.resize((180, 180))
        assert distance(small, out.convert("RGB").resize((180, 180))) < 10, number


def test_avif_needs_no_plugin_with_this_pillow(samples, tmp_path):
    """Pillow reads AVIF by itself, so a missing pillow-avif-plugin changes nothing."""
    path = tmp_path / "picture.avif"
    photo().save(path, "AVIF")
    source = open_source(path, 10**9)
    kind, form = identify(source)

    assert kind.probe(source, form, Bounds()).width == 640


@pytest.mark.parametrize("name", ["pillow_heif__bird_burst.heic", "sdwebimage__TestImageAnimated.heics"])
def test_a_heic_burst_goes_out_as_a_still_when_asked(corpus, name):
    """A HEIC sequence, whose frames no reader decodes, is cannot_fit and proposes --still, which writes its cover."""
    asset, on = corpus / "images" / name, route("us")

    moving = fit(asset, on, isolation="none")
    still = fit(asset, on, options=FitOptions(still=True), isolation="none")

    assert str(moving.verdict) == "cannot_fit"
    assert "--still" in moving.proposals
    assert "cover picture" in moving.violations[-1].message
    assert (str(still.verdict), still.frames) == ("fitted", 1)


def test_a_heic_sequence_without_a_cover_is_not_called_damaged(corpus):
    """It is whole; there is no reader here for its frames."""
    found = check(corpus / "images" / "file-type__fixture-msf1.heic", route("us"), isolation="none").violations[0]

    assert (found.name, "damaged" in found.message) == ("unsupported", False)
