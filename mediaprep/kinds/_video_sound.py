"""A clip's sound: its share of the bits, what it really costs, and how it makes good what the pictures missed."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING

from mediaprep.encoders import ClipEncoder, SoundEncoder, Tone
from mediaprep.kinds import Encoded, Step
from mediaprep.limits import Limits
from mediaprep.plugins import load

if TYPE_CHECKING:
    from mediaprep.kinds._video_session import VideoSession

_SHARE, _MOST_SHARE = 0.14, 0.34
_LEAST_BPS, _MOST_BPS = 16_000, 96_000
"""The sound's share of all bits: speech is understood at 16 kb/s, and beyond 96 the pictures gain more."""

_LOWEST_BPS = (12_000, 5_300)
"""What is asked for where the share is less than any encoder of the route takes: AAC's floor, then AMR's."""


def share_bps(session: VideoSession, total_bps: float) -> float:
    """Give the rate of the sound in a clip of ``total_bps``."""
    return min(max(_SHARE * total_bps, _LEAST_BPS), _MOST_BPS, _most_bps(session), _MOST_SHARE * total_bps)


def _most_bps(session: VideoSession) -> float:
    """No more than the source's own sound has, where it was coded lossily."""
    sound = session.clip.sound
    own = sound.bit_rate_bps if sound is not None and not (sound.codec or "").startswith("pcm") else None
    return min(float(_MOST_BPS) * 1.34, max(float(own or _MOST_BPS), float(_LEAST_BPS)))


def encoded(
    session: VideoSession, limits: Limits, encoder: ClipEncoder, target: int
) -> Generator[Step, Encoded, tuple[SoundEncoder | None, Tone | None, float]]:
    """Encode the sound at its share of the bits and give its real size: a near-silent track costs next to nothing."""
    track = session.clip.sound
    if track is None or session.sound_lost:
        return None, None, 0.0
    names = [
        name for name in encoder.sounds
        if not limits.audio_codecs or load("encoders", name).codec in limits.audio_codecs
    ] or list(encoder.sounds[:1])  # fmt: skip
    sound: SoundEncoder = load("encoders", names[0])
    rate = share_bps(session, 8 * target / max(session.cut.length_s, 0.04))
    channels = min(track.channels or 2, limits.max_channels or 2)
    hertz = track.sample_rate_hz or 48_000
    tone = None
    for asked in (rate, *_LOWEST_BPS):
        tone = tone or sound.tone(max(rate, asked), channels=channels, sample_rate_hz=hertz)
    if tone is None:
        return None, None, 0.0
    made = yield step(sound, tone)
    if made.path is None:
        return None, None, 0.0
    return sound, tone, float(made.size_bytes)


def step(sound: SoundEncoder, tone: Tone) -> Step:
    """Give the step that encodes the sound alone."""
    return Step(
        encoder=sound.name, media_type=sound.media_type, quality=tone.bit_rate_bps / 1000, tone=tone, aim="whole"
    )


def ballast(
    session: VideoSession, sound: SoundEncoder, tone: Tone, sound_bytes: float, target: int, made_bytes: int
) -> Tone | None:
    """Give the tone whose bytes make up for what a clip of ``made_bytes`` misses of its target, if there is one."""
    left = target - made_bytes
    if sound_bytes < 500 or (left < 0 and -left > 0.3 * sound_bytes):
        return None
    length_s = max(session.cut.length_s, 0.04)
    # what the encoder made of the rate it was given, so that a quiet track is not expected to grow as asked
    real = max(0.05, 8 * (sound_bytes - 800) / length_s / tone.bit_rate_bps)
    spare = left - (0.003 if left > 0 else 0.006) * target
    rate = tone.bit_rate_bps + 8 * spare / length_s / min(real, 1.0)
    if rate > 2.5 * tone.bit_rate_bps and real < 0.6:
        return None
    rate = min(rate, _most_bps(session), 1.6 * tone.bit_rate_bps + 8_000)
    if rate < 0.6 * tone.bit_rate_bps or abs(rate - tone.bit_rate_bps) < 200:
        return None
    if sound.codec != "aac":
        other = sound.tone(rate, channels=1, sample_rate_hz=tone.sample_rate_hz)
        return other if other != tone else None
    return replace(tone, bit_rate_bps=int(rate))
