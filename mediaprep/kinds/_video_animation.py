"""A short silent clip as an animation: what may become a GIF, and its frames without loss for the animation kind."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from mediaprep import ffmpeg
from mediaprep.errors import AssetError
from mediaprep.kinds import _video_graph as graph
from mediaprep.kinds._animation_frames import MOST_KEPT_BYTES
from mediaprep.kinds._video_ladder import Rung, frame_rate
from mediaprep.kinds._video_session import SLACK_BYTES, VideoSession
from mediaprep.limits import Limits
from mediaprep.model import Finding, finding

LONGEST_S = 30.0
"""Beyond this nothing within a message's bytes still looks like the clip: 30 s in 600 KB are 20 KB a second, a tenth
of what a GIF of 160 lines takes at 10 frames a second."""

MOST_FPS = 20.0
"""Delays are hundredths of a second, and players show those of 20 ms or more: 25 frames a second become 12.5, 30
become 15, which leaves each of them twice the bytes."""

_SILENT_DB = -60.0
"""A peak under a thousandth of full scale is hiss at most."""

_MOST_HEARD = 4
"""Sound tracks that are listened to; a clip of more is no silent clip."""

_PEAK = re.compile(r"max_volume: (-?[\d.]+|-inf) dB")

_LONG_EDGE = 1280
_SLACK_S = 0.05


def unsuited(session: VideoSession, limits: Limits) -> tuple[Finding, ...]:
    """Say why a clip cannot be a GIF: sound would be lost, or nothing of it would be left to see."""
    found: list[Finding] = []
    info, length_s = session.info, session.cut.length_s
    if info.audio_tracks and _heard(session):
        tracks = "a sound track" if info.audio_tracks == 1 else f"{info.audio_tracks} sound tracks"
        found.append(finding("has_sound", f"{session.source.name} has {tracks}, and a GIF is silent"))
    most = limits.max_duration_s
    if most is None or most > LONGEST_S:
        most = LONGEST_S
    if length_s > most + _SLACK_S:
        text = f"{length_s:.1f} s; as a GIF it may last {most:g} s"
        found.append(finding("too_long", text, limit="max_duration_s", allowed=most, actual=round(length_s, 3)))
    if session.picture_s * _rate(session, limits) < 2:
        found.append(finding("too_short", f"{length_s:.2f} s hold fewer than two frames"))
    return tuple(found)


def written(session: VideoSession, limits: Limits, folder: Path) -> Path:
    """Write the kept stretch as an animated PNG, as large as its decoded frames can be held in memory at once.

    Raises AssetError and ToolError as ffmpeg's runs do.
    """
    fps = _rate(session, limits)
    frames = max(2, round(session.picture_s * fps))
    if limits.max_duration_s is not None:
        frames = max(2, min(frames, math.floor(limits.max_duration_s * fps)))
    width, height = session.size
    held = math.sqrt(MOST_KEPT_BYTES / (3 * frames * width * height))
    scale = min(1.0, _LONG_EDGE / max(width, height), held)
    rung = Rung(width=_even(width * scale), height=_even(height * scale), fps=fps)
    ordinal = session.clip.picture.ordinal if session.clip.picture else 0
    path = folder / "animation.png"
    target = ffmpeg.Output(
        muxer="apng",
        path=path,
        options=("-map", "[p]", "-c:v", "apng", "-compression_level", "1", "-plays", "0", "-frames:v", str(frames)),
    )
    ffmpeg.transcode(
        [session.input()],
        [target],
        bounds=session.bounds,
        file_bytes=4 * frames * rung.width * rung.height + SLACK_BYTES,
        graph=f"[0:v:{ordinal}]{graph.chain(session.stream, rung, ground=session.ground)},format=rgb24[p]",
    )
    return path


def _heard(session: VideoSession) -> bool:
    """Say whether any sound track holds more than silence; one that cannot be decoded counts as heard.

    Recorders of screens write tracks of zeros, and editors empty ones. Costs one decode of the sound.
    """
    tracks = [
        ffmpeg.Output(muxer="null", options=("-map", f"0:a:{sound.ordinal}", "-af", "volumedetect"))
        for sound in session.clip.sounds[:_MOST_HEARD]
    ]
    if len(tracks) < len(session.clip.sounds):
        return True
    try:
        made = ffmpeg.transcode([session.input()], tracks, bounds=session.bounds, file_bytes=0)
    except AssetError:
        return True
    return any(float(peak) > _SILENT_DB for peak in _PEAK.findall(made.stderr_tail))


def _rate(session: VideoSession, limits: Limits) -> Fraction:
    info = session.info
    most = min(limits.max_fps or MOST_FPS, MOST_FPS)
    return frame_rate(info.fps, variable=bool(info.variable_frame_rate), limits=replace(limits, max_fps=most))


def _even(edge: float) -> int:
    return max(2, round(edge / 2) * 2)
