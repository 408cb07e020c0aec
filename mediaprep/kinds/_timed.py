"""What video and sound have in common: bounds, the media's facts, and the proof by decoding."""

from __future__ import annotations

from mediaprep import ffmpeg
from mediaprep.errors import AssetError, ToolError
from mediaprep.ffmpeg_log import Stream
from mediaprep.kinds import _containers as containers
from mediaprep.kinds._clip import Clip
from mediaprep.kinds._logged import completed
from mediaprep.model import KindName, MediaInfo
from mediaprep.options import Bounds
from mediaprep.storage import Source

MIN_DURATION_S = 1e-4
"""Durations below this are no basis for a rate: a damaged header can state 1e-300 s."""


def has_pictures(source: Source, *, unknown: bool) -> bool:
    """Say, from headers, whether a file holds a moving picture; ``unknown`` where they cannot tell.

    Never raises AssetError: a file that is not read here is refused when it is probed.
    """
    head = source.head
    if containers.is_flv(head):
        return bool(head[4] & 1)
    if containers.is_asf(head):
        # the GUID of a video stream's properties (ASF specification, section 10.4)
        return bytes.fromhex("c0ef19bc4d5bcf11a8fd00805f5c442b") in head
    try:
        if containers.is_mpeg_ts(head) or containers.is_mpeg_ps(head):  # their tables are anywhere: ffmpeg finds them
            streams = ffmpeg.read_log(source.path, containers.container_of(head).demuxer, Bounds()).streams
            return any(stream.kind == "video" for stream in streams) or (unknown and not streams)
        clip = containers.read_headers(source, Bounds())
    except (AssetError, ToolError):
        return unknown
    return unknown if clip is None else bool(clip.pictures)


def keep_bounds(clip: Clip, bounds: Bounds) -> None:
    """Raise AssetError ``duration_bound``, ``stream_bound`` or ``pixel_bound`` for a clip that passes a bound."""
    if clip.duration_s is not None and clip.duration_s > bounds.max_duration_s:
        raise AssetError(
            "duration_bound",
            f"the file lasts {clip.duration_s:,.1f} s; the bound is {bounds.max_duration_s:,.0f} s",
            allowed=bounds.max_duration_s,
            actual=round(clip.duration_s, 3),
        )
    if clip.tracks > bounds.max_tracks:
        raise AssetError(
            "stream_bound",
            f"the file has {clip.tracks} tracks; the bound is {bounds.max_tracks}",
            allowed=bounds.max_tracks,
            actual=clip.tracks,
        )
    for picture in clip.pictures:
        pixels = (picture.width or 0) * (picture.height or 0)
        if pixels > bounds.max_pixels:
            raise AssetError(
                "pixel_bound",
                f"{picture.width}x{picture.height} are {pixels:,} pixels; the bound is {bounds.max_pixels:,}",
                allowed=bounds.max_pixels,
                actual=pixels,
            )


def describe(clip: Clip, source: Source, kind: KindName, media_type: str, suffix: str) -> MediaInfo:
    """Give a clip's facts: dimensions as shown, codecs of the tracks that are seen and heard."""
    picture, sound = clip.picture, clip.sound
    width = height = None
    if picture is not None:
        width, height = picture.width, picture.height
        if picture.rotation_deg in {90, 270}:
            width, height = height, width
    duration_s = clip.duration_s
    return MediaInfo(
        kind=kind,
        media_type=media_type,
        suffix=suffix,
        size_bytes=source.size_bytes,
        width=width,
        height=height,
        frames=picture.frames if picture else None,
        transparent=picture.transparent if picture else None,
        hdr=picture.hdr if picture else None,
        duration_s=duration_s,
        fps=picture.fps if picture else None,
        variable_frame_rate=picture.variable_frame_rate if picture else None,
        container=clip.container,
        brand=clip.brand,
        video_codec=picture.codec if picture else None,
        video_profile=picture.profile if picture else None,
        video_level=picture.level if picture else None,
        b_frames=picture.b_frames if picture else None,
        pixel_format=picture.pixel_format if picture else None,
        rotation_deg=picture.rotation_deg if picture else None,
        faststart=clip.faststart,
        bit_rate_bps=round(8 * source.size_bytes / duration_s) if duration_s and duration_s > MIN_DURATION_S else None,
        video_bit_rate_bps=picture.bit_rate_bps if picture else None,
        video_tracks=len(clip.pictures),
        audio_codec=sound.codec if sound else None,
        audio_bit_rate_bps=sound.bit_rate_bps if sound else None,
        audio_tracks=len(clip.sounds),
        other_tracks=clip.others,
        channels=sound.channels if sound else None,
        sample_rate_hz=sound.sample_rate_hz if sound else None,
        gps=clip.gps,
        metadata=clip.metadata,
        remarks=clip.remarks,
    )


def decoded(source: Source, bounds: Bounds) -> Clip:
    """Decode the first frames of the tracks that are seen and heard; gives the clip with what that has shown.

    Costs 20 to 40 ms for small pictures, up to half a second for 4K. Raises AssetError (``unreadable``,
    ``unsupported``, a bound's code) and ToolError.
    """
    clip = containers.read(source, bounds)
    tracks = []
    if clip.picture is not None:
        tracks.append(f"v:{clip.picture.ordinal}")
    if clip.sound is not None:
        tracks.append(f"a:{clip.sound.ordinal}")
    if not tracks or clip.duration_s == 0:
        return clip  # an empty recording: nothing is there to be decoded
    log = ffmpeg.decode_check(source.path, clip.demuxer, tracks, bounds).log
    if log is not None and clip.picture is not None:
        shown = [stream for stream in log.streams if stream.kind == "video"]
        refuse_dolby_alone(shown[clip.picture.ordinal])
    return completed(clip, log)


def refuse_dolby_alone(stream: Stream) -> None:
    """Raise AssetError ``unsupported`` for pictures that are coded for Dolby's own decoders only."""
    if stream.dolby_alone:
        raise AssetError(
            "unsupported",
            "the pictures are Dolby Vision without a base that other decoders show (profile 5): they would come out "
            "green and purple; export the clip as HDR10, HLG or plain H.264",
        )
