"""Turn what ffmpeg's log says into a clip: for containers without a reader, and for what readers leave open."""

from __future__ import annotations

from dataclasses import replace

from mediaprep.ffmpeg_log import Log, Stream
from mediaprep.ffmpeg_packets import Track
from mediaprep.kinds._clip import Clip, Picture, Sound, pace, quick_ticks

_HDR = frozenset({"smpte2084", "arib-std-b67"})
_PLAIN = frozenset({
    "major_brand", "minor_version", "compatible_brands", "encoder", "software", "duration", "creation_time",
    "handler_name", "vendor_id", "service_name", "service_provider", "program 1", "metadata", "canseektoend",
    "devicetime", "wm/encodingtime", "isvbr",
})  # fmt: skip


def clip_from(log: Log, container: str, demuxer: str) -> Clip:
    """Make a clip of a log; covers of sound files are no pictures."""
    pictures: list[Picture] = []
    sounds: list[Sound] = []
    shown = others = 0
    for stream in log.streams:
        if stream.kind == "video":
            if stream.cover:
                others += 1
            else:
                pictures.append(_picture(stream, shown, log.duration_s))
            shown += 1
        elif stream.kind == "audio":
            sounds.append(_sound(stream, len(sounds)))
        else:
            others += 1
    return Clip(
        container=container,
        demuxer=demuxer,
        duration_s=log.duration_s,
        pictures=tuple(pictures),
        sounds=tuple(sounds),
        others=others,
        gps=any("location" in name or "gps" in name for name in log.metadata),
        metadata=("tags",) if set(log.metadata) - _PLAIN else (),
    )


_CLOCKS_AGREE_S = 1.0
"""How far what a log says of the length (of its last time) may be from what its packets come to."""


def timed(clip: Clip, tracks: dict[int, Track]) -> Clip:
    """Put what the packets show (lengths, paces, rates) in the place of what the log guesses.

    ``tracks`` count pictures first, then sounds; covers of sound files are among the pictures.
    """
    shown = 1 + max((picture.ordinal for picture in clip.pictures), default=-1)
    pictures = tuple(_timed_picture(p, tracks[p.ordinal]) if p.ordinal in tracks else p for p in clip.pictures)
    sounds = tuple(
        _timed_sound(sound, tracks[shown + sound.ordinal]) if shown + sound.ordinal in tracks else sound
        for sound in clip.sounds
    )
    ends = [end_s for end_s in (*(p.duration_s for p in pictures), *(s.duration_s for s in sounds)) if end_s]
    end_s = max(ends, default=clip.duration_s)
    if end_s and abs((clip.duration_s or end_s) - end_s) > _CLOCKS_AGREE_S:
        # parts with clocks of their own, joined: a time is found by reading from the start only
        pictures = tuple(replace(picture, keys_s=(0.0,)) for picture in pictures)
    return replace(clip, pictures=pictures, sounds=sounds, duration_s=end_s)


def _timed_picture(picture: Picture, track: Track) -> Picture:
    steady, ticks = pace(track.gaps)
    gap_s = ticks * track.tick_s
    quick_s = quick_ticks(track.gaps) * track.tick_s
    return replace(
        picture,
        fps=1 / gap_s if gap_s > 0 else picture.fps,
        variable_frame_rate=None if steady is None else not steady,
        quick_fps=1 / quick_s if steady is False and quick_s > 0 else None,
        frames=track.packets,
        b_frames=track.reordered,
        bit_rate_bps=_rate(track) or picture.bit_rate_bps,
        duration_s=track.end_s,
        keys_s=track.keys_s,
    )


def _timed_sound(sound: Sound, track: Track) -> Sound:
    return replace(sound, bit_rate_bps=_rate(track) or sound.bit_rate_bps, duration_s=track.end_s)


def _rate(track: Track) -> int | None:
    length_s = track.end_s - track.start_s
    return round(8 * track.size_bytes / length_s) if length_s > 0 else None


def _picture(stream: Stream, ordinal: int, duration_s: float | None) -> Picture:
    return Picture(
        codec=stream.codec,
        ordinal=ordinal,
        width=stream.width,
        height=stream.height,
        rotation_deg=stream.rotation_deg,
        profile=stream.profile,
        pixel_format=stream.pixel_format,
        hdr=_hdr(stream),
        fps=stream.fps,
        bit_rate_bps=stream.bit_rate_bps,
        duration_s=duration_s,
    )


def _sound(stream: Stream, ordinal: int) -> Sound:
    return Sound(
        codec=stream.codec,
        ordinal=ordinal,
        sample_rate_hz=stream.sample_rate_hz,
        channels=stream.channels,
        bit_rate_bps=stream.bit_rate_bps,
    )


def _hdr(stream: Stream) -> bool | None:
    """More than 8 bits without a word about the transfer may be either."""
    if stream.transfer is not None:
        return stream.transfer in _HDR
    return False if stream.pixel_format is not None and not stream.pixel_format.endswith("le") else None


def completed(clip: Clip, log: Log | None) -> Clip:
    """Fill what a header reader left open with what the decoder found in the chosen tracks."""
    if log is None:
        return clip
    seen = clip_from(log, clip.container, clip.demuxer)
    shown = {picture.ordinal: picture for picture in seen.pictures}
    heard = {sound.ordinal: sound for sound in seen.sounds}
    return replace(
        clip,
        duration_s=clip.duration_s or seen.duration_s,
        pictures=tuple(_fill_picture(picture, shown.get(picture.ordinal)) for picture in clip.pictures),
        sounds=tuple(_fill_sound(sound, heard.get(sound.ordinal)) for sound in clip.sounds),
    )


def _fill_picture(picture: Picture, seen: Picture | None) -> Picture:
    if seen is None or seen.codec != picture.codec:
        return picture
    return replace(
        picture,
        width=picture.width or seen.width,
        height=picture.height or seen.height,
        profile=picture.profile or seen.profile,
        pixel_format=picture.pixel_format or seen.pixel_format,
        hdr=seen.hdr if picture.hdr is None else picture.hdr,
        fps=picture.fps or seen.fps,
        bit_rate_bps=picture.bit_rate_bps or seen.bit_rate_bps,
        b_frames=False
        if picture.b_frames is None and seen.profile in {"baseline", "constrained_baseline"}
        else picture.b_frames,
    )


def _fill_sound(sound: Sound, seen: Sound | None) -> Sound:
    if seen is None:
        return sound
    # spectral band replication that no header announces is found by decoding only
    hidden = sound.codec == "aac" and seen.codec == "aac_he"
    return replace(
        sound,
        codec="aac_he" if hidden else sound.codec,
        sample_rate_hz=seen.sample_rate_hz if hidden else sound.sample_rate_hz or seen.sample_rate_hz,
        channels=sound.channels or seen.channels,
        bit_rate_bps=sound.bit_rate_bps or seen.bit_rate_bps,
    )
