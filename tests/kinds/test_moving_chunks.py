"""Chunks and boxes of animated PNG, WebP and image sequences: what hand-made and cut files give."""

import io
import struct
import zlib

import pytest
from PIL import Image
from test_animation import encoded, frames

import mediaprep
from mediaprep.errors import AssetError
from mediaprep.kinds import _avif as sequence
from mediaprep.kinds import _gps as gps
from mediaprep.kinds import _png as stripping
from mediaprep.kinds import _png_chunks as png
from mediaprep.kinds import _webp as webp
from mediaprep.kinds._bounded import MAX_STEPS, Bounded

EVERY = 10**6


def bounded(data):
    """See bytes through bounds."""
    return Bounded(io.BytesIO(data), len(data), 10**7)


def chunk(name, data=b""):
    """Make a PNG chunk."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_file(*chunks):
    """Make a PNG of 8x8 RGB pixels from chunks."""
    return png.SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)) + b"".join(chunks)


def control(sequence, number=1, of=10, size=(8, 8)):
    """Make an fcTL chunk."""
    return chunk(b"fcTL", struct.pack(">IIIIIHHBB", sequence, *size, 0, 0, number, of, 0, 0))


def later(sequence, data=b"x"):
    """Make an fdAT chunk."""
    return chunk(b"fdAT", sequence.to_bytes(4, "big") + data)


def test_png_delays_are_fractions_and_zero_means_hundredths():
    """A denominator of 0 stands for 100."""
    data = png_file(
        chunk(b"acTL", struct.pack(">II", 3, 2)),
        control(0, 1, 8), chunk(b"IDAT", b"x"), control(1, 5, 0), later(2), control(3, 1, 2), later(4), chunk(b"IEND"),
        b"tail",
    )  # fmt: skip
    found = png.walk(bounded(data), EVERY)
    assert found.delays_ms == (125.0, 50.0, 500.0)
    assert (found.plays, found.tail_bytes, found.broken) == (2, 4, None)


def test_png_frames_need_data_and_an_end():
    """A frame without data, or cut before the next chunk begins, is not whole."""
    start = png_file(chunk(b"acTL", struct.pack(">II", 4, 0)), control(0), chunk(b"IDAT", b"x"))
    assert png.walk(bounded(start), EVERY).frames == 0
    assert png.walk(bounded(start + control(1)), EVERY).frames == 1
    assert png.walk(bounded(start + control(1) + control(2) + chunk(b"IEND")), EVERY).frames == 1


def test_png_without_an_animation_is_none():
    """Without acTL before the pixels the file is a still."""
    assert png.walk(bounded(png_file(chunk(b"IDAT", b"x"), chunk(b"acTL", bytes(8)), chunk(b"IEND"))), EVERY) is None
    assert png.walk(bounded(b"\x89PNG"), EVERY) is None


@pytest.mark.parametrize("compressed", [False, True])
def test_png_places_are_found_in_xmp(compressed):
    """XMP in iTXt is read whether it is compressed or not, and damaged compression is no reason to fail."""
    text = b"<exif:GPSLatitude>48</exif:GPSLatitude>"
    body = zlib.compress(text) if compressed else text
    itxt = b"XML:com.adobe.xmp\0" + bytes([compressed, 0]) + b"\0\0" + body
    moving = (
        chunk(b"acTL", struct.pack(">II", 2, 0)),
        control(0),
        chunk(b"IDAT", b"x"),
        control(1),
        later(2),
    )
    found = png.walk(bounded(png_file(chunk(b"iTXt", itxt), *moving, chunk(b"IEND"))), EVERY)
    assert found.gps
    assert found.metadata == ("xmp",)
    broken = b"XML:com.adobe.xmp\0\1\0\0\0not zlib"
    assert not png.walk(bounded(png_file(chunk(b"iTXt", broken), *moving, chunk(b"IEND"))), EVERY).gps


def test_webp_repair_gives_a_file_of_whole_frames():
    """Cut in its last frame, a WebP is unreadable to libwebp; repaired it shows every frame before."""
    from PIL import Image

    data = encoded("WEBP", frames(5))
    cut = data[:-10]
    found = webp.walk(bounded(cut), EVERY)
    assert found.frames == 4
    with pytest.raises(OSError, match=r"webp|cannot identify|decoder"):
        Image.open(io.BytesIO(cut)).load()
    with Image.open(io.BytesIO(webp.repaired(cut, found.end))) as mended:
        assert mended.n_frames == 4
        mended.seek(3)
        mended.load()


def test_webp_bytes_behind_the_stated_end_are_a_tail():
    """RIFF says where the file ends; more is a tail, less is a break."""
    data = encoded("WEBP")
    assert webp.walk(bounded(data + b"1234"), EVERY).tail_bytes == 4
    assert webp.walk(bounded(data), EVERY).tail_bytes is None
    assert webp.walk(bounded(data[:-2]), EVERY).broken


def test_avif_sequences_are_told_by_their_tracks():
    """Two samples in a picture track make a sequence; a still AVIF has no track."""
    assert sequence.walk(bounded(encoded("AVIF")), EVERY).frames == 4
    still = io.BytesIO()
    frames(1)[0].save(still, "AVIF")
    assert sequence.walk(bounded(still.getvalue()), EVERY) is None


def test_a_sample_table_cannot_promise_more_frames_than_are_asked_for():
    """A run of four thousand million samples costs nothing: delays are expanded up to what is enough."""
    data = bytearray(encoded("AVIF"))
    at = data.find(b"stts") + 12
    data[at : at + 4] = b"\xff\xff\xff\xff"
    assert sequence.walk(bounded(bytes(data)), 1_001).frames == 1_001


def test_boxes_that_never_advance_are_bounded():
    """More empty boxes than any honest file has end in a refusal, not in a hang."""
    data = b"\0\0\0\x08free" * (MAX_STEPS + 1)
    with pytest.raises(AssetError) as caught:
        sequence.walk(Bounded(io.BytesIO(data), len(data), 10**9), EVERY)
    assert caught.value.code == "header_bound"


def test_gps_is_found_in_both_byte_orders_and_damage_is_none():
    """An EXIF directory with an entry for GPS that points inside counts; anything damaged does not."""
    for order, mark in (("<", b"II*\0"), (">", b"MM\0*")):
        tiff = (
            mark + struct.pack(order + "IHHHIII", 8, 1, 0x8825, 4, 1, 26, 0) + struct.pack(order + "H", 1) + bytes(12)
        )
        assert gps.in_exif(tiff)
        assert gps.in_exif(b"Exif\0\0" + tiff)
        assert gps.in_exif(bytes(4) + b"Exif\0\0" + tiff)
        assert not gps.in_exif(tiff[:20])
    assert not gps.in_exif(b"")
    assert not gps.in_exif(b"II*\0\xff\xff\xff\xff")


def test_webp_that_says_late_that_it_moves_does_not_move():
    """ANIM stands before the frames; behind them it would go when a broken end is cut off."""
    data = encoded("WEBP", frames(3))
    at = data.index(b"ANIM")
    late = data[:at] + data[at + 14 :] + data[at : at + 14]
    assert webp.walk(bounded(data), EVERY).frames == 3
    assert webp.walk(bounded(late), EVERY).frames == 0


def test_rests_of_motion_go_with_a_still_pngs_metadata():
    """A PNG of one whole frame is a still: what is left of its motion would make the stripped file unreadable."""
    from PIL import Image

    whole = encoded("PNG", frames(3))
    second = whole.index(b"fcTL", whole.index(b"IDAT"))
    odd = whole[:second] + b"fxXx" + whole[second + 4 : second + 30] + struct.pack(
        ">I", zlib.crc32(b"fxXx" + whole[second + 4 : second + 30])
    ) + whole[second + 34 :]  # fmt: skip
    clean = stripping.stripped(odd, stripping.read_structure(odd))

    assert not {b"acTL", b"fcTL", b"fdAT", b"fxXx"} & {c.name for c in stripping.read_structure(clean).chunks}
    with Image.open(io.BytesIO(clean)) as kept, Image.open(io.BytesIO(whole)) as first:
        assert kept.tobytes() == first.tobytes()


def test_what_readers_pass_over_does_not_become_picture():
    """A second header, or picture data after another chunk, goes with what stands between; it is not moved up."""
    picture = chunk(b"IDAT", zlib.compress(bytes(8 * 25)))
    whole = png_file(picture, chunk(b"IEND"))
    odd = whole[:-12] + chunk(b"tEXt", b"Comment\0x") + whole[8:33] + picture + chunk(b"IEND")

    assert stripping.stripped(odd, stripping.read_structure(odd)) == whole


@pytest.mark.parametrize("second", [struct.pack(">IIBBBBB", 9, 9, 8, 2, 0, 0, 0), b""])
def test_two_headers_are_unreadable(second):
    """Which of two headers holds, readers disagree; a header of another length than 13 bytes is none."""
    picture = chunk(b"IDAT", zlib.compress(bytes(8 * 25)))

    with pytest.raises(AssetError, match="two headers"):
        stripping.read_structure(png_file(chunk(b"IHDR", second), picture, chunk(b"IEND")))
    with pytest.raises(AssetError, match="no header"):
        stripping.read_structure(png.SIGNATURE + chunk(b"IHDR", second[:12]) + picture + chunk(b"IEND") + bytes(9))


def still_png(*chunks, before=b""):
    """Make a PNG of 8x8 grey pixels with chunks behind its picture."""
    pixels = zlib.compress((b"\0" + b"\x80" * 24) * 8)
    return png_file(*([before] if before else []), chunk(b"IDAT", pixels), *chunks, chunk(b"IEND"))


@pytest.mark.parametrize(
    "data",
    [
        still_png(chunk(b"fdAT", bytes(4) + b"stray")),
        still_png(chunk(b"fdAT", bytes(4) + b"stray"), before=chunk(b"acTL", struct.pack(">2I", 2, 0))),
        still_png(chunk(b"fdAT", b"\0")),
        still_png(before=chunk(b"acTL", b"\0")),
        still_png(before=control(0, size=(9, 9))),
    ],
    ids=["alone", "announced", "short", "announced in too few bytes", "a frame beyond the canvas"],
)
def test_a_still_with_stray_chunks_of_motion_is_shown(data, tmp_path):
    """What would move, but has no whole frame of its own, is a still: its picture is sent, without these chunks."""
    path = tmp_path / "a.png"
    path.write_bytes(data)

    outcome = mediaprep.fit(path, mediaprep.route("us", max_bytes=100_000), tmp_path / "out.png", isolation="none")

    assert outcome.done, outcome.violations
    assert outcome.kind == "image"
    sent = (tmp_path / "out.png").read_bytes()
    assert not any(name in sent for name in (b"acTL", b"fcTL", b"fdAT"))
    with Image.open(io.BytesIO(sent)) as image:
        assert image.convert("RGB").getpixel((4, 4)) == (128, 128, 128)


def test_only_chunks_of_motion_are_left_out():
    """What a still says besides stays, byte for byte; a still without them is not written anew."""
    plain = still_png(chunk(b"tEXt", b"Title\0fdAT is a word here"))
    moving = still_png(chunk(b"fdAT", bytes(4)), chunk(b"tEXt", b"Title\0fdAT is a word here"))

    assert stripping.unmoved(plain) is None
    assert stripping.unmoved(moving) == plain
    assert stripping.unmoved(moving[:-6]) == plain[:-6]
