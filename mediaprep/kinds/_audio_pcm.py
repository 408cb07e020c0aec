"""What is in the sound: silence at its ends, speech or music. The only file that uses pydub.

pydub looks for ffmpeg in PATH when it is imported and warns where there is none; it is told ours first, and
what it warns of is known: its own syntax (invalid escapes) and the ``audioop`` that Python 3.13 dropped. Its
``from_file`` needs ffprobe for anything but WAV, so it gets raw samples of our own ffmpeg call instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mediaprep import ffmpeg
from mediaprep.kinds._quiet import quiet

RATE_HZ = 16_000
"""Samples a second of what is looked at: all of speech's band, and 32 kB a second."""

_SILENT_BELOW_DB = -50.0
"""Level under which nothing is heard on a phone, measured down from the whole track's own level at most 30 dB."""

_ALWAYS_HEARD = 32_768 * 10 ** (-30 / 20)
"""A root mean square over every threshold that follows from a level: of a track at full scale, it is at -30 dB."""

_KEPT_S = 0.15
"""Silence that stays at either end, so that no first consonant is cut."""

_FRAME_S = 0.02
_SPEECH_SHARE = 0.20
"""Share of 20 ms frames under half the mean level of their second, from which a track counts as speech: talk pauses
between syllables, music does not (Scheirer and Slaney, ICASSP 1997, "percentage of low-energy frames"). Measured
here: music 0.04 to 0.08, talk and single noises 0.29 to 0.60."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Where the sound begins and ends, in seconds of the stretch that was looked at."""

    length_s: float
    begin_s: float
    end_s: float
    speech: bool

    @property
    def silent(self) -> bool:
        """Whether there is nothing to be heard at all."""
        return self.end_s <= self.begin_s


def heard(samples: bytes) -> Heard:
    """Look at raw samples (16 bits, mono, ``RATE_HZ``)."""
    segment = _segment(samples)
    length_s = len(samples) / 2 / RATE_HZ
    level = float(segment.dBFS)
    if level == float("-inf") or not length_s:
        return Heard(length_s=length_s, begin_s=0.0, end_s=0.0, speech=False)
    threshold = max(_SILENT_BELOW_DB, level - 30.0) if level > _SILENT_BELOW_DB else level - 12.0
    begin = _leading(segment, threshold)
    end = length_s - _leading(segment.reverse(), threshold)
    return Heard(
        length_s=length_s,
        begin_s=max(0.0, begin - _KEPT_S),
        end_s=min(length_s, end + _KEPT_S),
        speech=_low_energy_share(samples) >= _SPEECH_SHARE,
    )


def loud(samples: bytes) -> bool:
    """Say whether raw samples hold 10 ms that are not cut as silence, however loud the rest of their track is."""
    import numpy as np

    size = RATE_HZ // 100
    wave = np.frombuffer(samples[: len(samples) // (2 * size) * 2 * size], dtype="<i2").astype(np.float32)
    return bool((np.sqrt((wave.reshape(-1, size) ** 2).mean(axis=1)) > _ALWAYS_HEARD).any())


def _segment(samples: bytes) -> Any:
    with quiet():
        from pydub import AudioSegment
    AudioSegment.converter = str(ffmpeg.binary())
    return AudioSegment(data=samples[: len(samples) // 2 * 2], sample_width=2, frame_rate=RATE_HZ, channels=1)


def _leading(segment: Any, threshold_db: float) -> float:
    """Give the seconds of silence before the first sound, to 10 ms."""
    with quiet():
        from pydub.silence import detect_leading_silence
    return float(detect_leading_silence(segment, silence_threshold=threshold_db, chunk_size=10)) / 1000


def _low_energy_share(samples: bytes) -> float:
    import numpy as np

    size = int(RATE_HZ * _FRAME_S)
    wave = np.frombuffer(samples, dtype="<i2").astype(np.float32)
    whole = len(wave) // (size * 50)
    if not whole:
        return 1.0
    frames = wave[: whole * 50 * size].reshape(whole, 50, size)
    levels = np.sqrt((frames * frames).mean(axis=2))
    loud = levels.mean(axis=1) > 30.0
    if not loud.any():
        return 0.0
    low = levels[loud] < 0.5 * levels[loud].mean(axis=1, keepdims=True)
    return float(low.mean())
