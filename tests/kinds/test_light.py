"""HDR and wide colours that a HEIC or AVIF states in numbers: what screens show of them is what comes out."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from timed_media import bounded, box, full_box

import mediaprep
from mediaprep.kinds import _light as light
from mediaprep.kinds import _picture as picture
from mediaprep.kinds._heif_colour import BT2020, DISPLAY_P3, HLG, PQ, Coding, coding
from mediaprep.storage import open_source

SRGB = 13
PQ_203, PQ_100, PQ_1000 = 148, 130, 192
"""Levels of eight bits that mean so many nits (SMPTE ST 2084)."""


def avif(path, pixels, primaries, transfer):
    """Write an AVIF of these levels that states other colours than its encoder does."""
    out = io.BytesIO()
    Image.fromarray(np.asarray(pixels, np.uint8)).save(out, "AVIF", quality=100, subsampling="4:4:4")
    data = out.getvalue()
    at = data.index(b"nclx") + 4
    path.write_bytes(data[:at] + struct.pack(">2H", primaries, transfer) + data[at + 4 :])
    return path


def blocks(*levels):
    """Make a picture of blocks of grey, or of colours, side by side."""
    wide = [np.full((64, 64, 3), level) for level in levels]
    return np.concatenate(wide, axis=1)


def shown(path):
    """Decode it for the screen; give the colour in the middle of each block."""
    image = picture.shown(open_source(path, 10**7), "image/avif")
    return [image.getpixel((x, 32)) for x in range(32, image.width, 64)]


def test_diffuse_white_is_white(tmp_path):
    """Where nothing is brighter than diffuse white, it becomes the screen's white, and half its light stays half."""
    white, grey = shown(avif(tmp_path / "a.avif", blocks(PQ_203, PQ_100), BT2020, PQ))

    assert min(white) >= 253
    assert all(abs(level - 185) <= 3 for level in grey)  # 100 of 203 nits


def test_highlights_roll_off(tmp_path):
    """With a bright lamp in it, the lamp is white, the paper beside it nearly, and shadows stay as they were."""
    lamp, paper, shadow = shown(avif(tmp_path / "a.avif", blocks(PQ_1000, PQ_203, 60), BT2020, PQ))
    alone = shown(avif(tmp_path / "b.avif", blocks(PQ_203, 60), BT2020, PQ))[1]

    assert min(lamp) >= 253
    assert all(215 <= level <= 240 for level in paper)
    assert all(abs(one - other) <= 2 for one, other in zip(shadow, alone, strict=True))


def test_hybrid_log_gamma_is_read(tmp_path):
    """Three quarters of HLG's signal is diffuse white (BT.2408), and its order of levels stays."""
    white, middle, dark = shown(avif(tmp_path / "a.avif", blocks(191, 120, 40), BT2020, HLG))

    assert min(white) >= 252
    assert all(abs(level - 128) <= 3 for level in middle)  # 43.8 of 203 nits, by HLG's own screen of 1,000
    assert middle[0] > dark[0] > 0


@pytest.mark.parametrize("primaries", [BT2020, DISPLAY_P3])
def test_wide_colours_keep_their_looks(primaries, tmp_path):
    """Greys are greys in every space; a colour of a wider one takes a purer mix in sRGB, at the same brightness."""
    grey, red = shown(avif(tmp_path / "a.avif", blocks((128, 128, 128), (180, 110, 110)), primaries, SRGB))

    assert all(abs(level - 128) <= 1 for level in grey)
    assert red[0] > 184
    assert red[1] < 109


def test_ten_bits_are_used(tmp_path):
    """A ramp of a thousand levels of HDR keeps more of them than eight bits hold."""
    pyvips = pytest.importorskip("pyvips")
    ramp = np.tile(np.linspace(20_000, 30_000, 512).astype(np.uint16)[:, None], (64, 1, 3)).reshape(64, 512, 3)
    path = tmp_path / "a.avif"
    deep = pyvips.Image.new_from_array(ramp).copy(interpretation="rgb16")
    deep.heifsave(str(path), bitdepth=10, compression="av1", lossless=True)
    data = path.read_bytes()
    if b"nclx" in data:
        at = data.index(b"nclx") + 4
        path.write_bytes(data[:at] + struct.pack(">2H", BT2020, PQ) + data[at + 4 :])

    image = Image.open(path)
    image.load()
    turned = light.shown(image, open_source(path, 10**7), Coding(BT2020, PQ))
    coarse = len(np.unique(np.asarray(image)[32, :, 1]))
    assert len(np.unique(np.asarray(turned)[32, :, 1])) > coarse


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P"])
def test_a_png_states_its_colours_too(mode, tmp_path):
    """A PNG's cICP counts in every mode, comes before its gamma, and leaves what is transparent transparent."""
    chunk = PngInfo()
    chunk.add(b"cICP", bytes((BT2020, PQ, 0, 1)))
    chunk.add(b"gAMA", struct.pack(">I", 100_000))
    flat = Image.new("RGBA", (64, 64), (PQ_203, PQ_203, PQ_203, 90))
    (flat if mode == "RGBA" else flat.convert("L").convert(mode)).save(tmp_path / "a.png", pnginfo=chunk)

    image = picture.shown(open_source(tmp_path / "a.png", 10**6), "image/png")
    assert min(image.getpixel((9, 9))[:3]) >= 253
    assert ("A" in image.getbands()) == (mode == "RGBA")


def png(*chunks, size=(64, 64)):
    """Make a PNG of the level of diffuse white, with chunks before its pixels."""
    out = io.BytesIO()
    Image.new("RGB", size, (PQ_203,) * 3).save(out, "PNG")
    extra = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )
    return out.getvalue()[:33] + extra + out.getvalue()[33:]


HDR = (b"cICP", bytes((BT2020, PQ, 0, 1)))


@pytest.mark.parametrize(
    ("chunks", "hdr"),
    [
        ((HDR,), True), ((), False),
        (((b"tEXt", b"Comment\0IDAT here"), HDR), True),
        (((b"tEXt", b"Comment\0\0\0\0\4cICP\x09\x10\0\1"),), False),
        (((b"cICP", b"\x09"),), False),
        (((b"eXIf", b"MM\0*\0\0\xff"), HDR), True),
        *((((b"tEXt", b"a" * size), HDR), size < 65_480) for size in (65_470, *range(65_482, 65_496))),
    ],
)  # fmt: skip
def test_only_the_chunk_itself_states_colours(chunks, hdr, tmp_path):
    """Words about it do not, nor does half of one; no other chunk hides it, and wherever it lies there is no error."""
    (tmp_path / "a.png").write_bytes(png(*chunks))
    outcome = mediaprep.check(tmp_path / "a.png", mediaprep.route("us"), isolation="none")

    assert outcome.verdict in {"fits", "needs_fit"}
    assert ("hdr" in [w.name for w in outcome.warnings]) == hdr


def test_a_turned_png_stays_turned(tmp_path):
    """Which way up a picture is does not get lost where its colours are turned."""
    exif = Image.Exif()
    exif[0x0112] = 6
    (tmp_path / "a.png").write_bytes(png(HDR, (b"eXIf", exif.tobytes()[6:]), size=(64, 32)))

    image = picture.shown(open_source(tmp_path / "a.png", 10**6), "image/png")
    assert picture.orientation(image) == 6


def test_an_hdr_still_is_told_and_fitted(tmp_path):
    """The outcome warns of HDR and of colours outside sRGB, and the rendition is as bright as the asset."""
    path = avif(tmp_path / "a.avif", np.tile(blocks(PQ_203, PQ_100), (4, 3, 1)), BT2020, PQ)
    outcome = mediaprep.fit(path, mediaprep.route("us"), isolation="none")

    assert {"hdr", "wide_gamut"} <= {w.name for w in outcome.warnings}
    with Image.open(io.BytesIO(outcome.data)) as out:
        assert min(out.convert("RGB").getpixel((32, 100))) >= 250


def properties(*boxes_of, rows):
    """Make a file whose items have colours; ``rows`` pair each item with the number of its property."""
    table = b"".join(struct.pack(">HBB", item, 1, 0x80 | number) for item, number in rows)
    inner = box(b"iprp", box(b"ipco", *boxes_of), full_box(b"ipma", struct.pack(">I", len(rows)), table))
    links = box(b"dimg", struct.pack(">HHH", 1, 1, 2))
    meta = full_box(b"meta", full_box(b"pitm", struct.pack(">H", 1)), full_box(b"iref", links), inner)
    return bounded(box(b"ftyp", b"heic", bytes(4), b"mif1heic") + meta)


def stated(primaries, transfer):
    """Make the box that states colours in numbers."""
    return box(b"colr", b"nclx", struct.pack(">3HB", primaries, transfer, 9, 0x80))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [([(1, 1), (2, 2)], Coding(BT2020, PQ)), ([(2, 2)], Coding(DISPLAY_P3, SRGB)), ([(3, 1)], None),
     ([(1, 3), (2, 1)], None), ([(1, 99)], None)],
)  # fmt: skip
def test_the_primary_picture_says_before_its_tiles_do(rows, expected):
    """A grid's own colours count, else those of a tile; a profile comes before numbers, other items do not count."""
    profile = box(b"colr", b"prof", bytes(128))
    assert coding(properties(stated(BT2020, PQ), stated(DISPLAY_P3, SRGB), profile, rows=rows)) == expected


def test_damaged_tables_state_nothing():
    """Rows that lead out of the file are no colours, and no error."""
    whole = properties(stated(BT2020, PQ), rows=[(1, 1)])
    data = whole.upto(0, whole.size)
    for end in range(40, len(data), 7):
        coding(bounded(data[:end]))
    assert coding(bounded(data[: data.index(b"ipma") + 9] + b"\xff" * 40)) is None


def moving_png(path, levels, *chunks):
    """Write an animated PNG of grey frames, with chunks before its pixels."""
    out = io.BytesIO()
    first, *rest = (Image.new("RGB", (48, 48), (level,) * 3) for level in levels)
    first.save(out, "PNG", save_all=True, append_images=rest, duration=100)
    data = out.getvalue()
    extra = b"".join(
        struct.pack(">I", len(told)) + name + told + struct.pack(">I", zlib.crc32(name + told)) for name, told in chunks
    )
    path.write_bytes(data[:33] + extra + data[33:])
    return path


def frames_shown(path):
    """Fit the file as a GIF that may be as large as it likes; give the grey of each frame's middle."""
    target = path.with_suffix(".gif")
    outcome = mediaprep.fit(path, mediaprep.route("us", max_bytes=500_000), target, isolation="none")
    assert outcome.done, outcome.violations
    levels = []
    with Image.open(target) as image:
        for number in range(image.n_frames):
            image.seek(number)
            levels.append(image.convert("RGB").getpixel((24, 24))[0])
    return levels


def test_frames_of_a_png_follow_its_gamma(tmp_path):
    """Linear light of an animated PNG comes out as bright as that of a still one."""
    levels = frames_shown(moving_png(tmp_path / "a.png", (55, 128), (b"gAMA", struct.pack(">I", 100_000))))

    assert abs(levels[0] - 128) <= 2
    assert abs(levels[1] - 188) <= 2


def test_frames_of_a_png_follow_its_stated_colours(tmp_path):
    """Frames in PQ come out as screens show them, all by the first one's light, so that none flickers."""
    levels = frames_shown(moving_png(tmp_path / "a.png", (PQ_203, PQ_100, PQ_1000, PQ_203), HDR))

    assert levels[0] >= 253
    assert abs(levels[1] - 185) <= 3
    assert levels[2:] == [levels[0]] * len(levels[2:])


def test_a_sequence_states_its_colours_in_its_track(tmp_path):
    """An AVIF that moves is shown by the numbers of its samples' description."""
    out = io.BytesIO()
    first, second = (Image.new("RGB", (64, 64), (level,) * 3) for level in (PQ_203, PQ_100))
    first.save(out, "AVIF", save_all=True, append_images=[second], duration=100, quality=100)
    data = out.getvalue()
    assert data.count(b"nclx") == 2  # of the still picture and of the track
    at = data.rindex(b"nclx") + 4
    path = tmp_path / "a.avif"
    path.write_bytes(data[:at] + struct.pack(">2H", BT2020, PQ) + data[at + 4 :])
    plain = tmp_path / "b.avif"
    plain.write_bytes(data)

    levels = frames_shown(path)

    assert levels[0] >= 252
    assert abs(levels[1] - 185) <= 4
    assert abs(frames_shown(plain)[0] - PQ_203) <= 2


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_shrinking_comes_before_light_is_turned(transfer, tmp_path):
    """A picture that is wanted smaller looks as if it had been turned whole and then shrunk, in eight bits or ten."""
    pyvips = pytest.importorskip("pyvips")
    rows, columns = np.mgrid[0:300, 0:400]
    wave = (np.sin(columns / 45) * np.cos(rows / 35) + 1) * 20_000 + 8_000
    deep = np.stack([wave, wave * 0.9, wave * 0.7], axis=2).astype(np.uint16)
    path = tmp_path / "a.png"
    pyvips.Image.new_from_array(deep).copy(interpretation="rgb16").pngsave(str(path), bitdepth=16)
    source, image = open_source(path, 10**7), Image.open(path)
    image.load()

    small = light.shown(image, source, Coding(BT2020, transfer), size=(100, 75))
    after = light.shown(image, source, Coding(BT2020, transfer)).resize((100, 75), Image.Resampling.LANCZOS)
    apart = np.abs(np.asarray(small).astype(int) - np.asarray(after))
    assert apart.mean() < 0.7
    assert apart.max() <= 4
