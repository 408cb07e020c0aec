"""Assets with a word planted in every home that their format has for what is not the media itself.

Each word is ``SECRET`` and the name of its home, so that a test which finds one says where it was.
"""

from __future__ import annotations

import base64
import io
import struct
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path

from foreign import ROOT
from kinds.timed_media import box, full_box, make
from PIL import Image, ImageDraw, PngImagePlugin, TiffImagePlugin

WORD = b"SECRET"


def word(home: str) -> bytes:
    """Give the word of one home."""
    return WORD + b"-" + home.encode() + b"-"


def picture(size: tuple[int, int] = (320, 240), step: int = 0) -> Image.Image:
    """Draw something of many colours and edges, another for each step."""
    base = Image.merge("RGB", [Image.linear_gradient("L").resize(size).rotate(90 * i) for i in range(3)])
    draw = ImageDraw.Draw(base)
    for i in range(40):
        x, y = (i * 97 + step * 13) % size[0], (i * 61 + step * 7) % size[1]
        draw.ellipse((x, y, x + 30, y + 20), fill=((i * 40) % 256, (i * 80) % 256, (i * 120) % 256))
    return base


def exif() -> Image.Exif:
    """Make EXIF with a description, a serial number, a maker note, a comment and a place."""
    found = Image.Exif()
    found[0x010E] = word("description").decode()
    found[0x013B] = word("artist").decode()
    found[0x8825] = {
        1: "N", 2: (TiffImagePlugin.IFDRational(48), TiffImagePlugin.IFDRational(51), TiffImagePlugin.IFDRational(30)),
        3: "E", 4: (TiffImagePlugin.IFDRational(2), TiffImagePlugin.IFDRational(17), TiffImagePlugin.IFDRational(40)),
        27: word("gps-method"), 29: "2026:11:27",
    }  # fmt: skip
    found[0x8769] = {0xA431: word("serial").decode(), 0x927C: word("maker-note"), 0x9286: word("user-comment")}
    return found


XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="48,51.5N">'
    + word("xmp")
    + b"</rdf:Description></rdf:RDF></x:xmpmeta>"
)


def _segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def jpeg(*, progressive: bool = False) -> bytes:
    """A phone's JPEG: EXIF with a thumbnail, XMP, IPTC, comment, private segments, a clip and junk behind its end."""
    target = io.BytesIO()
    picture().save(target, "JPEG", quality=92, progressive=progressive)
    plain = target.getvalue()
    small = io.BytesIO()
    picture((32, 24)).save(small, "JPEG", comment=word("thumbnail"))
    block = exif().tobytes()
    homes = [
        _segment(0xE1, block),
        _segment(0xE1, b"Exif\0\0" + _thumbnail_ifd(small.getvalue())),
        _segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP),
        _segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 32 + bytes(8) + word("extended-xmp")),
        _segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x30" + word("iptc").ljust(48)),
        _segment(0xE3, word("app3")),
        _segment(0xEB, b"JP\0\x01" + word("jumbf")),
        _segment(0xEF, word("app15")),
        _segment(0xE2, b"ICC_PROFILE\0\1\1" + icc()),
        _segment(0xFE, word("comment")),
    ]
    tail = b"\0" * 50 + b"\xff\xd8\xff\xe1" + word("second-picture") + box(b"ftyp", b"mp42") + word("motion-clip")
    return plain[:2] + b"".join(homes) + plain[2:] + tail


def _thumbnail_ifd(thumbnail: bytes) -> bytes:
    first = struct.pack("<HI", 0, 14)
    entries = struct.pack("<HHIIHHII", 0x0201, 4, 1, 8 + 6 + 30, 0x0202, 4, 1, len(thumbnail))
    return b"II*\0" + struct.pack("<I", 8) + first + struct.pack("<H", 2) + entries + struct.pack("<I", 0) + thumbnail


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(*, mode: str = "RGB", frames: int = 1) -> bytes:
    """A PNG (or APNG) with all text chunks, EXIF, XMP, a named profile, private chunks and a tail."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", word("text").decode())
    info.add_text("Comment", word("compressed-text").decode(), zip=True)
    info.add_itxt("XML:com.adobe.xmp", XMP.decode())
    target = io.BytesIO()
    first, *others = [picture(step=i).convert(mode) for i in range(frames)]
    first.save(target, "PNG", pnginfo=info, exif=exif(), save_all=frames > 1, append_images=others, duration=100)
    data = target.getvalue()
    profile = _chunk(b"iCCP", word("profile-name") + b"\0\0" + zlib.compress(icc()))
    private = _chunk(b"prVt", word("private")) + _chunk(b"tIME", struct.pack(">H5B", 2026, 11, 27, 1, 2, 3))
    late = _chunk(b"vpAg", word("late-private"))
    at = 8 + 25
    return data[:at] + profile + private + data[at:-12] + late + data[-12:] + word("tail")


def icc() -> bytes:
    """An sRGB profile that names the device it was made for (some cameras and scanners write such ones)."""
    from PIL import ImageCms

    data = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    count = struct.unpack_from(">I", data, 128)[0]
    for name, at, size in [struct.unpack_from(">4sII", data, 132 + 12 * i) for i in range(count)]:
        if name in (b"desc", b"cprt"):  # one text of UTF-16, from byte 28 of its tag on
            room = (size - 28) // 2
            text = word(f"icc-{name.decode()}").decode().ljust(room)[:room].encode("utf-16-be")
            data = data[: at + 28] + text + data[at + 28 + len(text) :]
    return data


def gif(frames: int = 1) -> bytes:
    """A GIF with comments, XMP, an application's block and a tail."""
    target = io.BytesIO()
    first, *others = [picture((120, 90), i).quantize(64) for i in range(frames)]
    first.save(target, "GIF", save_all=frames > 1, append_images=others, duration=100, loop=0, comment=word("comment"))
    data = target.getvalue()
    at = 13 + (3 << ((data[10] & 7) + 1) if data[10] & 0x80 else 0)
    own = word("application")
    application = b"\x21\xff\x0bCAMERA  1.0" + bytes([len(own)]) + own + b"\0"
    magic = b"\x01" + bytes(range(255, -1, -1)) + b"\0"
    xmp = b"\x21\xff\x0bXMP DataXMP" + XMP + magic
    text = word("plain-text")
    plain = b"\x21\x01\x0c" + bytes(8) + b"\x08\x08\x01\x00" + bytes([len(text)]) + text + b"\0"
    return data[:at] + application + xmp + plain + data[at:] + word("tail")


def webp(frames: int = 1, **options: object) -> bytes:
    """A WebP with EXIF, XMP, an unknown chunk and a tail."""
    target = io.BytesIO()
    first, *others = [picture(step=i) for i in range(frames)]
    first.save(
        target, "WEBP", exif=exif(), xmp=XMP, icc_profile=icc(), save_all=frames > 1, append_images=others,
        duration=100, **options
    )  # fmt: skip
    own = word("unknown-chunk")
    data = target.getvalue() + b"PRVT" + struct.pack("<I", len(own)) + own + b"\0" * (len(own) & 1)
    return data[:4] + struct.pack("<I", len(data) - 8) + data[8:] + word("tail")


def tiff() -> bytes:
    """A TIFF with EXIF, XMP, an artist and a private tag."""
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[0x010E], tags[0x013B], tags[0x02BC] = word("description").decode(), word("artist").decode(), XMP
    target = io.BytesIO()
    picture().save(target, "TIFF", tiffinfo=tags, exif=exif())
    return target.getvalue()


def avif() -> bytes:
    """An AVIF with EXIF and XMP."""
    target = io.BytesIO()
    picture().save(target, "AVIF", exif=exif(), xmp=XMP, quality=80)
    return target.getvalue()


def heic() -> bytes:
    """A HEIC of the sample's picture with EXIF, XMP, a thumbnail, private and named items, a motion clip and a tail."""
    data = (ROOT / "samples" / "food_photo.heic").read_bytes()
    meta_at = struct.unpack_from(">I", data)[0]
    mdat_at = meta_at + struct.unpack_from(">I", data, meta_at)[0]
    meta = data[meta_at + 12 : mdat_at]
    old = {}
    while meta:
        (length,) = struct.unpack_from(">I", meta)
        old[meta[4:8]], meta = meta[:length], meta[length:]
    small = io.BytesIO()
    picture((32, 24)).save(small, "JPEG", comment=word("thumbnail"))
    items = (
        (b"hvc1", b"\0", data[mdat_at + 8 :]),
        (b"Exif", b"\0", struct.pack(">I", 6) + b"Exif\0\0" + exif().tobytes().removeprefix(b"Exif\0\0")),
        (b"mime", b"\0application/rdf+xml\0", XMP),
        (b"jpeg", b"\0", small.getvalue()),
        (b"mime", word("item-name") + b"\0" + word("item-type") + b"\0", word("private-item")),
        (b"uri ", b"\0" + word("item-uri") + b"\0", word("uri-item")),
    )
    entries = b"".join(
        full_box(b"infe", struct.pack(">HH", i, 0), kind, name, version=2) for i, (kind, name, _) in enumerate(items, 1)
    )
    links = b"".join(box(kind, struct.pack(">3H", i, 1, 1)) for kind, i in ((b"cdsc", 2), (b"cdsc", 3), (b"thmb", 4)))
    information = full_box(b"iinf", struct.pack(">H", len(items)), entries)

    def whole(start: int) -> bytes:
        rows = b""
        for i, (_, _, body) in enumerate(items, 1):
            rows += struct.pack(">3HII", i, 0, 1, start, len(body))
            start += len(body)
        places = full_box(b"iloc", b"\x44\0", struct.pack(">H", len(items)), rows)
        own = full_box(b"meta", old[b"hdlr"], old[b"pitm"], information, places, old[b"iprp"], full_box(b"iref", links))
        return data[:meta_at] + own + box(b"free", word("free")) + box(b"uuid", bytes(range(16)), XMP)

    body = box(b"mdat", *(body for _, _, body in items))
    motion = box(b"mpvd", box(b"ftyp", b"mp42"), box(b"free", word("motion-clip")))
    begin = whole(len(whole(0)) + 8)
    return begin + body + motion + box(b"udta", word("udta")) + word("tail")


CARD = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nPRODID:-//{product}//EN\r\nREV:2026-11-27T00:00:00Z\r\nN:Doe;Jane;;;\r\n"
    "FN:Jane Doe\r\nTEL;TYPE=CELL:+14155550123\r\nPHOTO;ENCODING=b;TYPE=JPEG:{photo}\r\n\r\nEND:VCARD\r\n"
)


def vcard() -> bytes:
    """A card whose product line and photo's metadata give its maker away."""
    photo = base64.b64encode(jpeg()).decode()
    return CARD.format(product=word("product").decode(), photo=photo).encode()


_TAGS = ("title", "artist", "comment", "copyright", "description", "location", "location-eng", "encoded_by")


def _tagged(path, *options: str, **kinds: bool) -> bytes:
    tags = [part for tag in _TAGS for part in ("-metadata", f"{tag}={word(tag).decode()}")]
    stream = ["-metadata:s:0", f"title={word('track-title').decode()}"]
    return make(path, *tags, *stream, *options, **kinds).read_bytes()


def _with_boxes(data: bytes) -> bytes:
    """Add what phones and cameras put beside the media: boxes that no player needs."""
    place = box(b"udta", box(b"\xa9xyz", struct.pack(">HH", 40, 0), word("xyz").ljust(40)))
    return (
        data
        + place
        + box(b"uuid", bytes(range(16)), XMP)
        + box(b"free", word("free"))
        + full_box(b"meta", word("meta"))
    )


_SEI = ("-bsf:v", f"h264_metadata=sei_user_data=086f3693-b7b3-4f2c-9653-21492feee5b8+{word('sei').decode()}")
"""A message inside the coded pictures, as drones and body cameras write their place and serial number."""


def mp4(path) -> bytes:
    """An MP4 of H.264 and AAC with tags, places, an XMP box and free space that is not empty."""
    return _with_boxes(
        _tagged(path, "-c:v", "libx264", "-profile:v", "baseline", "-pix_fmt", "yuv420p", "-c:a", "aac", *_SEI)
    )


def silent() -> bytes:
    """An MP4 without sound, for which a GIF may stand."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "clip.mp4")
        return _with_boxes(_tagged(path, "-c:v", "libx264", "-pix_fmt", "yuv420p", "-an", *_SEI, sound=False))


def gp3(path) -> bytes:
    """A 3GP of H.264 and AAC with the same."""
    return _with_boxes(_tagged(path, "-c:v", "libx264", "-profile:v", "baseline", "-pix_fmt", "yuv420p", "-c:a", "aac",
                               "-brand", "3gp4", *_SEI))  # fmt: skip


def flac(path) -> bytes:
    """A FLAC with comments, a cover, an application's block and padding that is not empty."""
    data = _tagged(path, "-c:a", "flac", picture=False)
    extra = b""
    for kind, own in ((1, word("padding")), (2, b"ABCD" + word("application")), (6, bytes(28) + word("cover"))):
        extra += bytes([kind]) + len(own).to_bytes(3, "big") + own
    at = 4 + 4 + int.from_bytes(data[5:8], "big")
    return data[:at] + extra + data[at:]


def aiff(path) -> bytes:
    """An AIFF with ID3, names, remarks and an application's chunk."""
    data = _tagged(path, "-write_id3v2", "1", picture=False)
    for name in (b"NAME", b"AUTH", b"(c) ", b"ANNO", b"APPL"):
        own = word(f"aiff-{name.decode().strip(' ()')}")
        data += name + struct.pack(">I", len(own)) + own + b"\0" * (len(own) & 1)
    return data[:4] + struct.pack(">I", len(data) - 8) + data[8:]


def mov(path) -> bytes:
    """A MOV with the same, tags as QuickTime keeps them."""
    return _with_boxes(
        _tagged(path, "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", "-movflags", "use_metadata_tags")
    )


def mkv(path) -> bytes:
    """A Matroska file with tags and an attachment."""
    note = path.with_name("note.txt")
    note.write_bytes(word("attachment"))
    return _tagged(
        path, "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", "-attach", str(note),
        "-metadata:s:t", "mimetype=text/plain",
    )  # fmt: skip


def _id3(*frames: tuple[bytes, bytes]) -> bytes:
    body = b"".join(name + struct.pack(">IH", len(data), 0) + data for name, data in frames)
    size = len(body)
    return b"ID3\x03\0\0" + bytes((size >> 21 & 127, size >> 14 & 127, size >> 7 & 127, size & 127)) + body


ID3 = _id3(
    (b"TIT2", b"\0" + word("id3-title")), (b"COMM", b"\0eng\0" + word("id3-comment")),
    (b"APIC", b"\0image/jpeg\0\3\0" + word("id3-cover")), (b"PRIV", b"own\0" + word("id3-private")),
    (b"GEOB", b"\0\0\0\0" + word("id3-object")),
)  # fmt: skip


def mp3(path) -> bytes:
    """An MP3 with every tag before and behind: ID3 with a footer, lyrics, APE, the old form and its extension."""
    plain = make(path, "-c:a", "libmp3lame", "-write_xing", "0", "-id3v2_version", "0", picture=False).read_bytes()
    body = word("ape").ljust(40)
    header, footer = (
        b"APETAGEX" + struct.pack("<4I", 2000, len(body) + 32, 1, flags) + bytes(8)
        for flags in (0xA0000000, 0x80000000)
    )
    ape = header + body + footer
    title = b"TIT2" + struct.pack(">IH", 33, 0) + b"\3" + word("id3-footer").ljust(32)
    shape = b"\4\0\x10" + bytes((0, 0, 0, len(title)))
    behind = b"ID3" + shape + title + b"3DI" + shape
    lyrics = b"LYRICSBEGIN" + b"LYR00032" + word("lyrics").ljust(32)
    lyrics += b"%06d" % len(lyrics) + b"LYRICS200"
    old = (b"TAG+" + word("id3v1-extended")).ljust(227) + b"TAG" + word("id3v1").ljust(125)
    return ID3 + plain + behind + lyrics + ape + old


def m4a(path) -> bytes:
    """An M4A with tags."""
    return _with_boxes(_tagged(path, "-c:a", "aac", picture=False))


def tagged_sound(*options: str) -> Callable[..., bytes]:
    """Make sound in another container, with tags."""
    return lambda path: _tagged(path, *options, picture=False)


def wav(path) -> bytes:
    """A WAV with INFO, broadcast and ID3 chunks."""
    plain = make(path, "-c:a", "pcm_s16le", "-fflags", "+bitexact", picture=False).read_bytes()
    chunks = b""
    for name, body in ((b"LIST", b"INFOIART" + struct.pack("<I", 32) + word("info").ljust(32)),
                       (b"bext", word("bext").ljust(602)), (b"id3 ", ID3), (b"iXML", word("ixml"))):  # fmt: skip
        chunks += name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) & 1)
    data = plain + chunks
    return data[:4] + struct.pack("<I", len(data) - 8) + data[8:]
