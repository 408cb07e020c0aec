"""The rules: which limits an asset or a rendition breaks, and what passes but still goes wrong. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from mediaprep.codes import BY_NAME
from mediaprep.limits import Fact, Limits, SizeRule
from mediaprep.model import Finding, KindName, MediaInfo, finding
from mediaprep.units import UNIT_WORDS, format_size

_PLAIN_MODES = frozenset({"L1", "L8", "LA8", "P8", "PA8", "RGB8", "RGBA8"})
"""Pictures of 8 bits a channel in grey or RGB: what JFIF, PNG and every handset decoder share."""


def check(info: MediaInfo, limits: Limits, *, misnamed: str = "") -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Judge facts against limits: the violations, then the warnings (which never change a verdict).

    ``misnamed`` is the suffix of a file name that belies the content, "" where the name is right.
    """
    violations = tuple(
        found
        for rules in (_delivery, _sizes, _dimensions, _time, _pictures, _video, _audio, _text, _remarked)
        for found in rules(info, limits)
    )
    return violations, tuple(_warnings(info, limits, misnamed))


def _broken(code: str, limits: Limits, field: str, allowed: Any, actual: Any, message: str) -> Finding:
    where = limits.provenance(field)
    return finding(code, message, limit=field, allowed=_plain(allowed), actual=_plain(actual), **where)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _delivery(info: MediaInfo, limits: Limits) -> Iterator[Finding]:
    if not limits.delivered:
        what = f"this route delivers no {info.kind} media"
        found = _broken("kind_not_delivered", limits, "types", (), info.media_type, what)
        sender = _sender_of(limits.fact("types"))
        yield found if sender is None else replace(
            found, message=f"{what} from {sender} senders",
            remedy="Choose another sender type (--sender), route or channel, or send a link.",
        )  # fmt: skip
    elif limits.types and info.media_type not in limits.types:
        text = f"{info.media_type} is not delivered here; {', '.join(limits.types)} is"
        code = "animation_codec" if info.kind == KindName.ANIMATION else "type_not_delivered"
        yield _broken(code, limits, "types", limits.types, info.media_type, text)


def _sender_of(fact: Fact | None) -> str | None:
    """Name the type of sender that a statement is about: without --sender those of every type hold."""
    found = re.search(r"(?:^|\.)senders\.(\w+)\.", fact.where) if fact is not None else None
    return found[1] if found is not None else None


GIF = "image/gif"
"""What animations are written as, and nothing else."""


def unwritten(violations: Sequence[Finding], types: Sequence[str]) -> tuple[Finding, ...]:
    """Say of an animation that a fit cannot help, as the route delivers no GIF; no violation promises otherwise."""
    remedy = f"Export it as {' or '.join(types)} within the limits, or send its first frame with --still."
    text = f"animations are written as GIF, which this route does not deliver; it delivers {', '.join(types)}"
    told = [replace(found, remedy=remedy) for found in violations]
    if "animation_codec" not in {found.name for found in told}:
        told.append(finding("animation_codec", text, remedy=remedy))
    return tuple(told)


TOO_LARGE = frozenset({"over_limit", "over_ingest_limit"})
"""What is broken where nothing but bytes is."""


def _sizes(info: MediaInfo, limits: Limits) -> Iterator[Finding]:
    """Name the narrowest limit of each stage: that of the API only where the delivered one does not cover it."""
    broken = [rule for rule in limits.size_rules if info.size_bytes > rule.allowed_bytes]
    kept_bytes: int | None = None
    for stage, code in (("deliver", "over_limit"), ("ingest", "over_ingest_limit")):
        narrowest = min((rule for rule in broken if rule.stage == stage), key=lambda r: r.allowed_bytes, default=None)
        if narrowest is not None and (kept_bytes is None or narrowest.allowed_bytes < kept_bytes):
            kept_bytes = narrowest.allowed_bytes
            yield _size_finding(code, info, narrowest)
    if not limits.size_rules and limits.limit_bytes is not None and info.size_bytes > limits.limit_bytes:
        text = f"{format_size(info.size_bytes)}; the limit is {format_size(limits.limit_bytes)}"
        yield _broken("over_limit", limits, "limit_bytes", limits.limit_bytes, info.size_bytes, text)


_SCOPES = {"total": "for the whole message", "part": "for each part", "kind": "for this kind", "max_bytes": "asked for"}
_UNITS = {
    "binary": "bytes", "base64": "bytes of base64", "base64_lines": "bytes of base64 with line breaks",
    "base64_characters": "characters of base64", "payload": "bytes as sent",
}  # fmt: skip


def _size_finding(code: str, info: MediaInfo, rule: SizeRule) -> Finding:
    converted = rule.stated != rule.allowed_bytes
    counted = f" ({rule.stated:,} {_UNITS.get(rule.counted_as, 'bytes')} {_SCOPES[rule.scope]})" if converted else ""
    return finding(
        code,
        f"{format_size(info.size_bytes)}; the limit is {format_size(rule.allowed_bytes)}{counted}",
        limit=f"{rule.stage}.{rule.scope}",
        allowed=rule.allowed_bytes,
        actual=info.size_bytes,
        **rule.fact.provenance(),
    )


def _dimensions(info: MediaInfo, limits: Limits) -> Iterator[Finding]:
    width, height = info.width, info.height
    if width is None or height is None:
        return
    if limits.exact_width is not None and limits.exact_height is not None:
        if (width, height) != (limits.exact_width, limits.exact_height):
            text = f"{width}x{height}; it must be {limits.exact_width}x{limits.exact_height}"
            allowed = f"{limits.exact_width}x{limits.exact_height}"
            yield _broken("exact_dimensions", limits, "exact_width", allowed, f"{width}x{height}", text)
        return
    box_width, box_height = turned_box(limits, width, height)
    if box_width is not None and width > box_width:
        text = f"{width} pixels wide; the limit is {box_width}"
        yield _broken("too_wide", limits, "max_width", box_width, width, text)
    if box_height is not None and height > box_height:
        text = f"{height} pixels high; the limit is {box_height}"
        yield _broken("too_high", limits, "max_height", box_height, height, text)
    if limits.max_pixels is not None and width * height > limits.max_pixels:
        text = f"{width * height:,} pixels; the limit is {limits.max_pixels:,}"
        yield _broken("too_many_pixels", limits, "max_pixels", limits.max_pixels, width * height, text)


def turned_box(limits: Limits, width: int, height: int) -> tuple[int | None, int | None]:
    """Give the box of the limits, turned by 90 degrees where the picture stands across it.

    Phones state one box (640x480) and mean the long and the short edge, as Android's own message
    app does when it scales a portrait picture.
    """
    box = (limits.max_width, limits.max_height)
    if box[0] is not None and box[1] is not None and (box[0] > box[1]) != (width > height):
        return box[1], box[0]
    return box


_DURATION_SLACK_S = 0.05
"""A container's duration is rounded up to whole frames of picture and sound: two frames at most."""


def _time(info: MediaInfo, limits: Limits) -> Iterator[Finding]:
    duration, most = info.duration_s, limits.max_duration_s
    if duration is not None and most is not None and duration > most + _DURATION_SLACK_S:
        yield _broken(
            "too_long", limits, "max_duration_s", most, duration, f"{duration:.1f} s; the limit is {most:g} s"
        )
    least = limits.min_duration_s
    if duration is not None and least is not None and duration < least - _DURATION_SLACK_S:
        yield _broken("too_short", limits, "min_duration_s", least, duration, f"{duration:.1f} s; at least {least:g} s")
    frames = info.frames
    if frames is not None and limits.max_frames is not None and frames > limits.max_frames:
        text = f"{frames} frames; the limit is {limits.max_frames}"
        yield _broken("too_many_frames", limits, "max_frames", limits.max_frames, frames, text)
    if info.fps is not None:
        if limits.max_fps is not None and info.fps > limits.max_fps * 1.01:
            text = f"{info.fps:g} frames a second; the limit is {limits.max_fps:g}"
            yield _broken("frame_rate", limits, "max_fps", limits.max_fps, info.fps, text)
        elif limits.min_fps is not None and info.fps < limits.min_fps * 0.99:
            text = f"{info.fps:g} frames a second; at least {limits.min_fps:g}"
            yield _broken("frame_rate", limits, "min_fps", limits.min_fps, info.fps, text)
    rate = info.bit_rate_bps
    if rate is not None and info.duration_s is not None and info.duration_s < 1.0:
        rate = round(rate * info.duration_s)  # what counts is the bits in a second
    if rate is not None and limits.max_bit_rate_bps is not None and rate > limits.max_bit_rate_bps:
        text = f"{rate:,} bit/s; the limit is {limits.max_bit_rate_bps:,}"
        yield _broken("bit_rate", limits, "max_bit_rate_bps", limits.max_bit_rate_bps, rate, text)


def changes_mode(info: MediaInfo, limits: Limits) -> bool:
    """Say whether the picture has a colour mode that the route, or every phone, does not take."""
    if info.mode is None:
        return False
    return info.mode not in _PLAIN_MODES or (limits.fact("modes") is not None and info.mode not in limits.modes)


def flattens(info: MediaInfo, limits: Limits, background: str | None) -> bool:
    """Say whether what is transparent goes onto a background: the route shows none of it, or a colour was asked for."""
    return bool(info.transparent) and (not limits.alpha or background is not None)


def _pictures(info: MediaInfo, limits: Limits) -> Iterator[Finding]:
    if info.kind == KindName.IMAGE and changes_mode(info, limits):
        allowed = limits.modes
        text = f"the picture is {info.mode}; phones show {', '.join(allowed)}"
        yield _broken("colour_mode", limits, "modes", allowed, info.mode, text)


_DECODE = {"constrained_baseline": ("baseline", "main", "high"), "main": ("high",)}
"""The profiles whose decoders take another one, too (ITU-T H.264 A.2.1.1, A.2.2 and A.2.4)."""


def _video(info: MediaInfo, limits: Limits) -> Iterator[Finding]:
    if info.kind != KindName.VIDEO:
        return
    yield from _listed("container_not_delivered", info.container, limits, "containers", "container")
    yield from _listed("codec_not_delivered", info.video_codec, limits, "video_codecs", "video codec")
    yield from _listed("codec_not_delivered", info.audio_codec, limits, "audio_codecs", "sound codec")
    level, most = info.video_level, limits.max_level
    if info.video_codec == "h264":  # profiles and levels of one codec mean nothing to another
        if not set(_DECODE.get(info.video_profile or "", ())) & set(limits.video_profiles):
            yield from _listed("profile_not_delivered", info.video_profile, limits, "video_profiles", "profile")
    else:
        level = None
    if level is not None and most is not None and level > most:
        yield _broken("profile_not_delivered", limits, "max_level", most, level, f"level {level:g}; at most {most:g}")
    if info.b_frames and limits.b_frames is False:
        text = "the video has B-frames, which this route's phones do not play"
        yield _broken("b_frames", limits, "b_frames", False, True, text)
    if info.faststart is False and limits.faststart:
        text = "the index comes after the media data"
        yield _broken("not_faststart", limits, "faststart", True, False, text)
    tracks = info.audio_tracks
    if tracks is not None and limits.max_audio_tracks is not None and tracks > limits.max_audio_tracks:
        text = f"{tracks} sound tracks; at most {limits.max_audio_tracks}"
        yield _broken("too_many_tracks", limits, "max_audio_tracks", limits.max_audio_tracks, tracks, text)
    if info.pixel_format not in (None, "yuv420p", "yuvj420p") and limits.video_codecs:
        text = f"pixel format {info.pixel_format}; phones decode yuv420p"
        yield _broken("pixel_format", limits, "video_codecs", "yuv420p", info.pixel_format, text)


def _audio(info: MediaInfo, limits: Limits) -> Iterator[Finding]:
    if info.kind not in (KindName.AUDIO, KindName.VIDEO):
        return
    if info.kind == KindName.AUDIO:
        yield from _listed("container_not_delivered", info.container, limits, "containers", "container")
        yield from _listed("codec_not_delivered", info.audio_codec, limits, "audio_codecs", "codec")
    channels, most = info.channels, limits.max_channels
    if channels is not None and most is not None and channels > most:
        yield _broken("channels", limits, "max_channels", most, channels, f"{channels} channels; at most {most}")
    elif channels is not None and channels > 1 and info.audio_codec in limits.mono_codecs:
        text = f"{channels} channels; this route takes {info.audio_codec} with one channel only"
        yield _broken("channels", limits, "mono_codecs", 1, channels, text)
    rate = info.sample_rate_hz
    if rate is not None and limits.sample_rates_hz and rate not in limits.sample_rates_hz:
        text = f"{rate} Hz; one of {', '.join(map(str, limits.sample_rates_hz))} is taken"
        yield _broken("channels", limits, "sample_rates_hz", limits.sample_rates_hz, rate, text)


def _listed(code: str, actual: str | None, limits: Limits, field: str, what: str) -> Iterator[Finding]:
    allowed: tuple[str, ...] = getattr(limits, field)
    if actual is not None and allowed and actual not in allowed:
        yield _broken(code, limits, field, allowed, actual, f"{what} {actual}; the route takes {', '.join(allowed)}")


def _text_length(info: MediaInfo, unit: str) -> int | None:
    """Count a text asset. Hangul has three bytes in UTF-8 and two in EUC-KR: the mean with the letters is exact."""
    if unit == "euc_kr_bytes" and info.characters is not None:
        return (info.characters + info.size_bytes) // 2
    return info.characters if unit == "chars" else info.size_bytes


def _text(info: MediaInfo, limits: Limits) -> Iterator[Finding]:
    if info.kind == KindName.TEXT:
        length = _text_length(info, limits.text_unit)
        most = None if limits.long_text_as_document else limits.max_characters
        if length is not None and most is not None and length > most:
            text = f"{length:,} {UNIT_WORDS[limits.text_unit]}; the limit is {most:,}"
            yield _broken("too_many_characters", limits, "max_characters", most, length, text)
    if info.kind in (KindName.TEXT, KindName.VCARD) and info.charset is not None and limits.charsets:
        known = {name.upper() for name in limits.charsets}
        if info.charset.upper() not in known and not (info.charset.upper() == "US-ASCII" and "UTF-8" in known):
            text = f"{info.charset}; the route carries {', '.join(limits.charsets)}"
            yield _broken("charset", limits, "charsets", limits.charsets, info.charset, text)
    if info.kind == KindName.VCARD:
        if (info.cards or 1) > 1:
            text = f"the file holds {info.cards} cards; a message part carries one"
            yield _broken("several_cards", limits, "cards", 1, info.cards, text)
        wrong = [v for v in info.vcard_versions if limits.vcard_versions and v not in limits.vcard_versions]
        if wrong:
            text = f"version {', '.join(wrong)}; phones on this route read {', '.join(limits.vcard_versions)}"
            yield _broken("vcard_version", limits, "vcard_versions", limits.vcard_versions, wrong, text)


def _remarked(info: MediaInfo, _limits: Limits) -> Iterator[Finding]:
    for name, text in info.remarks:
        if BY_NAME[name].severity == "violation":
            yield finding(name, text)


def _warnings(info: MediaInfo, limits: Limits, misnamed: str) -> Iterator[Finding]:
    for name, text in info.remarks:
        if BY_NAME[name].severity == "warning":
            yield finding(name, text)
    yield from _private(info)
    yield from _looks(info, limits)
    if info.variable_frame_rate:
        yield finding("variable_frame_rate", "the frame rate varies")
    if misnamed:
        yield finding("suffix_mismatch", f"the name ends in .{misnamed}, the content is {info.media_type}")
    yield from _made_again(info, limits)
    yield from _over_target(info, limits)
    yield from _as_document(info, limits)
    if info.kind == KindName.TEXT and (info.sms_segments or 0) > 1:
        yield finding("several_segments", f"as an SMS this takes {info.sms_segments} segments ({info.sms_encoding})")


def _as_document(info: MediaInfo, limits: Limits) -> Iterator[Finding]:
    """Warn of a text that is no text on its route: it arrives as a file, and nobody reads it in passing."""
    length, most = _text_length(info, limits.text_unit), limits.max_characters
    if info.kind == KindName.TEXT and limits.long_text_as_document and most is not None and (length or 0) > most:
        text = f"{length:,} {UNIT_WORDS[limits.text_unit]}: over {most:,} it goes as a document, which has to be opened"
        where = limits.provenance("max_characters")
        yield finding("text_as_document", text, limit="max_characters", allowed=most, actual=length, **where)


def _private(info: MediaInfo) -> Iterator[Finding]:
    """Warn of what the asset tells of its maker; a colour profile tells nothing."""
    homes = sorted(set(info.metadata) - {"icc"})
    if info.gps:
        yield finding("gps", "the asset says where it was made")
    elif homes:
        yield finding("metadata", f"the asset carries {', '.join(homes)}")


def _looks(info: MediaInfo, limits: Limits) -> Iterator[Finding]:
    """Warn of what phones show otherwise than its maker saw it."""
    if info.transparent and not limits.alpha:
        text = "the picture has transparent pixels, which phones fill as they like"
        if info.kind == KindName.VIDEO:  # its headers tell of the channel, not of what is in it
            text = "the clip has a channel for transparency, which is laid over a background"
        yield finding("transparency", text)
    if info.orientation not in (None, 1):
        by = f"EXIF orientation {info.orientation}"
        if info.media_type == "image/avif":  # where EXIF's is for information only (ISO/IEC 23008-12, annex A.4)
            by = "property irot or imir"
        yield finding("orientation_flag", f"the picture is stored turned ({by})")
    if info.colour_profile not in (None, "sRGB"):
        kept = "Export it in sRGB: an animation that fits as it is keeps its colour profile."
        remedy = kept if info.kind == KindName.ANIMATION else None
        yield finding("wide_gamut", f"the colours are in {info.colour_profile}, not sRGB", remedy=remedy)
    if info.hdr:
        yield finding("hdr", "the asset is HDR or carries a gain map")
    if info.progressive and info.media_type == "image/jpeg" and not limits.progressive:
        yield finding("progressive_jpeg", "the JPEG is progressive; baseline is what MMS phones must read")


def _made_again(info: MediaInfo, limits: Limits) -> Iterator[Finding]:
    """Warn of what the provider will do to the asset."""
    if info.media_type in limits.reencoded_types:
        where = limits.provenance("reencoded_types")
        yield finding("transcoded_again", f"the provider encodes {info.media_type} again", **where)
    if info.kind == KindName.ANIMATION and limits.provider_resizes:
        fact = limits.fact("provider_resizes")
        why = f" ({fact.note})" if fact is not None and fact.note else ""
        text = f"the provider makes animations smaller{why}"
        yield finding("provider_resizes", text, **limits.provenance("provider_resizes"))


def _over_target(info: MediaInfo, limits: Limits) -> Iterator[Finding]:
    target, limit = limits.target_bytes, limits.limit_bytes
    if target is not None and limit is not None and target < info.size_bytes <= limit:
        where = limits.provenance("target_bytes")
        text = f"{format_size(info.size_bytes)} is within the limit but over the safe {format_size(target)}"
        yield finding("over_target", text, limit="target_bytes", allowed=target, actual=info.size_bytes, **where)
