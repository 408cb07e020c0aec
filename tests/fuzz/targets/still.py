"""Readers of stills and animations without decoding, and the writers that strip them."""

import contextlib
import io
import warnings

from PIL import Image
from target import Target, in_range, source_of, spelled

from mediaprep.errors import AssetError
from mediaprep.kinds import _animation_frames as animation
from mediaprep.kinds import _avif as avif
from mediaprep.kinds import _colour as colour
from mediaprep.kinds import _gif as gif
from mediaprep.kinds import _gif_parts as gif_parts
from mediaprep.kinds import _gps as gps
from mediaprep.kinds import _id3 as id3
from mediaprep.kinds import _jpeg as jpeg
from mediaprep.kinds import _jpeg_end as jpeg_end
from mediaprep.kinds import _picture as picture
from mediaprep.kinds import _png as png
from mediaprep.kinds import _png_chunks as png_chunks
from mediaprep.kinds import _png_frames as frames_of
from mediaprep.kinds import _webp as webp
from mediaprep.kinds import _webp_strip as webp_strip
from mediaprep.kinds._animated import Walk, played_s
from mediaprep.kinds._bounded import Bounded

_MOST_PIXELS = 12_000
_MOST_FRAMES = 6


def shown(data: bytes, form: str, most: int) -> list[bytes] | None:
    """Decode the first frames, ``most`` of them, of a small picture; None where it is damaged, large or none."""
    frames = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data), formats=[form]) as image:
                if image.width * image.height > _MOST_PIXELS:
                    return None
                for number in range(min(getattr(image, "n_frames", 1), most)):
                    image.seek(number)
                    frames.append(image.convert("RGBA").tobytes())
        except Exception:  # noqa: BLE001  # whatever Pillow says of a damaged file: it is not what is tried here
            return None
    return frames


def same_pixels(before: bytes, after: bytes, form: str) -> None:
    """Assert that what could be shown before is shown after, the same."""
    most = _MOST_FRAMES if form == "GIF" else 1  # others that move are never stripped, but made anew
    seen = shown(before, form, most)
    if seen is not None:
        assert shown(after, form, most) == seen, f"stripping a {form} changed its pixels"


def jpeg_strip(data: bytes) -> None:
    """Walk a JPEG; what is stripped of it reads the same, shows the same, is no larger and carries nothing."""
    try:
        structure = jpeg.read_structure(data, max_scans=100)
    except AssetError:
        return
    in_range(structure)
    jpeg.metadata_homes(data, structure)
    jpeg_end.scans_whole(data, structure)
    if structure.damaged:
        return  # its pixels are made anew
    clean = jpeg.stripped(data, structure)
    again = jpeg.read_structure(clean, max_scans=100)
    facts = ("width", "height", "precision", "components", "subsampling", "progressive", "scans")
    assert all(getattr(again, fact) == getattr(structure, fact) for fact in facts), "stripping changed the header"
    assert len(clean) <= len(data) + (0 if structure.end else 2)
    assert len(data) - len(clean) <= jpeg.removable_bytes(data, structure)
    assert not jpeg.metadata_homes(clean, again), jpeg.metadata_homes(clean, again)
    assert jpeg.stripped(clean, again) == clean
    same_pixels(data, clean, "JPEG")


def png_strip(data: bytes) -> None:
    """The same of a PNG."""
    try:
        structure = png.read_structure(data)
    except AssetError:
        return
    in_range(structure)
    png.metadata_homes(data, structure)
    clean = png.stripped(data, structure)
    again = png.read_structure(clean)
    assert (again.width, again.height, again.depth) == (structure.width, structure.height, structure.depth)
    assert len(clean) <= len(data)
    assert not png.metadata_homes(clean, again)
    assert png.stripped(clean, again) == clean
    same_pixels(data, clean, "PNG")


def webp_strip_(data: bytes) -> None:
    """The same of a WebP of one picture; what moves is never stripped, but made anew."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP" or (data[12:16] == b"VP8X" and data[20:21] and data[20] & 2):
        return
    webp_strip.metadata_homes(data)
    clean = webp_strip.stripped(data)
    assert len(clean) <= len(data) + 8, (len(clean), len(data))
    assert not webp_strip.metadata_homes(clean), webp_strip.metadata_homes(clean)
    assert webp_strip.stripped(clean) == clean
    same_pixels(data, clean, "WEBP")


def gif_strip(data: bytes) -> None:
    """The same of a GIF, and its walk and its blocks see the same frames."""
    found = gif.walk(io.BytesIO(data), len(data), 1_000)
    if found is None:
        return
    walked(found, len(data))
    weights = gif_parts.frame_bytes(data)
    assert sum(size for _, size in weights) <= len(data)
    clean = gif_parts.stripped(data)
    again = gif.walk(io.BytesIO(clean), len(clean), 1_000)
    assert again is not None
    assert again.delays_ms == found.delays_ms
    assert again.plays == found.plays
    assert len(clean) <= len(data) + 1
    assert gif_parts.stripped(clean) == clean
    assert len(gif_parts.as_played(data, grounded=False)) == len(clean)
    if not found.frames:
        return
    assert not set(again.metadata) & {"comment", "xmp", "icc", "application"}
    if found.broken is None and not found.misread:
        same_pixels(data[: found.end], clean, "GIF")  # without a tail that a decoder takes for a short picture's rest


def walked(found: Walk | None, size_bytes: int) -> None:
    """Take what a walk found the way that the animation kind does."""
    if found is None:
        return
    in_range(found)
    assert found.end <= size_bytes + 1
    played_s(found.delays_ms)
    if found.frames:
        timing = animation.timing(found, None)
        assert sum(animation.centiseconds(timing.delays_ms)) >= 0
        with contextlib.suppress(AssetError):
            animation.timing(found, (0.1, 0.5))


def animated(data: bytes) -> None:
    """Walk an animated PNG, WebP, AVIF or HEIC, whichever it is; a WebP that breaks off is repaired."""
    with contextlib.suppress(AssetError):
        for walk in (png_chunks.walk, webp.walk, avif.walk):
            found = walk(Bounded(io.BytesIO(data), len(data), 1_000_000), 1_000)
            walked(found, len(data))
            if found is not None and found.broken and found.frames and walk is webp.walk:
                whole = webp.repaired(data, found.end)
                again = webp.walk(Bounded(io.BytesIO(whole), len(whole), 1_000_000), 1_000)
                assert again is not None
                assert again.frames == found.frames, "a repaired WebP lost frames"
        avif.has_sound(Bounded(io.BytesIO(data), len(data), 1_000_000))
        avif.is_avif_sequence(data[:65_536])
        avif.is_heic_sequence(data[:65_536])


def png_frames(data: bytes) -> None:
    """Lay the frames of an animated PNG together: all that the walk found whole, or a refusal."""
    try:
        found = png_chunks.walk(Bounded(io.BytesIO(data), len(data), 1_000_000), 1_000)
    except AssetError:
        return
    if found is None or not found.frames or found.width * found.height > _MOST_PIXELS:
        return
    laid = 0
    with contextlib.suppress(AssetError), picture.reading(source_of(data)), io.BytesIO(data) as stream:
        for canvas in frames_of.laid(
            frames_of.opened(stream, found.end), (found.width, found.height), clear=found.transparent
        ):
            assert canvas.size == (found.width, found.height)
            laid += 1
    assert laid <= found.frames


def metadata(data: bytes) -> None:
    """Read EXIF, XMP, ICC profiles and ID3 tags, each from the same bytes."""
    gps.in_exif(data)
    gps.in_xmp(data)
    colour.is_srgb(data)
    assert len(colour.profile_name(data)) <= 60
    assert id3.id3v2_bytes(data) >= 0
    length, _ = id3.tail_bytes(Bounded(io.BytesIO(data), len(data), 1_000_000))
    assert 0 <= length <= max(len(data), 128)


def _made(form: str, frames: int = 1, size: tuple[int, int] = (16, 16), **options) -> bytes:
    """Encode small pictures that differ from frame to frame."""
    pictures = []
    for number in range(frames):
        picture = Image.new("RGB", size)
        picture.putdata(
            [
                ((x * 16 + number * 40) % 256, (y * 16) % 256, x * y % 256)
                for y in range(size[1])
                for x in range(size[0])
            ]
        )
        pictures.append(picture)
    target = io.BytesIO()
    more = {"save_all": True, "append_images": pictures[1:], "duration": 100} if frames > 1 else {}
    pictures[0].save(target, form, **more, **options)
    return target.getvalue()


def _jpegs() -> tuple[bytes, ...]:
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    profile = b"\0" * 16 + b"RGB " + bytes(120)
    plain = _made("JPEG", exif=exif.tobytes(), icc_profile=profile, comment="words")
    return (
        plain,
        _made("JPEG", progressive=True),
        _made("JPEG", restart_marker_blocks=1),
        plain + b"tail" + plain,
        _made("JPEG", quality=5)[:-2],
        plain[:2] + b"\xff\xff\xff" + plain[3:],
    )


def _pngs() -> tuple[bytes, ...]:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Comment", "words")
    info.add_itxt("XML:com.adobe.xmp", "<x/>", zip=True)
    return (_made("PNG", pnginfo=info), _made("PNG", 3), _made("PNG") + b"tail")


def _animated_pngs() -> tuple[bytes, ...]:
    grey = [Image.new("L", (9, 7), 40 * number) for number in range(3)]
    small = [Image.new("RGBA", (9, 7), (200, 10, 10, 90 * number)) for number in range(3)]
    made = [_made("PNG", 3), _made("PNG", 3, blend=1, disposal=2)]
    for pictures, options in ((grey, {}), (small, {"blend": 1, "disposal": 1}), (small, {"default_image": True})):
        target = io.BytesIO()
        pictures[0].save(target, "PNG", save_all=True, append_images=pictures[1:], duration=50, **options)
        made.append(target.getvalue())
    return tuple(made)


def _webps() -> tuple[bytes, ...]:
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    whole = _made("WEBP", 3, exif=exif.tobytes())
    return (_made("WEBP", exif=exif.tobytes(), xmp=b"<x/>"), _made("WEBP", lossless=True), whole, whole[:-20])


def _gifs() -> tuple[bytes, ...]:
    whole = _made("GIF", 3, loop=0, comment=b"words")
    return (whole, _made("GIF"), whole[:-30], _made("GIF", 3, disposal=2, transparency=0))


def _sequences() -> tuple[bytes, ...]:
    import pillow_avif  # noqa: F401  # Pillow learns to write AVIF by it

    return (*_pngs()[1:2], *_webps()[2:], _made("AVIF", 3, (16, 16)), _made("AVIF"))


def _metadata() -> tuple[bytes, ...]:
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (1.0, 2.0, 3.0)}
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return (
        exif.tobytes(),
        b"<x exif:GPSLatitude='1'/>",
        profile,
        b"ID3\x04\0\x10\0\0\x02\1" + bytes(257) + b"TAG" + bytes(125),
        bytes(40) + b"APETAGEX" + bytes(24) + b"TAG" + bytes(125),
    )


TARGETS = (
    Target(
        name="jpeg_strip",
        attempt=jpeg_strip,
        seeds=_jpegs,
        suffixes=(".jpg", ".jpeg"),
        words=spelled(
            r"\xff\xd8 \xff\xd9 \xff\xda \xff\xc0 \xff\xc2 \xff\xc4 \xff\xdb \xff\xdd \xff\xe0 \xff\xe1 \xff\xe2 "
            r"\xff\xed \xff\xee \xff\xfe \xff\x00 \xff\xd0 JFIF\x00 Exif\x00\x00 ICC_PROFILE\x00 MPF\x00 Adobe "
            r"JFXX\x00 http://ns.adobe.com/x"
        ),
    ),
    Target(
        name="png_strip",
        attempt=png_strip,
        seeds=_pngs,
        suffixes=(".png",),
        words=spelled(r"IHDR IDAT IEND PLTE tRNS acTL fcTL fdAT iTXt eXIf iCCP"),
    ),
    Target(
        name="png_frames",
        attempt=png_frames,
        seeds=_animated_pngs,
        suffixes=(".apng",),
        words=spelled(r"IHDR IDAT IEND PLTE tRNS acTL fcTL fdAT iCCP gAMA cHRM sRGB"),
    ),
    Target(
        name="webp_strip",
        attempt=webp_strip_,
        seeds=_webps,
        suffixes=(".webp",),
        words=spelled(r"RIFF WEBP VP8X VP8\x20 VP8L ALPH ANIM ANMF EXIF XMP\x20 ICCP"),
    ),
    Target(
        name="gif_strip",
        attempt=gif_strip,
        seeds=_gifs,
        suffixes=(".gif",),
        words=spelled(
            r"GIF89a GIF87a !\xf9\x04 !\xfe !\xff\x0bNETSCAPE2.0\x03\x01 !\x01 , ; !\xff\x0bXMP\x20DataXMP "
            r"!\xff\x0bANIMEXTS1.0 ICCRGBG1012"
        ),
    ),
    Target(
        name="sequences",
        attempt=animated,
        seeds=_sequences,
        suffixes=(".apng", ".webp", ".avif", ".avifs", ".heic", ".heics"),
        words=spelled(
            r"acTL fcTL fdAT IDAT IEND iTXt XML:com.adobe.xmp\x00 VP8X ANIM ANMF ftyp avis msf1 moov trak tkhd "
            r"mdia mdhd hdlr pict auxv minf stbl stts edts elst meta iinf Exif soun"
        ),
    ),
    Target(
        name="metadata",
        attempt=metadata,
        seeds=_metadata,
        suffixes=(".icc",),
        longest=4_096,
        words=spelled(
            r"Exif\x00\x00 II*\x00 MM\x00* %\x88 \x88% desc mluc curv para XYZ\x20 rXYZ gXYZ bXYZ gTRC RGB\x20 "
            r"TAG APETAGEX ID3"
        ),
    ),
)
