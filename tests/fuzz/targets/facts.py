"""Readers of what a picture says of itself and where its parts lie: facts, raw photos, HEIC's tables, makers' words."""

import contextlib
import io

from target import Target, can_be_told, in_range, source_of, spelled
from test_hostile_headers import SEEDS
from test_raw import cr2, developed, dng, nef, sensor_first
from timed_media import box, full_box

from mediaprep.errors import AssetError
from mediaprep.kinds import Format
from mediaprep.kinds import _h26x_messages as messages
from mediaprep.kinds import _heif_colour as heif_colour
from mediaprep.kinds import _heif_items as heif_items
from mediaprep.kinds import _jpeg as jpeg
from mediaprep.kinds import _raw as raw
from mediaprep.kinds._bounded import Bounded
from mediaprep.kinds.animation import KIND as ANIMATION
from mediaprep.kinds.image import KIND as IMAGE
from mediaprep.options import Bounds

_BOUNDS = Bounds(max_pixels=40_000_000)

_CRASHING = {"heic"}
"""pi-heif 1.4.0 ends the process on an item type that is no UTF-8 (https://github.com/bigcat88/pillow_heif/pull/478).

A worker that ends so refuses its asset (MP510); here it would end the run. Our own reading of HEIC is `heif_tables`.
"""


def facts(data: bytes) -> None:
    """Probe as the kinds do that claim the bytes, through Pillow's readers of headers: facts, or a refusal."""
    source = source_of(data)
    for kind in (IMAGE, ANIMATION):
        for form in kind.formats:
            if form.name not in _CRASHING and _claims(form, data):
                with contextlib.suppress(AssetError):
                    can_be_told(kind.probe(source, form, _BOUNDS))


def _claims(form: Format, data: bytes) -> bool:
    return form.match(data[:65_536])


def raw_preview(data: bytes) -> None:
    """Look for the preview of a raw photo: a whole JPEG out of the file, or none."""
    source = source_of(data)
    with contextlib.suppress(AssetError):
        found = raw.preview(source)
        if found is not None:
            assert found.data in data
            assert 1 <= found.orientation <= 8
            in_range(jpeg.read_structure(found.data, max_scans=100))


def heif_tables(data: bytes) -> None:
    """Read where a HEIC's picture ends and how it is coded, from tables in front of a picture."""
    for padding in (0, 1 << 30):
        file = Bounded(io.BytesIO(data), len(data) + padding, 1_000_000)
        end = heif_items.picture_end(file)
        assert end is None or end >= 0
        coding = heif_colour.coding(file)
        if coding is not None:
            in_range(coding)
            assert coding.name


def coded_messages(data: bytes) -> None:
    """Silence what makers wrote into coded pictures: the same length, no more to say, and once is enough."""
    if not data:
        return
    path = source_of(data).path
    said = messages.speaks(path)
    messages.silence(path)
    after = path.read_bytes()
    assert len(after) == len(data)
    assert said or after == data, "a file without words was changed"
    messages.silence(path)
    assert path.read_bytes() == after, "the second turn changed what the first one left"


def _raw_photos() -> tuple[bytes, ...]:
    small = developed((640, 16))
    path = source_of(b"").path
    photos = [write(path).read_bytes() for write in (nef, cr2, sensor_first)]
    return (dng(path, jpeg=small).read_bytes(), dng(path, t274=6, t34853=8, jpeg=small).read_bytes(), *photos)


def _stills() -> tuple[bytes, ...]:
    import pillow_avif  # noqa: F401  # Pillow learns to write AVIF by it
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112], exif[0x8825] = 6, {1: "N", 2: (1.0, 2.0, 3.0)}
    found = []
    for form, more in (("JPEG", {}), ("PNG", {}), ("WEBP", {}), ("TIFF", {}), ("AVIF", {}), ("GIF", {}), ("BMP", {}),
                       ("JPEG2000", {}), ("ICO", {}), ("PNG", {"save_all": True}), ("WEBP", {"save_all": True}),
                       ("GIF", {"save_all": True})):  # fmt: skip
        target = io.BytesIO()
        frames = [Image.linear_gradient("L").resize((16, 16)).rotate(90 * n).convert("RGB") for n in range(3)]
        told = {"exif": exif.tobytes()} if form in ("JPEG", "PNG", "WEBP", "AVIF", "TIFF") else {}
        several = {"append_images": frames[1:], "duration": 100} if more else {}
        frames[0].save(target, form, **more, **several, **told)
        found.append(target.getvalue())
    return tuple(found)


def _heifs() -> tuple[bytes, ...]:
    grid = full_box(
        b"iloc", b"\x44\0", b"\0\2", b"\0\1\0\0\0\0\0\1", bytes.fromhex("000003e8 00000064"),
        b"\0\2\0\1\0\0\0\1", bytes(8), version=1,
    )  # fmt: skip
    links = full_box(b"iref", box(b"dimg", b"\0\2\0\1\0\1"))
    colour = box(b"colr", b"nclx", bytes([0, 9, 0, 16, 0, 9, 0x80]))
    rows = full_box(b"ipma", b"\0\0\0\1\0\2\1\1")
    parts = (full_box(b"pitm", b"\0\2"), grid, links, box(b"iprp", box(b"ipco", colour), rows))
    return (box(b"ftyp", b"heic", bytes(4), b"mif1heic") + full_box(b"meta", *parts), *_stills()[4:5])


def _coded() -> tuple[bytes, ...]:
    maker, words = bytes(range(1, 17)), b"SECRET-48.8582N\0\0\3\1"
    unit = bytes([6, 5, len(maker) + len(words) - 1]) + maker + words + b"\x80"
    sample = len(unit).to_bytes(4, "big") + unit + b"\0\0\0\4\x65abc"
    record = box(b"avcC", bytes([1, 66, 0, 30, 0xFF, 0xE0, 0]))
    entry = box(b"avc1", bytes(78), record)

    def movie(at: int) -> bytes:
        table = box(
            b"stbl",
            full_box(b"stsd", b"\0\0\0\1", entry),
            full_box(b"stsz", len(sample).to_bytes(4, "big"), b"\0\0\0\1"),
            full_box(b"stsc", b"\0\0\0\1", b"\0\0\0\1", b"\0\0\0\1", b"\0\0\0\1"),
            full_box(b"stco", b"\0\0\0\1", at.to_bytes(4, "big")),
        )
        tags = box(b"udta", full_box(b"meta", bytes(20)))
        return box(b"ftyp", b"isom", bytes(4)) + box(b"moov", box(b"trak", box(b"mdia", box(b"minf", table))), tags)

    whole = movie(len(movie(0)) + 8) + box(b"mdat", sample)
    return (whole, *(SEEDS[name] for name in ("mp4",) if name in SEEDS))


TARGETS = (
    Target(
        name="still_facts",
        attempt=facts,
        seeds=_stills,
        suffixes=(".jpg", ".png", ".webp", ".gif", ".tif", ".tiff", ".bmp", ".avif", ".heic", ".ico", ".jp2", ".apng"),
        longest=8_192,
        words=spelled(
            r"\xff\xe1 Exif\x00\x00 MM\x00* II*\x00 %\x88 \x01\x12 \x88% MPF\x00 ICC_PROFILE\x00 iCCP eXIf cICP gAMA "
            r"acTL fcTL VP8X ANMF EXIF ftypavif ftypheic meta iprp colr nclx jP\x20\x20 icns hdrgm:"
        ),
    ),
    Target(
        name="raw_preview",
        attempt=raw_preview,
        seeds=_raw_photos,
        suffixes=(".dng", ".nef", ".cr2", ".tif", ".tiff", ".arw"),
        words=spelled(
            r"II*\x00 MM\x00* II+\x00 CR\x02\x00 \x4a\x01 \x12\xc6 \x23\x80 \xff\xd8 \xff\xc0 \xff\xc3 \xff\xd9"
        ),
    ),
    Target(
        name="heif_tables",
        attempt=heif_tables,
        seeds=_heifs,
        suffixes=(".heic", ".heif", ".avif", ".hif"),
        longest=4_096,
        words=spelled(r"ftyp meta pitm iloc iref dimg iprp ipco ipma colr nclx prof rICC iinf infe hdlr idat thmb"),
    ),
    Target(
        name="coded_messages",
        attempt=coded_messages,
        seeds=_coded,
        suffixes=(".mp4", ".mov", ".3gp"),
        longest=8_192,
        words=spelled(r"moov trak mdia minf stbl stsd avc1 avcC hvc1 hvcC stsz stsc stco co64 \x06\x05 \x00\x00\x03"),
    ),
)
