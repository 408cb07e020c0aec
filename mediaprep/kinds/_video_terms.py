"""What is asked of a clip's encoder on one route: container and codecs, effort, profile, frame rate."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from mediaprep.encoders import ClipEncoder, Picturing, SoundEncoder, Tone
from mediaprep.kinds import Step
from mediaprep.kinds import _clip_score as judged
from mediaprep.kinds import _video_graph as graph
from mediaprep.kinds import _video_ladder as rungs
from mediaprep.kinds._video_ladder import Rung
from mediaprep.limits import Limits
from mediaprep.plugins import load

if TYPE_CHECKING:
    from mediaprep.kinds._video_session import VideoSession

_WORK_PIXELS = {"max": 250e6, "balanced": 900e6}
"""Pixels of all frames up to which an effort is kept: a slow preset codes 15 million a CPU second."""


MOST_TURNS = 4
"""Encodes that one clip may take at its dimensions until it is as large as it may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What one search works within."""

    encoder: ClipEncoder
    target: int
    length_s: float
    sound: SoundEncoder | None = None
    tone: Tone | None = None
    sound_bytes: float = 0.0
    """What the sound takes in a file of its own."""
    manner: str = ""
    clear: bool = False
    """Whether the first turn foretells that the clip will not be told apart from its source."""


def encoder_for(limits: Limits) -> ClipEncoder:
    """Take the container and codecs of the first type that is delivered and can be written."""
    h264 = not limits.video_codecs or "h264" in limits.video_codecs
    modern, older = "mp4_h264_aac", "gp3_h264_aac" if h264 else "gp3_h263_amr"
    writable = {"video/mp4": modern if h264 else None, "video/3gpp": older}
    names = [writable[media_type] for media_type in limits.types if writable.get(media_type)]
    encoder: ClipEncoder = load("encoders", names[0] if names and names[0] else modern if h264 else older)
    return encoder


def step_for(
    session: VideoSession, limits: Limits, terms: Terms, rung: Rung, rate: int | None, tone: Tone | None
) -> Step:
    """Give the step that encodes a rung at a rate; None asks for constant quality."""
    width, height = rung.coded
    how = Picturing(
        width=width,
        height=height,
        fps=float(rung.fps),
        bit_rate_bps=rate,
        effort=_effort(session, rung, terms),
        profile=_profile(limits),
        level=rungs.level_of(width, height, float(rung.fps)),
        b_frames=b_frames(limits),
        matrix=graph.matrix(session.stream),
        even=session.drawn,
        manner=terms.manner,
        # bits in a second, as above
        max_bit_rate_bps=round(limits.max_bit_rate_bps / min(1.0, terms.length_s)) if limits.max_bit_rate_bps else None,
    )
    return Step(
        encoder=terms.encoder.name,
        media_type=terms.encoder.media_type,
        quality=(rate or 0) / 1000,
        width=rung.width,
        height=rung.height,
        fps=float(rung.fps),
        canvas=rung.pad,
        picturing=how,
        tone=tone,
    )


def clear(session: VideoSession, limits: Limits, rung: Rung, quantiser: float) -> bool:
    """Say whether a rung at a quantiser is foretold to reach the cap: bytes are spent beyond it, CPU is not.

    Bytes are, since the estimate may be 8 points of phone VMAF off and carriers code clips again.
    """
    coded = (rung.width, rung.height)
    return judged.estimate(quantiser, coded, session.size, limits.view_long_edge) >= limits.cap_score


def _effort(session: VideoSession, rung: Rung, terms: Terms) -> str:
    """Take the effort asked for, or a lower one where nobody sees the difference or a clip would take minutes."""
    effort = session.options.effort
    pixels = work(rung, terms)
    if effort == "max" and pixels > _WORK_PIXELS["max"]:
        effort = "balanced"
    if effort == "balanced" and pixels > _WORK_PIXELS["balanced"]:
        return "fast"
    return "brisk" if effort == "balanced" and terms.clear else effort


def work(rung: Rung, terms: Terms) -> float:
    """Give the pixels of all frames."""
    return rung.width * rung.height * float(rung.fps) * terms.length_s


def frame_rate(session: VideoSession, limits: Limits) -> Fraction:
    """Give the frames a second of the renditions."""
    info, track = session.info, session.clip.picture
    quick = track.quick_fps if track is not None else None
    most = rungs.MOST_DRAWN_FPS if session.drawn else rungs.MOST_FPS
    return rungs.frame_rate(
        info.fps, variable=bool(info.variable_frame_rate), limits=limits, quick_fps=quick, most_fps=most
    )


def _profile(limits: Limits) -> str:
    """Main where it is delivered: its entropy coder alone is worth a tenth of the bytes."""
    profiles = limits.video_profiles
    return "main" if not profiles or "main" in profiles or "high" in profiles else "baseline"


def b_frames(limits: Limits) -> bool:
    """Say whether frames may refer to later ones."""
    return limits.b_frames is not False and _profile(limits) == "main"
