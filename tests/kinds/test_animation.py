"""Animations: facts, bounds, salvage of broken ends, and foreign or damaged files that must never surprise."""

import contextlib
import io
import time
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from mediaprep.errors import AssetError
from mediaprep.formats import matching
from mediaprep.kinds import animation, identify, image
from mediaprep.model import KindName
from mediaprep.options import Bounds
from mediaprep.storage import open_source

KIND = animation.KIND


def frames(count=4, size=(40, 30), mode="RGB"):
    """Draw frames that differ."""
    pictures = []
    for number in range(count):
        picture = Image.new(mode, size, (250, 240, 230, 255)[: len(mode)])
        ImageDraw.Draw(picture).ellipse(
            (number * 5, 5, number * 5 + 15, 20), fill=(200, 30, 10 * number, 255)[: len(mode)]
        )
        pictures.append(picture)
    return pictures


def encoded(kind, pictures=None, **options):
    """Encode an animation with Pillow."""
    first, *rest = pictures or frames()
    target = io.BytesIO()
    settings = {"save_all": True, "append_images": rest, "duration": 80, "loop": 0} | options
    first.save(target, kind, **settings)
    return target.getvalue()


def asset(folder, data, name="asset"):
    """Write bytes to a file and open it as a source."""
    path = folder / name
    path.write_bytes(data)
    return open_source(path, 10**9)


def judged(source, bounds=None, *, kind=KIND):
    """Claim, probe and confirm as the pipeline does; None where the kind declines."""
    bounds = bounds or Bounds()
    for form in matching(source.head, kind.formats):
        if kind.claims(source, form):
            return kind.confirm(source, kind.probe(source, form, bounds), bounds)
    return None


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [("GIF", "image/gif"), ("PNG", "image/png"), ("WEBP", "image/webp"), ("AVIF", "image/avif")],
)
def test_facts_are_those_that_were_encoded(tmp_path, kind, media_type):
    """Canvas, frames, duration, rate and type are read from structure, whatever the format."""
    info = judged(asset(tmp_path, encoded(kind)))
    assert (info.kind, info.media_type, info.width, info.height, info.frames) == (
        KindName.ANIMATION,
        media_type,
        40,
        30,
        4,
    )
    assert info.duration_s == pytest.approx(0.32)
    assert info.fps == pytest.approx(12.5)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_plays_are_counted_alike_in_every_format(tmp_path, kind):
    """Zero is for ever; GIF's repeats count the first play too, as browsers show them."""
    assert judged(asset(tmp_path, encoded(kind, loop=0))).loop_count == 0
    assert judged(asset(tmp_path, encoded(kind, loop=3))).loop_count == (4 if kind == "GIF" else 3)


def test_a_sequence_that_does_not_say_how_often_plays_for_ever(tmp_path):
    """An AVIF without an edit list loops, as browsers play it; one whose list says nothing of repeats plays once."""
    repeating = encoded("AVIF")
    at = repeating.index(b"elst")
    unsaid = repeating.replace(b"edts", b"free")
    once = repeating[: at + 7] + b"\0" + repeating[at + 8 :]

    assert judged(asset(tmp_path, unsaid)).loop_count == 0
    assert judged(asset(tmp_path, once)).loop_count == 1


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_one_frame_is_left_to_the_stills(tmp_path, kind):
    """A picture that does not move is no animation, though its format could move."""
    target = io.BytesIO()
    frames(1)[0].save(target, kind)
    source = asset(tmp_path, target.getvalue())
    assert judged(source) is None
    assert identify(source)[0].name == KindName.IMAGE


def test_an_animated_png_says_that_it_may_stand_still(tmp_path):
    """Its media type is that of a still, so a route's list of types alone would let it pass in silence."""
    info = judged(asset(tmp_path, encoded("PNG")))
    assert [name for name, _ in info.remarks] == ["may_not_move"]


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_transparency_is_a_fact(tmp_path, kind):
    """An alpha channel shows without decoding."""
    clear = [Image.new("RGBA", (20, 20), (250, 10 * number, 0, 90)) for number in range(3)]
    assert judged(asset(tmp_path, encoded(kind, clear))).transparent
    assert not judged(asset(tmp_path, encoded(kind))).transparent


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF"])
def test_a_place_in_the_metadata_is_found(tmp_path, kind):
    """GPS in EXIF is reported for each format that carries EXIF."""
    exif = Image.Exif()
    exif[0x010F] = "maker"
    exif.get_ifd(0x8825)[2] = (48.0, 51.0, 30.0)
    info = judged(asset(tmp_path, encoded(kind, exif=exif)))
    assert info.gps
    assert "exif" in info.metadata


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_a_broken_end_is_salvaged_with_a_warning(tmp_path, kind):
    """With two whole frames and more the frames before the break are used, and the outcome says so."""
    data = encoded(kind, frames(6))
    info = judged(asset(tmp_path, data[: len(data) * 3 // 4]))
    assert 2 <= info.frames < 6
    assert info.duration_s == pytest.approx(0.08 * info.frames)
    assert [name for name, _ in info.remarks if name == "salvaged"] == ["salvaged"]


def test_an_avif_sequence_that_is_cut_short_is_refused(tmp_path):
    """Its index stands apart from its frames, so nothing says which of them are whole."""
    data = encoded("AVIF")
    with pytest.raises(AssetError) as caught:
        judged(asset(tmp_path, data[:-20]))
    assert caught.value.code == "truncated"


def test_a_frame_that_cannot_be_decoded_ends_the_animation_there(tmp_path):
    """Structure can be whole while the pixels are not: decoding finds it and keeps what is before."""
    data = bytearray(encoded("PNG", frames(5)))
    places = [at for at in range(len(data)) if data[at : at + 4] == b"fdAT"]
    data[places[2] + 10 : places[2] + 20] = b"\0" * 10
    info = judged(asset(tmp_path, bytes(data)))
    assert info.frames == 3
    assert "frame 4 of 5" in dict(info.remarks)["salvaged"]


def test_a_second_frame_that_cannot_be_decoded_is_refused(tmp_path):
    """One sound frame is no animation, and a silent still would not be what was sent."""
    data = bytearray(encoded("PNG", frames(5)))
    at = data.find(b"fdAT")
    data[at + 10 : at + 20] = b"\0" * 10
    with pytest.raises(AssetError) as caught:
        judged(asset(tmp_path, bytes(data)))
    assert caught.value.code in ("unreadable", "truncated")


@pytest.mark.parametrize("chunk", [b"fcTL", b"fdAT"])
@pytest.mark.parametrize("number", [1, 3])
def test_chunks_out_of_order_end_the_animation_there(tmp_path, chunk, number):
    """Viewers show no frame from a wrong number on; where only the first picture is left, it is a still and says so."""
    data = bytearray(encoded("PNG", frames(5)))
    at = [place for place in range(len(data)) if data[place : place + 4] == chunk][number]
    length = int.from_bytes(data[at - 4 : at], "big")
    data[at + 4 : at + 8] = (99).to_bytes(4, "big")
    data[at + 4 + length : at + 8 + length] = zlib.crc32(data[at : at + 4 + length]).to_bytes(4, "big")
    source = asset(tmp_path, bytes(data))
    whole = number if chunk == b"fcTL" else number + 1

    info = judged(source) or judged(source, kind=image.KIND)

    assert (info.kind, info.frames) == (("animation", whole) if whole > 1 else ("image", 1))
    assert "out of order" in dict(info.remarks)["salvaged"]


def test_a_hidden_first_picture_is_no_frame(tmp_path):
    """An APNG may show a default picture to old viewers only; it is neither counted nor timed."""
    data = encoded("PNG", frames(4), default_image=True)
    assert judged(asset(tmp_path, data)).frames == 3


@pytest.mark.parametrize(
    ("bounds", "code"),
    [
        (Bounds(max_pixels=1_199), "pixel_bound"),
        (Bounds(max_total_pixels=4_799), "total_pixel_bound"),
        (Bounds(max_frames=3), "frame_bound"),
    ],
)
@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF"])
def test_bounds_are_kept_before_anything_is_decoded(tmp_path, kind, bounds, code):
    """Pixels of a frame, pixels together and frames each have a bound and say both figures."""
    source = asset(tmp_path, encoded(kind))
    form = next(form for form in matching(source.head, KIND.formats) if KIND.claims(source, form))
    with pytest.raises(AssetError) as caught:
        KIND.probe(source, form, bounds)
    assert caught.value.code == code
    assert caught.value.actual > caught.value.allowed


def test_a_gif_of_a_hundred_thousand_frames_is_refused_at_once(tmp_path):
    """A small file may hold any number of one-pixel frames; the walk stops at the bound."""
    frame = b"\x2c\0\0\0\0\1\0\1\0\0\2\2\x44\1\0"
    source = asset(tmp_path, b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff" + frame * 100_000 + b";")
    started = time.process_time()
    with pytest.raises(AssetError) as caught:
        judged(source)
    assert caught.value.code == "frame_bound"
    assert time.process_time() - started < 1


def test_a_huge_canvas_is_refused_by_its_header(tmp_path):
    """Sixteen-bit sides promise four thousand million pixels in a few bytes."""
    frame = b"\x2c\0\0\0\0\1\0\1\0\0\2\2\x44\1\0"
    source = asset(tmp_path, b"GIF89a\xff\xff\xff\xff\x80\0\0\0\0\0\xff\xff\xff" + frame * 3 + b";")
    with pytest.raises(AssetError) as caught:
        judged(source)
    assert caught.value.code == "pixel_bound"


def test_decoding_stops_at_its_budget(tmp_path, monkeypatch):
    """Frames behind the budget are judged by structure alone, so a long animation costs no more than a short one."""
    data = bytearray(encoded("PNG", frames(8)))
    at = [at for at in range(len(data)) if data[at : at + 4] == b"fdAT"][-1]
    data[at + 10 : at + 16] = b"\0" * 6
    source = asset(tmp_path, bytes(data))
    assert judged(source).frames == 7
    monkeypatch.setattr(animation, "CONFIRM_PIXELS", 4 * 40 * 30)
    assert judged(source).frames == 8


SMALL = {"gif": encoded("GIF"), "png": encoded("PNG"), "webp": encoded("WEBP"), "avif": encoded("AVIF")}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from(sorted(SMALL)),
    cut=st.floats(0, 1),
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=6),
)
def test_damage_raises_nothing_but_asset_errors(tmp_path_factory, name, cut, flips):
    """Cut and flipped anywhere, an animation is declined, refused or read, in short time."""
    data = bytearray(SMALL[name])
    for place, value in flips:
        data[int(place * len(data))] = value
    data = data[: max(1, int(cut * len(data)))] if cut < 0.7 else data
    started = time.process_time()
    with contextlib.suppress(AssetError):
        judged(asset(tmp_path_factory.getbasetemp(), bytes(data), "damaged"), Bounds(max_pixels=1_000_000))
    assert time.process_time() - started < 5
