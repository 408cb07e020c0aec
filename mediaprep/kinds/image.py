"""Still pictures: JPEG, PNG, WebP, AVIF, HEIC, TIFF, BMP, JPEG 2000, ICO, raw photos, GIFs of one frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from mediaprep.errors import AssetError
from mediaprep.formats import Format, brand, compatible_brands, starts
from mediaprep.kinds import Encoded, FittingKind, Kept, Look, Plan, PreviewingKind, ShowingKind, Shown, Step
from mediaprep.kinds import _colour as colour
from mediaprep.kinds import _gif_parts as gif_parts
from mediaprep.kinds import _heif_items as heif
from mediaprep.kinds import _jp2 as jp2
from mediaprep.kinds import _jpeg as jpeg
from mediaprep.kinds import _jpeg_end as jpeg_end
from mediaprep.kinds import _picture as picture
from mediaprep.kinds import _png as png
from mediaprep.kinds import _png_chunks as png_chunks
from mediaprep.kinds import _preview as preview
from mediaprep.kinds import _raw_scan as raw_scan
from mediaprep.kinds import _still as still
from mediaprep.kinds import _still_plan as strategy
from mediaprep.kinds import _webp_strip as webp
from mediaprep.kinds._bounded import Bounded
from mediaprep.kinds._still import StillSession
from mediaprep.limits import VIEW_LONG_EDGE, Limits
from mediaprep.model import KindName, MediaInfo, Treatment, finding
from mediaprep.options import Bounds, FitOptions
from mediaprep.rules import changes_mode, flattens
from mediaprep.storage import Source
from mediaprep.units import format_size

if TYPE_CHECKING:
    from PIL.Image import Image as Pixels

_READABLE_LONG_EDGE = max(VIEW_LONG_EDGE, 1600)

_MORE_ROOM = "Allow more bytes, or choose the colour with --background."

_CONFIRM_LONG_EDGE = 200
"""A JPEG is confirmed at an eighth of its size: every bit is read, few pixels are made."""

_MODES = {
    "1": "L1", "L": "L8", "LA": "LA8", "P": "P8", "PA": "PA8", "RGB": "RGB8", "RGBA": "RGBA8", "RGBX": "RGB8",
    "CMYK": "CMYK8", "YCbCr": "YCBCR8", "LAB": "LAB8", "HSV": "HSV8", "F": "L32F", "I": "L32",
    "I;16": "L16", "I;16B": "L16", "I;16L": "L16", "I;16N": "L16",
}  # fmt: skip


def _is_heic(head: bytes) -> bool:
    major, brands = brand(head), compatible_brands(head)
    if major is None or "avif" in brands or "avis" in brands:
        return False
    return major in _HEIC_BRANDS or (major in ("mif1", "msf1") and bool(_HEIC_BRANDS & set(brands)))


_HEIC_BRANDS = frozenset({"heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs", "mif1", "msf1", "mif2"})


def _is_avif(head: bytes) -> bool:
    major = brand(head)
    return major in ("avif", "avis") or (major in ("mif1", "msf1") and "avif" in compatible_brands(head))


def _is_bmp(head: bytes) -> bool:
    return (
        head[:2] == b"BM"
        and len(head) >= 26
        and int.from_bytes(head[14:18], "little") in (12, 16, 40, 52, 56, 64, 108, 124)
    )


def _is_ico(head: bytes) -> bool:
    return (
        head[:4] == b"\0\0\1\0" and len(head) >= 22 and 0 < int.from_bytes(head[4:6], "little") < 256 and head[9] == 0
    )


FORMATS = (
    Format(
        name="jpeg", media_type="image/jpeg", suffix="jpg", match=starts(b"\xff\xd8\xff"),
        suffixes=("jpg", "jpeg", "jpe", "jfif", "mpo", "jps"), aliases=("image/jpg", "image/pjpeg"),
    ),
    Format(name="png", media_type="image/png", suffix="png", match=starts(png.SIGNATURE), suffixes=("png", "apng")),
    Format(name="gif", media_type="image/gif", suffix="gif", match=starts(b"GIF87a", b"GIF89a")),
    Format(name="webp", media_type="image/webp", suffix="webp", match=starts(b"RIFF????WEBP")),
    Format(name="avif", media_type="image/avif", suffix="avif", match=_is_avif),
    Format(
        name="heic", media_type="image/heic", suffix="heic", match=_is_heic,
        suffixes=("heic", "heif", "hif", "heics", "heifs"), aliases=("image/heif",),
    ),
    Format(
        name="tiff", media_type="image/tiff", suffix="tiff",
        match=starts(b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
        suffixes=("tif", "tiff", "dng", "nef", "cr2", "arw", "pef"),
        aliases=("image/tif", "image/x-adobe-dng"),
    ),
    Format(
        name="bmp", media_type="image/bmp", suffix="bmp", match=_is_bmp, suffixes=("bmp", "dib"),
        aliases=("image/x-ms-bmp", "image/x-bmp"),
    ),
    Format(
        name="jp2", media_type="image/jp2", suffix="jp2",
        match=starts(b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"), suffixes=("jp2", "j2k", "jpx", "jpf"),
    ),
    Format(
        name="raw", media_type=raw_scan.MEDIA_TYPE, suffix="cr3", match=raw_scan.is_raw,
        suffixes=("cr3", "raf", "rw2", "orf"),
    ),
    Format(
        name="ico", media_type="image/vnd.microsoft.icon", suffix="ico", match=_is_ico, aliases=("image/x-icon",),
    ),
)  # fmt: skip


class Image:
    """The kind of still pictures."""

    name: KindName = KindName.IMAGE
    rank: int = 20
    formats: tuple[Format, ...] = FORMATS

    def claims(self, source: Source, form: Format) -> bool:
        """Take every picture that the animation kind (asked before) left."""
        return True

    def probe(self, source: Source, form: Format, bounds: Bounds) -> MediaInfo:
        """Read header facts; raises AssetError for damaged headers and passed bounds."""
        info = MediaInfo(
            kind=KindName.IMAGE, media_type=form.media_type, suffix=form.suffix, size_bytes=source.size_bytes, frames=1
        )
        if form.name == "jpeg":
            info = _jpeg_facts(info, source, bounds)
        elif form.name == "png":
            data = source.read()
            structure = png.read_structure(data)
            _check_pixels(source, structure.width, structure.height, bounds)
            info = replace(info, metadata=png.metadata_homes(data, structure), tail_bytes=_tail(data, structure.end))
            info = replace(info, remarks=_still_of_moving(source, bounds))
            if structure.depth == 16:
                info = replace(info, mode={0: "L16", 2: "RGB16", 4: "LA16", 6: "RGBA16"}.get(structure.colour_type))
        elif form.name == "webp":
            data = source.read()
            halved = "4:2:0" if webp.is_lossy(data) else None
            info = replace(info, metadata=webp.metadata_homes(data), subsampling=halved)
        elif form.name in {"heic", "avif"}:
            _refuse_cut(source, bounds)
        coding = picture.colour_coding(source, form.media_type)
        if coding is not None and not coding.plain:
            info = replace(info, colour_profile=coding.name, hdr=coding.hdr or None)
        most = bounds.max_pixels
        with picture.reading(source), picture.opened(source, form.media_type, max_pixels=most) as image:
            return _reader_facts(info, image, source, bounds)

    def confirm(self, source: Source, info: MediaInfo, bounds: Bounds) -> MediaInfo:
        """Decode the picture once, a JPEG at an eighth of its size; raises AssetError where that fails."""
        image = picture.decoded(source, info.media_type, _CONFIRM_LONG_EDGE)
        transparent = picture.may_hide(image)
        if transparent:
            with picture.reading(source):
                transparent = any(colour.to_srgb(image, None).getchannel("A").histogram()[:255])
        return replace(info, transparent=transparent)

    def open(self, source: Source, info: MediaInfo, options: FitOptions, bounds: Bounds) -> StillSession:
        """Open a picture for fitting on any number of routes; it is decoded when first needed."""
        return StillSession(source, info, options, bounds)

    def keep(self, session: StillSession, limits: Limits) -> Kept | None:
        """Give the same coded picture without metadata; None where pixels must change to be right."""
        info = session.info
        if not _keeps_pixels(info, limits, session.options) or not _may_keep(session, limits):
            return None
        data = session.source.read()
        clean = _stripped(session, data, limits)
        if clean is None:
            return None
        treatment = Treatment.PASSTHROUGH if clean == data else Treatment.STRIP
        return Kept(treatment=treatment, media_type=info.media_type, suffix=info.suffix, data=clean)

    def plan(self, session: StillSession, limits: Limits) -> Plan:
        """Search resolution, format and quality for the best-looking bytes within the limits."""
        choice = yield from strategy.plan(session, limits)
        shows = session.info.transparent and not flattens(session.info, limits, session.options.background)
        if not shows or choice.encoded is None or choice.encoded.step.alpha:
            return choice
        text = f"within {format_size(limits.limit_bytes or 0)} nothing that stays transparent looks good enough"
        lost = finding("transparency", f"{text}: the picture is put on a background", remedy=_MORE_ROOM)
        return replace(choice, warnings=(*choice.warnings, lost))

    def encode(self, session: StillSession, step: Step) -> Encoded:
        """Carry out one step."""
        return still.encode(session, step)

    def moments(self, session: StillSession, count: int) -> Iterator[Pixels]:
        """Give the picture, large enough for its bar codes to be read."""
        yield session.picture(session.view_size(_READABLE_LONG_EDGE))

    def previews(self, session: StillSession, look: Look, *, as_is: bool) -> Iterator[Shown]:
        """Show the picture, and a small one beside its name."""
        pixels = session.picture(preview.within(session.size, look.long_edge))
        if not as_is:
            yield preview.still("main", pixels, look.max_bytes)
        yield from preview.thumb(pixels, look)

    def judged_edge(self, session: StillSession) -> int:
        """Give the size at which stills are seen."""
        return VIEW_LONG_EDGE


def _still_of_moving(source: Source, bounds: Bounds) -> tuple[tuple[str, str], ...]:
    """Say so where a PNG would move, but its second frame is not there or out of order; viewers show the first."""
    with source.open() as stream:
        found = png_chunks.walk(Bounded(stream, source.size_bytes, bounds.max_header_bytes), enough=2)
    if found is None or found.broken is None or found.frames > 1:
        return ()
    return (("salvaged", f"its animation is damaged ({found.broken}); the still picture is used"),)


def _refuse_cut(source: Source, bounds: Bounds) -> None:
    with source.open() as stream:
        end = heif.picture_end(Bounded(stream, source.size_bytes, bounds.max_header_bytes))
    if end is not None and end > source.size_bytes:
        text = f"{source.name} has {format_size(source.size_bytes)}; its picture ends at {format_size(end)}"
        raise AssetError("truncated", text, actual=source.size_bytes)


def _keeps_pixels(info: MediaInfo, limits: Limits, options: FitOptions) -> bool:
    if info.orientation not in (None, 1) or info.colour_profile not in (None, "sRGB"):
        return False
    return not flattens(info, limits, options.background) and not changes_mode(info, limits)


def _may_keep(session: StillSession, limits: Limits) -> bool:
    """Say whether the coded picture may be within the limit, as far as that is known without reading it again."""
    info, limit_bytes = session.info, limits.limit_bytes
    if limit_bytes is None:
        return True
    if not info.metadata and not info.tail_bytes and info.size_bytes > limit_bytes:
        return False  # there is nothing to take away
    if session.least_bytes > limit_bytes:
        return False  # counted for another route
    return _coded_bytes(session.source, info) <= limit_bytes  # what is taken away stands before it or behind it


def _stripped(session: StillSession, data: bytes, limits: Limits) -> bytes | None:
    """Give a file's bytes without metadata; None for what cannot be stripped, or is damaged, or too large anyway."""
    media_type = session.info.media_type
    if media_type == "image/jpeg":
        structure = jpeg.read_structure(data, max_scans=session.bounds.max_scans)
        if structure.end is None and (ended := jpeg_end.completed(session.source)) is not None:
            data, structure = ended, replace(structure, end=len(ended))
        session.least_bytes = len(data) - jpeg.removable_bytes(data, structure)
        over = limits.limit_bytes is not None and session.least_bytes > limits.limit_bytes
        return None if structure.damaged or over else jpeg.stripped(data, structure)
    if media_type == "image/png":
        return png.stripped(data, png.read_structure(data))
    if media_type == "image/webp":
        return webp.stripped(data)
    if media_type == "image/gif":
        return gif_parts.stripped_still(data)
    return data if media_type == "image/bmp" else None  # a BMP has no home for metadata


def _coded_bytes(source: Source, info: MediaInfo) -> int:
    """Count the bytes of a JPEG's coded picture, headers left out; 0 where that takes reading more than its head."""
    start = jpeg.coded_from(source.head) if info.media_type == "image/jpeg" else None
    return 0 if start is None else info.size_bytes - start - (info.tail_bytes or 0)


def _tail(data: bytes, end: int | None) -> int | None:
    return len(data) - end if end is not None and end < len(data) else None


def _jpeg_facts(info: MediaInfo, source: Source, bounds: Bounds) -> MediaInfo:
    data = source.read()
    structure = jpeg.read_structure(data, max_scans=bounds.max_scans)
    _check_pixels(source, structure.width, structure.height, bounds)
    if structure.lossless:
        raise AssetError("unsupported", f"{source.name} is a lossless JPEG (ITU-T T.81, annex H), which no phone reads")
    if structure.precision != 8:
        text = f"{source.name} is a {structure.precision}-bit JPEG; only 8-bit JPEG can be read"
        raise AssetError("unsupported", text, allowed=8, actual=structure.precision)
    homes = jpeg.metadata_homes(data, structure)
    unended = ("salvaged", "the JPEG lacks its end mark and nothing of its picture; `mediaprep fit` adds the mark")
    return replace(
        info,
        mode="arithmetic-coded" if structure.arithmetic else None,  # no phone and no browser decodes it
        progressive=structure.progressive,
        subsampling=structure.subsampling,
        metadata=homes,
        tail_bytes=_tail(data, structure.end),
        remarks=() if structure.end is not None else (unended,),
        hdr=b"hdrgm:" in data[:262_144] or b"urn:com:apple:photo:2020:aux:hdrgainmap" in data or None,
    )


def _reader_facts(info: MediaInfo, image: Any, source: Source, bounds: Bounds) -> MediaInfo:
    """Add what only the opened reader knows: orientation, mode, profile, GPS, pages."""
    _check_pixels(source, image.width, image.height, bounds)
    deep = jp2.bits(source) if image.format == "JPEG2000" and not image.mode.startswith("I") else None
    if deep is not None and deep > 8:
        text = f"{source.name} is a JPEG 2000 of {deep} bits a colour; only 8 can be read"
        raise AssetError("unsupported", text, allowed=8, actual=deep)
    pages = getattr(image, "n_frames", 1) if image.format == "TIFF" else 1
    if pages > bounds.max_pages:
        raise AssetError("page_bound", f"{source.name} has {pages} pages", allowed=bounds.max_pages, actual=pages)
    # Pillow decodes the whole of a PNG before it says that there is no EXIF
    bare = info.media_type == "image/png" and not {"exif", "text", "xmp"} & set(info.metadata)
    flag = 1 if bare else picture.orientation(image)
    width, height = image.size if flag < 5 else image.size[::-1]
    name, homes = info.colour_profile, info.metadata
    profile = image.info.get("icc_profile")
    if name is None and profile:
        name = colour.named(profile, image.mode)
    if name is None and info.media_type == "image/png" and colour.has_own_primaries(image):
        name = colour.OWN_PRIMARIES
    if info.media_type not in ("image/jpeg", "image/png", "image/webp"):
        present = (("exif", "exif"), ("xmp", "xmp"), ("icc_profile", "icc"))
        homes = tuple(home for key, home in present if image.info.get(key))
    if info.media_type in ("image/heic", "image/avif"):
        listed = picture.heif_metadata(source)
        homes = tuple(home for home in homes if home == "icc" or home in listed)
    remarks = info.remarks
    if info.media_type in ("image/tiff", raw_scan.MEDIA_TYPE) and image.format != "TIFF":
        text = f"the file is a raw photo; the preview of {width}x{height} pixels that its camera developed is used"
        remarks = (*remarks, ("raw_preview", text))
        homes = homes or ("exif",)  # of the file around the preview
    if pages > 1:
        remarks = (*remarks, ("first_page_only", f"the file holds {pages} pages; the first one is used"))
    return replace(
        info,
        width=width,
        height=height,
        orientation=flag,
        mode=info.mode or _MODES.get(image.mode, image.mode),
        transparent=None if picture.may_hide(image) else False,
        colour_profile=name,
        gps=not bare and picture.has_gps(image),
        metadata=homes,
        pages=pages if pages > 1 else None,
        remarks=remarks,
    )


def _check_pixels(source: Source, width: int, height: int, bounds: Bounds) -> None:
    if width < 1 or height < 1:
        raise AssetError("unreadable", f"{source.name} says it is {width}x{height} pixels")
    if width * height > bounds.max_pixels:
        raise AssetError(
            "pixel_bound",
            f"{source.name} is {width}x{height} = {width * height:,} pixels in {format_size(source.size_bytes)}; "
            f"the bound is {bounds.max_pixels:,}",
            allowed=bounds.max_pixels,
            actual=width * height,
        )


class _Offered(FittingKind[StillSession], ShowingKind[StillSession], PreviewingKind[StillSession], Protocol):
    """All that this kind is asked for."""


KIND: _Offered = Image()
