"""What a fit changed, in words: one line from the asset's facts to the rendition's."""

from __future__ import annotations

from collections.abc import Iterator

from mediaprep.model import MediaInfo, Outcome, Treatment, Verdict
from mediaprep.units import short_size

_FORMATS = {
    "image/jpeg": "JPEG", "image/png": "PNG", "image/gif": "GIF", "image/webp": "WebP", "image/heic": "HEIC",
    "image/heic-sequence": "HEIC sequence", "image/avif": "AVIF", "image/tiff": "TIFF", "image/bmp": "BMP",
    "image/jp2": "JPEG 2000", "image/vnd.microsoft.icon": "ICO", "image/apng": "APNG", "video/mp4": "MP4",
    "video/3gpp": "3GP", "video/quicktime": "QuickTime", "video/webm": "WebM", "video/x-matroska": "Matroska",
    "audio/mpeg": "MP3", "audio/amr": "AMR", "audio/mp4": "AAC", "audio/wav": "WAV", "audio/ogg": "Ogg",
    "text/x-vcard": "vCard", "text/vcard": "vCard", "text/plain": "text", "application/pdf": "PDF",
    "text/calendar": "iCalendar", "application/msword": "Word", "application/vnd.ms-excel": "Excel",
    "application/vnd.ms-powerpoint": "PowerPoint",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PowerPoint",
}  # fmt: skip

_ARROW = " \N{RIGHTWARDS ARROW} "


def format_name(media_type: str | None) -> str:
    """Give a media type as people say it: ``JPEG``."""
    return _FORMATS.get(media_type or "", media_type or "unknown")


def facts(info: MediaInfo) -> str:
    """Describe an asset in one line: format, pixels, time, bytes."""
    parts = [format_name(info.media_type)]
    if info.width and info.height:
        parts.append(f"{info.width}\N{MULTIPLICATION SIGN}{info.height}")
    if (info.frames or 1) > 1 and info.kind == "animation":
        parts.append(f"{info.frames} frames")
    if info.duration_s:
        parts.append(f"{info.duration_s:.1f} s")
    if info.cards and info.cards > 1:
        parts.append(f"{info.cards} cards")
    parts.append(short_size(info.size_bytes))
    return " \N{MIDDLE DOT} ".join(parts)


def changes(outcome: Outcome) -> tuple[tuple[str, str], ...]:
    """Give (what, how it changed) of a rendition; the first is the treatment where nothing visible changed."""
    return tuple(_changes(outcome))


def _changes(outcome: Outcome) -> Iterator[tuple[str, str]]:
    source = outcome.source
    if outcome.treatment is None:  # judged, not made: its source is itself
        return
    if source is None or outcome.verdict not in (Verdict.FITS, Verdict.FITTED, Verdict.BELOW_FLOOR):
        return
    if outcome.treatment == Treatment.PASSTHROUGH:
        yield "bytes", f"unchanged, {short_size(source.size_bytes)}"
        return
    if outcome.media_type != source.media_type:
        yield "format", f"{format_name(source.media_type)}{_ARROW}{format_name(outcome.media_type)}"
    old, new = _pixels(source.width, source.height), _pixels(outcome.width, outcome.height)
    if new and old != new:
        yield "pixels", f"{old}{_ARROW}{new}" if old else new
    yield from _motion(outcome, source)
    if outcome.size_bytes is not None:
        yield "bytes", f"{short_size(source.size_bytes)}{_ARROW}{short_size(outcome.size_bytes)}"
    if outcome.treatment == Treatment.STRIP:
        yield "picture", "every pixel the same"
    elif outcome.treatment == Treatment.REMUX:
        yield "streams", "every frame the same, new wrapper"
    gone = [*(["GPS position"] if source.gps else []), *(["other metadata"] if source.metadata else [])]
    if gone and outcome.kind in ("image", "animation", "video", "audio"):
        yield "removed", " and ".join(gone)


def _pixels(width: int | None, height: int | None) -> str:
    return f"{width}\N{MULTIPLICATION SIGN}{height}" if width and height else ""


def _motion(outcome: Outcome, source: MediaInfo) -> Iterator[tuple[str, str]]:
    if outcome.kind not in ("animation", "video"):
        return
    chosen = next((made for made in outcome.attempts if made.size_bytes == outcome.size_bytes), None)
    if outcome.kind == "animation" and source.frames and outcome.frames and source.frames != outcome.frames:
        yield "frames", f"{source.frames}{_ARROW}{outcome.frames}"
    if chosen is not None and chosen.fps and source.fps and abs(chosen.fps - source.fps) > 0.5:
        yield "frame rate", f"{source.fps:.3g}{_ARROW}{chosen.fps:.3g} fps"
    if chosen is not None and chosen.colours:
        yield "colours", f"{chosen.colours}"
    if source.duration_s and outcome.duration_s and abs(source.duration_s - outcome.duration_s) > 0.2:
        yield "length", f"{source.duration_s:.1f}{_ARROW}{outcome.duration_s:.1f} s"
