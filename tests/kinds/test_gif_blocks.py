"""GIF blocks: delays, plays, transparency, metadata and broken ends, read from hand-made files."""

import io
import struct

import pytest
from PIL import Image

from mediaprep.api import fit, route
from mediaprep.kinds import _gif as gif
from mediaprep.kinds import _gif_parts as gif_parts
from mediaprep.kinds._animated import played_s
from mediaprep.options import FitOptions

EVERY = 10**6
PALETTE = b"\0\0\0\xff\xff\xff"
PIXEL = b"\2\2\x44\1\0"


def header(width=2, height=2):
    """Begin a GIF with a palette of two colours."""
    return b"GIF89a" + width.to_bytes(2, "little") + height.to_bytes(2, "little") + b"\x80\0\0" + PALETTE


def control(delay=0, disposal=0, *, clear=False):
    """Make a graphic control extension."""
    return b"\x21\xf9\x04" + bytes([disposal << 2 | clear]) + delay.to_bytes(2, "little") + b"\0\0"


def image(left=0, top=0, width=2, height=2):
    """Make a frame whose data the walk never decodes."""
    return b"\x2c" + b"".join(n.to_bytes(2, "little") for n in (left, top, width, height)) + b"\0" + PIXEL


def loop(count):
    """Make a NETSCAPE extension."""
    return b"\x21\xff\x0bNETSCAPE2.0\x03\x01" + count.to_bytes(2, "little") + b"\0"


def walk(data, enough=EVERY):
    """Walk bytes."""
    return gif.walk(io.BytesIO(data), len(data), enough)


def test_delays_belong_to_the_frame_behind_them():
    """A control extension times one frame; a frame without one has no delay."""
    found = walk(header() + control(7) + image() + image() + control(3) + image() + b";")
    assert found.delays_ms == (70.0, 0.0, 30.0)


@pytest.mark.parametrize(("delay_ms", "played"), [(0, 0.1), (10, 0.1), (20, 0.02), (30, 0.03), (100, 0.1)])
def test_delays_that_nobody_honours_count_as_they_are_played(delay_ms, played):
    """Browsers and phones show frames of 0 and 10 ms for 100 ms; 20 ms is honoured."""
    assert played_s((delay_ms,)) == pytest.approx(played)


@pytest.mark.parametrize(
    ("blocks", "plays"), [(b"", 1), (loop(0), 0), (loop(1), 2), (loop(4), 5), (loop(3) + loop(0), 0)]
)
def test_plays_follow_the_last_count(blocks, plays):
    """No count is one play, 0 is for ever, n is n repeats."""
    assert walk(header() + blocks + image() * 2 + b";").plays == plays


@pytest.mark.parametrize(
    ("blocks", "transparent"),
    [
        (image() + image(), False),
        (control(clear=True) + image() + image(), True),
        (image() + control(clear=True) + image(), False),  # a delta over an opaque frame
        (image(width=1) + image(), True),
        (control(disposal=2) + image() + image(), False),
        (control(disposal=2) + image() + image(width=1), True),
        (control(disposal=2) + image() + control(clear=True) + image(), True),
    ],
)
def test_transparency_is_what_a_viewer_sees_through(blocks, transparent):
    """Only holes count: in a first frame, beside it where it is small, or left open by a frame that was cleared."""
    assert walk(header() + blocks + b";").transparent is transparent


def test_homes_of_metadata_are_named():
    """Comments, XMP, colour profiles and unknown applications are told apart; an empty comment is none."""
    comment = b"\x21\xfe\x02hi\0"
    xmp = b"\x21\xff\x0bXMP DataXMP" + b"<x exif:GPSLatitude='1'/>" + b"\1" + bytes(range(255, -1, -1)) + b"\0"
    icc = b"\x21\xff\x0bICCRGBG1012\x01a\0"
    other = b"\x21\xff\x0bSOMETHING01\x01a\0"
    found = walk(header() + b"\x21\xfe\0" + comment + xmp + icc + other + image() * 2 + b";")
    assert found.metadata == ("comment", "xmp", "icc", "application")
    assert found.gps
    assert walk(header() + b"\x21\xfe\0" + image() + b";").metadata == ()


@pytest.mark.parametrize(
    ("end", "text"),
    [
        (b"", "no trailer"),
        (image()[:-2], "inside the block"),
        (b"\x99garbage", "does not begin a GIF block"),
        (b"\x21", "inside the block"),
    ],
)
def test_a_broken_end_leaves_the_whole_frames(end, text):
    """Frames before the break are counted, and what is wrong is said."""
    found = walk(header() + image() * 3 + end)
    assert found.frames == 3
    assert text in found.broken


def test_what_follows_the_trailer_is_a_tail():
    """Bytes behind the end are counted, and stray terminators between blocks are harmless."""
    found = walk(header() + image() + b"\0\0" + image() + b";" + b"secret")
    assert (found.frames, found.tail_bytes, found.broken) == (2, 6, None)


def test_the_canvas_is_the_screen_and_the_bound_is_what_frames_reach():
    """Frames may lie outside the screen: it is cropped when shown, but not when decoded. A screen of zero grows."""
    found = walk(header(4, 4) + image() + image(left=100, top=50) + b";")
    assert (found.width, found.height, found.decoded_pixels) == (4, 4, 102 * 52)
    assert walk(header(0, 0) + image(width=5, height=6) * 2 + b";").width == 5


def test_the_walk_stops_at_enough_frames():
    """Two frames make an animation, so telling it from a still reads no more."""
    data = header() + image() * 2
    stream = io.BytesIO(data + b"never read" * 1000)
    assert gif.walk(stream, len(data) + 10_000, 2).frames == 2
    assert stream.tell() == len(data)


def test_what_is_no_gif_is_none():
    """A short or foreign header gives nothing."""
    assert walk(b"GIF89a") is None
    assert walk(b"GIF88a" + bytes(20)) is None


def test_endless_tiny_blocks_end(monkeypatch):
    """A file of one-byte blocks stops at the bound on blocks and counts as broken."""
    blocks = gif._Blocks
    monkeypatch.setattr(gif, "_Blocks", lambda stream: blocks(stream, left=1_000))
    found = walk(header() + image() * 2 + b"\x21\xfe" + b"\1a" * 5_000 + b"\0" + image() + b";")
    assert (found.frames, found.broken is not None) == (2, True)


def drawn(left=0, top=0):
    """Make a frame of two by two pixels that decodes."""
    target = io.BytesIO()
    Image.frombytes("P", (2, 2), b"\0\1\1\0").save(target, "GIF")
    whole = target.getvalue()
    frame = next(part for part in gif_parts.parts(whole) if part.name == "frame")
    data = bytearray(whole[frame.start : frame.end])
    struct.pack_into("<2H", data, 1, left, top)
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "screen"),
    [
        (header() + b"\x22\xf9\4junk" + drawn() + b";tail", (2, 2)),  # bytes that begin no block
        (header() + drawn(5, 300) + b";", (7, 302)),  # a frame beyond the screen
        (header() + b"\x21\x01\x0c" + bytes(12) + b"\6SECRET\0" + control() + drawn() + b";", (2, 2)),  # plain text
    ],
)
def test_a_still_is_put_right_for_every_reader(data, screen):
    """What ends some readers goes, the screen holds the frame, and Pillow shows what it showed before."""
    clean = gif_parts.stripped_still(data)

    assert struct.unpack_from("<2H", clean, 6) == screen
    assert [part.name for part in gif_parts.parts(clean)][-2:] == ["frame", "trailer"]
    assert clean.endswith(b"\0;")
    assert b"SECRET" not in clean
    before, after = (Image.open(io.BytesIO(each)).convert("RGB") for each in (data, clean))
    assert (after.size, after.tobytes()) == (before.size, before.tobytes())


def test_a_still_without_a_whole_frame_is_not_kept():
    """There is nothing to keep."""
    assert gif_parts.stripped_still(header() + b"\x2c\0\0") is None


def test_an_animation_that_leaves_its_screen_gets_a_larger_one(tmp_path):
    """Readers disagree on a frame that reaches beyond the screen: the rendition's screen holds it, its frames stay."""
    frames = [Image.effect_noise((60, 40), 90).convert("P") for _ in range(3)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:], duration=100)
    data = (tmp_path / "a.gif").read_bytes()
    assert gif_parts.reach(data) == (60, 40)
    (tmp_path / "b.gif").write_bytes(gif_parts.widened(data, (50, 30)))

    outcome = fit(tmp_path / "b.gif", route("us"), isolation="none")
    assert outcome.treatment == "strip"
    assert outcome.data[6:10] == struct.pack("<2H", 60, 40)
    assert outcome.data[13:] == gif_parts.stripped(data)[13:]


@pytest.mark.parametrize(
    "hollow",
    [b"\x21\xff\0", b"\x21\0\0", b"\x21\xf9\0", b"\x21\xf9\1\1\0", b"\x21\xff\x0bNETSCAPE2.0\0"],
    ids=["application", "unknown", "control", "short control", "loop"],
)
def test_extensions_that_hold_nothing_hide_no_frame(hollow, tmp_path):
    """The reader looks for more behind an extension that is empty, and would swallow the frames that follow."""
    colours = [(200, 0, 0), (0, 200, 0), (0, 0, 200)]
    plain = io.BytesIO()
    frames = [Image.new("RGB", (40, 40), colour) for colour in colours]
    frames[0].save(plain, "GIF", save_all=True, append_images=frames[1:], duration=200, loop=0)
    data = plain.getvalue()
    blocks = gif_parts.parts(data)
    first = next(part.start for part in blocks if part.name != "head")
    second = next(part.end for part in blocks if part.name == "frame")
    (tmp_path / "a.gif").write_bytes(data[:first] + hollow + data[first:second] + hollow + data[second:])
    outcome = fit(tmp_path / "a.gif", route(max_bytes=100_000), isolation="none")
    assert outcome.source.frames == 3
    with Image.open(io.BytesIO(outcome.data)) as image:
        shown = [image.seek(number) or image.convert("RGB").getpixel((20, 20)) for number in range(image.n_frames)]
    assert shown == colours


@pytest.mark.parametrize(
    "hollow",
    [b"\x21\xff\0", b"\x21\0\0", b"\x21\xf9\0", b"\x21\xf9\1\1\0", b"\x21\xff\x0bNETSCAPE2.0\0"],
    ids=["application", "unknown", "control", "short control", "loop"],
)
def test_an_extension_that_holds_nothing_hides_no_still(hollow):
    """A GIF of one frame shows it, and its clear pixels, wherever such an extension stands before it."""
    plain = Image.new("P", (40, 40), 1)
    plain.putpalette([0, 0, 0, 200, 0, 0])
    plain.paste(0, (0, 0, 40, 10))
    target = io.BytesIO()
    plain.save(target, "GIF", transparency=0)
    data = target.getvalue()
    blocks = {part.name: part for part in gif_parts.parts(data)}
    at, frame = blocks["head"].end, blocks["frame"].start
    outcome = fit(
        data[:at] + hollow + data[at:frame] + hollow + data[frame:],
        route("us", max_bytes=100_000), isolation="none", options=FitOptions(background="#0000ff"),
    )  # fmt: skip
    with Image.open(io.BytesIO(outcome.data)) as image:
        shown = image.convert("RGB")
    assert shown.getpixel((20, 5)) == pytest.approx((0, 0, 255), abs=9)
    assert shown.getpixel((20, 30)) == pytest.approx((200, 0, 0), abs=9)


@pytest.mark.parametrize("behind", [b"", b"\x21\xff\0"], ids=["plain", "an empty extension"])
def test_what_a_still_leaves_free_of_its_canvas_is_clear(behind):
    """As in browsers; our reader fills it with the table's first colour where the frame has no clear one."""
    green, red = b"\0\xff\0", b"\xff\0\0"
    plain = io.BytesIO()
    drawn = Image.new("P", (20, 10), 1)
    drawn.putpixel((0, 0), 0)
    drawn.save(plain, "GIF")
    frame = next(part for part in gif_parts.parts(plain.getvalue()) if part.name == "frame")
    pixels = plain.getvalue()[frame.start + 9 : frame.end]
    data = header(60, 40)[:13] + green + red + behind + struct.pack("<B4H", 0x2C, 10, 5, 20, 10) + pixels + b";"
    outcome = fit(data, route("us", max_bytes=100_000), isolation="none", options=FitOptions(background="#0000ff"))
    assert outcome.source.transparent
    with Image.open(io.BytesIO(outcome.data)) as image:
        shown = image.convert("RGB")
    assert shown.size == (60, 40)
    assert shown.getpixel((50, 30)) == pytest.approx((0, 0, 255), abs=9)
    assert shown.getpixel((20, 10)) == pytest.approx((255, 0, 0), abs=9)
