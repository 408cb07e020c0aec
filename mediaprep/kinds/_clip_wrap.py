"""The asset's own coded frames in a new wrapper: index first, no metadata, one picture and one sound track."""

from __future__ import annotations

import shutil
from dataclasses import replace

from mediaprep import ffmpeg
from mediaprep.errors import AssetError, ToolError
from mediaprep.kinds import Kept
from mediaprep.kinds import _h26x_messages as messages
from mediaprep.kinds import _isobmff_tidy as tidy
from mediaprep.kinds._video_session import PLAIN, VideoSession
from mediaprep.limits import Limits
from mediaprep.model import MediaInfo, Treatment

CURES = frozenset({
    "not_faststart", "too_many_tracks", "type_not_delivered", "container_not_delivered", "over_limit",
    "over_ingest_limit",
})  # fmt: skip
"""Violations that a new wrapper takes away (of sizes: where metadata and other tracks were the rest)."""

_WRAPPED = {"video/mp4": ("h264",), "video/3gpp": ("h264", "h263")}
_SOUNDS = {"video/mp4": ("aac", "aac_he", "mp3"), "video/3gpp": ("aac", "aac_he", "amr_nb", "amr_wb")}
_BOXES = frozenset({"mp4", "mov", "3gp", "3g2"})
_MUXERS = {"video/mp4": ("mp4", "mp4"), "video/3gpp": ("3gp", "3gp")}


def kept(session: VideoSession, limits: Limits) -> Kept | None:
    """Give the asset as it is, or its frames in a new wrapper; None where frames must be made anew.

    A rotation stays in the wrapper, where it was: what can be read upright before can be read so after. Only what
    is transcoded has its pixels turned.
    """
    info = session.info
    if not session.cut.whole or info.hdr or session.mix.gain_db:
        return None
    over = limits.limit_bytes is not None and info.size_bytes > limits.limit_bytes
    same = Kept(
        treatment=Treatment.PASSTHROUGH, media_type=info.media_type, suffix=info.suffix, path=session.source.path
    )
    plays = not over and _plays(info, limits)
    if plays and not _tells(info):
        return _silenced(session, same)
    if over and not _might_fit(info, limits):
        return None
    types = limits.types or ("video/mp4",)
    target = next((t for t in sorted(types, key=lambda t: t != info.media_type) if _takes(t, info)), None)
    wrapped = _wrapped(session, target) if target is not None else None
    # what cannot be rewrapped is not made worse for the sake of a title; a place is reason enough
    return _silenced(session, same) if wrapped is None and plays and not info.gps else wrapped


def _silenced(session: VideoSession, same: Kept) -> Kept:
    """Give the asset as it is, unless its pictures carry messages of their maker: then a copy without their words."""
    path = session.source.path
    if session.info.container not in _BOXES or not messages.speaks(path):
        return same
    copy = session.new_path(same.suffix)
    shutil.copyfile(path, copy)
    messages.silence(copy)
    return replace(same, treatment=Treatment.STRIP, path=copy)


def _plays(info: MediaInfo, limits: Limits) -> bool:
    """Whether the wrapper is right as it is: its type, the place of its index, its tracks."""
    if limits.types and info.media_type not in limits.types:
        return False
    if limits.containers and info.container not in limits.containers:
        return False
    if (info.video_tracks or 1) > 1 or (info.audio_tracks or 0) > (limits.max_audio_tracks or 99):
        return False
    return not (limits.faststart and info.faststart is False)


def _tells(info: MediaInfo) -> bool:
    """Whether the wrapper carries more than picture and sound."""
    data_tracks = info.other_tracks and info.container in _BOXES
    return bool(info.gps or info.metadata or data_tracks)


def _might_fit(info: MediaInfo, limits: Limits) -> bool:
    """Whether the tracks that are seen and heard alone may be within the limit."""
    if not info.duration_s or info.video_bit_rate_bps is None or limits.limit_bytes is None:
        return False
    rates = info.video_bit_rate_bps + (info.audio_bit_rate_bps or 0)
    return rates * info.duration_s / 8 < limits.limit_bytes


def _takes(media_type: str, info: MediaInfo) -> bool:
    codecs = _WRAPPED.get(media_type, ())
    return info.video_codec in codecs and (info.audio_codec is None or info.audio_codec in _SOUNDS[media_type])


def _wrapped(session: VideoSession, media_type: str) -> Kept | None:
    muxer, suffix = _MUXERS[media_type]
    path = session.new_path(suffix)
    clip = session.clip
    maps = ["-map", f"0:v:{clip.picture.ordinal if clip.picture else 0}"]
    if clip.sound is not None:
        maps += ["-map", f"0:a:{clip.sound.ordinal}"]
    brand = ("-brand", "mp42") if muxer == "mp4" else ()
    options = (*maps, "-c", "copy", "-movflags", "+faststart", "-write_tmcd", "0", *brand, *PLAIN)
    target = ffmpeg.Output(muxer=muxer, path=path, options=options)
    source = ffmpeg.Input(path=session.source.path, demuxer=clip.demuxer)
    try:
        ffmpeg.transcode(
            [source], [target], bounds=session.bounds, file_bytes=2 * session.source.size_bytes + 1_000_000
        )
    except (AssetError, ToolError):
        return None  # what cannot be copied may still be decoded
    tidy.drop_user_data(path)
    messages.silence(path)
    return Kept(treatment=Treatment.REMUX, media_type=media_type, suffix=suffix, path=path)
