"""Moving pictures that play by themselves: GIF, and animated PNG, WebP, AVIF and HEIC.

One frame makes a still (the image kind has it); two whole frames make an animation. Facts come from
structure alone; ``confirm`` decodes, within a budget of pixels, through the one reader of the format.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from mediaprep.errors import AssetError
from mediaprep.formats import Format, starts
from mediaprep.kinds import (
    Encoded,
    Foretelling,
    ForetellingKind,
    Kept,
    Look,
    Plan,
    PreviewingKind,
    RecastingKind,
    ShowingKind,
    Shown,
    Step,
    TrimmingKind,
)
from mediaprep.kinds import _animation_plan as strategy
from mediaprep.kinds import _animation_preview as showing
from mediaprep.kinds import _avif as sequence
from mediaprep.kinds import _colour as colour
from mediaprep.kinds import _gif as gif
from mediaprep.kinds import _gif_parts as gif_parts
from mediaprep.kinds import _gps as gps
from mediaprep.kinds import _picture as picture
from mediaprep.kinds import _png_chunks as png
from mediaprep.kinds import _webp_strip as webp_strip
from mediaprep.kinds._animated import Walk, played_s
from mediaprep.kinds._animation import AnimationSession
from mediaprep.kinds._animation_frames import SALVAGED, opened, stream_of, walk
from mediaprep.kinds._animation_score import viewed
from mediaprep.kinds._bounded import Bounded
from mediaprep.limits import VIEW_LONG_EDGE, Limits
from mediaprep.model import KindName, MediaInfo, Treatment, finding
from mediaprep.options import Bounds, FitOptions
from mediaprep.storage import Source

if TYPE_CHECKING:
    from PIL.Image import Image

CONFIRM_PIXELS = 100_000_000
"""Pixels decoded to confirm one animation (measured: 0.3 to 1 CPU second): 200 frames of 800x600. The first
frame is always decoded; frames behind the budget are judged by structure until a fit decodes them."""

_MOST_STRIPPED = 2
"""Times the limit up to which an asset is looked through for what can be stripped; nothing real carries more."""

FORMATS = (
    Format(name="gif", media_type="image/gif", suffix="gif", match=starts(*gif.SIGNATURES), suffixes=("gif", "gifv")),
    Format(name="apng", media_type="image/png", suffix="png", match=starts(png.SIGNATURE), suffixes=("png", "apng"),
           aliases=("image/apng", "image/vnd.mozilla.apng")),
    Format(name="webp", media_type="image/webp", suffix="webp", match=starts(b"RIFF????WEBP"), suffixes=("webp",)),
    Format(name="avif_sequence", media_type="image/avif", suffix="avif", match=sequence.is_avif_sequence,
           suffixes=("avif", "avifs"), aliases=("image/avif-sequence",)),
    Format(name="heic_sequence", media_type="image/heic-sequence", suffix="heics", match=sequence.is_heic_sequence,
           suffixes=("heics", "heifs", "heic", "heif", "hif"), aliases=("image/heif-sequence",)),
)  # fmt: skip


_MOST_EDGE = 0xFFFF
"""The largest number that a GIF's header holds."""


class Animation:
    """The kind of animations."""

    name = KindName.ANIMATION
    rank = 10
    formats: tuple[Format, ...] = FORMATS
    recast_as = KindName.VIDEO
    recast_type = "video/mp4"
    recast_option = "mp4"
    kept_option = "gif"

    def claims(self, source: Source, form: Format) -> bool:
        """Take what holds two or more whole frames."""
        found = walk(source, form.media_type, Bounds(), enough=2)
        return found is not None and found.frames >= 2

    def probe(self, source: Source, form: Format, bounds: Bounds) -> MediaInfo:
        """Read the facts from structure; raises AssetError for passed bounds, no canvas, and what is cut short.

        Duration is that of one play, with delays as phones and browsers show them. ``loop_count`` counts
        plays, 0 is for ever.
        """
        found = walk(source, form.media_type, bounds, enough=bounds.max_frames + 1)
        if found is None or found.frames < 2:
            raise AssetError("no_picture", f"{source.name} has fewer than two whole frames")
        _keep_bounds(source, found, bounds)
        remarks: list[tuple[str, str]] = []
        if form.name == "apng":
            text = f"this PNG is an animation of {found.frames} frames, sent as image/png: "
            text += "phones that do not know animated PNG show its first frame only"
            remarks.append(("may_not_move", text))
        if found.broken is not None:
            if form.media_type not in SALVAGED:
                raise AssetError("truncated", f"{source.name} is cut short: {found.broken}")
            remarks.append(("salvaged", f"{found.broken}; the {found.frames} whole frames before it are used"))
        sound = form.name.endswith("_sequence") and _has_sound(source, bounds)
        turned = found.orientation >= 5
        info = MediaInfo(
            kind=KindName.ANIMATION,
            media_type=form.media_type,
            suffix=form.suffix,
            size_bytes=source.size_bytes,
            width=found.height if turned else found.width,
            height=found.width if turned else found.height,
            orientation=found.orientation,
            mode=found.mode,
            colour_profile=_colours_of(found, form),
            hdr=(found.coding is not None and found.coding.hdr) or None,
            transparent=found.transparent,
            audio_tracks=1 if sound else None,
            tail_bytes=found.tail_bytes,
            gps=found.gps,
            metadata=found.metadata,
            loop_count=found.plays,
            remarks=tuple(remarks),
        )
        return _timed(info, found.delays_ms)

    def confirm(self, source: Source, info: MediaInfo, bounds: Bounds) -> MediaInfo:
        """Decode frame after frame, keeping none, up to ``CONFIRM_PIXELS``.

        Raises AssetError where fewer than two frames are sound. A later broken frame ends the animation
        there: GIF, PNG and WebP are salvaged, their frames and duration corrected.
        """
        if info.media_type == "image/heic-sequence":
            # No reader at hand decodes HEVC sequences as pictures; their cover picture stands for them.
            if not picture.heif_cover(source):
                text = f"{source.name} is a HEIC sequence without a cover picture; its frames are not decoded here"
                raise AssetError("unsupported", text)
            cover = picture.decoded(source, "image/heic")
            return _with_private(info, cover)
        form = next(row for row in FORMATS if row.media_type == info.media_type)
        found = walk(source, form.media_type, bounds, enough=bounds.max_frames + 1)
        if found is None:
            raise AssetError("unreadable", f"{source.name} changed while it was read")
        wanted = min(found.frames, max(1, CONFIRM_PIXELS // max(1, found.decoded_pixels)))
        with stream_of(source, info.media_type, found) as stream:
            sound, problem, info = _decode(source, stream, info, found, wanted)
        if problem is None:
            return info
        if sound < 2 or info.media_type not in SALVAGED:
            raise problem
        kept = found.delays_ms[:sound]
        text = f"frame {sound + 1} of {found.frames} cannot be decoded; the {sound} frames before it are used"
        remarks = tuple(remark for remark in info.remarks if remark[0] != "salvaged")
        return _timed(replace(info, remarks=(*remarks, ("salvaged", text))), kept)

    def shortened(self, info: MediaInfo, options: FitOptions) -> MediaInfo:
        """Give the facts of the stretch that is kept (``--trim``), as limits are to judge them."""
        span = options.span_s()
        if span is None or not info.duration_s:
            return info
        length_s = min(span[1], info.duration_s) - min(span[0], info.duration_s)
        frames = max(1, round((info.frames or 1) * length_s / info.duration_s))
        return replace(info, duration_s=round(length_s, 6), frames=frames)

    def open(self, source: Source, info: MediaInfo, options: FitOptions, bounds: Bounds) -> AnimationSession:
        """Open an animation for fitting on any number of routes; it is decoded when first needed."""
        return AnimationSession(source, info, options, bounds)

    def keep(self, session: AnimationSession, limits: Limits) -> Kept | None:
        """Give the same frames without comments, XMP and other programs' blocks; a broken end is closed.

        None where pixels are to be turned. A profile that is not sRGB stays: without it they were other colours.
        """
        info: MediaInfo = session.info
        if session.trimmed or (info.transparent and session.options.background is not None):
            return None
        if info.orientation not in (None, 1):
            return None
        if limits.limit_bytes is not None and info.size_bytes > _MOST_STRIPPED * limits.limit_bytes:
            return None
        data = session.source.read()
        if info.media_type == "image/gif":
            clean = gif_parts.stripped(data)
            if (size := gif_parts.reach(data)) != (info.width, info.height):
                if not _within(size, limits):
                    return None
                clean = gif_parts.widened(clean, size)
        elif info.media_type == "image/webp":
            clean = webp_strip.stripped(data, keep_profile=info.colour_profile not in (None, "sRGB"))
        elif info.metadata or info.gps or info.tail_bytes or _hides_edges(session):
            return None
        else:
            clean = data
        treatment = Treatment.PASSTHROUGH if clean == data else Treatment.STRIP
        return Kept(treatment=treatment, media_type=info.media_type, suffix=info.suffix, data=clean)

    def recast(self, session: AnimationSession, folder: Path) -> Path:
        """Write the animation as a silent film without loss, at most 1280 pixels on its long edge."""
        path = folder / "film.avi"
        session.film(path)
        return path

    def plan(self, session: AnimationSession, limits: Limits) -> Plan:
        """Search frames, colours, hold and dimensions for the best-looking GIF within the limits."""
        choice = yield from strategy.plan(session, limits)
        if choice.encoded is None or choice.encoded.step.alpha or not (limits.alpha and session.frames.alpha):
            return choice
        text = "a GIF cannot hold half-transparent pixels: the animation is put on a background"
        lost = finding("transparency", text, remedy="Choose the colour with --background.")
        return replace(choice, warnings=(*choice.warnings, lost))

    def foretell(self, session: AnimationSession, limits: Limits, sizes: tuple[int, ...]) -> Foretelling:
        """Foretell how GIFs of several sizes would look, from a sample and a few frames."""
        return strategy.foretell(session, limits, sizes)

    def encode(self, session: AnimationSession, step: Step) -> Encoded:
        """Carry out one step."""
        return session.encode(step)

    def moments(self, session: AnimationSession, count: int) -> Iterator[Image]:
        """Give the frames that are on the screen at moments spread over one play."""
        from PIL import Image as images

        delays = session.frames.timing.delays_ms
        wanted = [(number + 0.5) / count * sum(delays) for number in range(count)]
        at = 0.0
        for delay, pixels in zip(delays, session.frames, strict=False):
            at += delay
            while wanted and wanted[0] < at:
                wanted.pop(0)
                yield images.fromarray(pixels)

    def previews(self, session: AnimationSession, look: Look, *, as_is: bool) -> Iterator[Shown]:
        """Show the first frame and a small film."""
        return showing.previews(session, look, as_is=as_is)

    def judged_edge(self, session: AnimationSession) -> int:
        """Give the size at which its content is read."""
        return viewed(VIEW_LONG_EDGE, session.content)


def _colours_of(found: Walk, form: Format) -> str | None:
    """Name the colour space that frames are brought to sRGB from; a PNG's numbers come before its profile."""
    stated = found.coding if found.coding is not None and not found.coding.plain else None
    if stated is not None and (form.name == "apng" or found.profile is None):
        return stated.name
    if found.profile is None:
        return colour.OWN_PRIMARIES if found.own_primaries else None
    return colour.named(found.profile, "L" if (found.mode or "").startswith("L") else "RGB")


def _within(size: tuple[int, int], limits: Limits) -> bool:
    """Say whether a screen may be made so large."""
    if max(size) > _MOST_EDGE or limits.exact_width or limits.exact_height:
        return False
    return size[0] <= (limits.max_width or size[0]) and size[1] <= (limits.max_height or size[1])


def _hides_edges(session: AnimationSession) -> bool:
    """Say whether a sequence's edges are cropped away, which most players show all the same."""
    found = walk(session.source, session.info.media_type, session.bounds, enough=1)
    return found is not None and found.part is not None


def _has_sound(source: Source, bounds: Bounds) -> bool:
    with source.open() as stream:
        return sequence.has_sound(Bounded(stream, source.size_bytes, bounds.max_header_bytes))


def _keep_bounds(source: Source, found: Walk, bounds: Bounds) -> None:
    if found.width < 1 or found.height < 1:
        raise AssetError("unreadable", f"{source.name} says it is {found.width}x{found.height} pixels")
    if found.decoded_pixels > bounds.max_pixels:
        raise AssetError(
            "pixel_bound",
            f"each frame of {source.name} takes {found.decoded_pixels:,} pixels; the bound is {bounds.max_pixels:,}",
            allowed=bounds.max_pixels,
            actual=found.decoded_pixels,
        )
    if found.frames > bounds.max_frames:
        raise AssetError(
            "frame_bound",
            f"{source.name} has more than {bounds.max_frames:,} frames, the bound",
            allowed=bounds.max_frames,
            actual=found.frames,
        )
    total = found.frames * found.decoded_pixels
    if total > bounds.max_total_pixels:
        raise AssetError(
            "total_pixel_bound",
            f"the {found.frames:,} frames of {source.name} take {total:,} pixels together; the bound is "
            f"{bounds.max_total_pixels:,}",
            allowed=bounds.max_total_pixels,
            actual=total,
        )


def _timed(info: MediaInfo, delays_ms: tuple[float, ...]) -> MediaInfo:
    duration_s = played_s(delays_ms)
    return replace(info, frames=len(delays_ms), duration_s=duration_s, fps=len(delays_ms) / duration_s)


def _decode(
    source: Source, stream: BinaryIO, info: MediaInfo, found: Walk, wanted: int
) -> tuple[int, AssetError | None, MediaInfo]:
    """Decode the first ``wanted`` frames; give how many are sound, what stopped the rest, and what the reader knew."""
    sound = 0
    try:
        with picture.reading(source):
            for image in islice(opened(stream, info.media_type, found), wanted):
                info = info if sound else _with_private(info, image)
                image.load()
                sound += 1
    except AssetError as error:
        return sound, error, info
    return sound, None, info


def _with_private(info: MediaInfo, image: Image) -> MediaInfo:
    """Add EXIF and XMP that only the opened reader finds (AVIF and HEIC keep them in items)."""
    exif, xmp = image.info.get("exif") or b"", image.info.get("xmp") or b""
    place = (isinstance(exif, bytes) and gps.in_exif(exif)) or (isinstance(xmp, bytes) and gps.in_xmp(xmp))
    return replace(info, gps=info.gps or place)


class _Offered(
    ForetellingKind[AnimationSession],
    TrimmingKind,
    ShowingKind[AnimationSession],
    PreviewingKind[AnimationSession],
    RecastingKind[AnimationSession],
    Protocol,
):
    """All that this kind is asked for."""


KIND: _Offered = Animation()
