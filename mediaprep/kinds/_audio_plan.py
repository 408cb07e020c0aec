"""How sound is fitted: the codec that suits the rate, and the rate by closed form; one encode, mended once."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING

from mediaprep.encoders import SoundEncoder, Tone
from mediaprep.errors import AssetError
from mediaprep.kinds import Choice, Encoded, Plan, Step
from mediaprep.kinds import _unkept as unkeepable
from mediaprep.limits import Limits
from mediaprep.model import Finding, finding
from mediaprep.plugins import load

if TYPE_CHECKING:
    from mediaprep.kinds._audio_session import AudioSession

_ENCODERS = {"audio/mp4": "m4a_aac", "audio/mpeg": "mp3", "audio/amr": "amr_nb", "audio/ogg": "opus_ogg"}

_AIM, _FILLED, _FILLED_AGAIN = 0.99, 0.98, 0.97
"""Where an encode aims, and from where on a limit is full: in the middle, since an encoder may miss to either side. A
repeated one is content with less: encoders jump (ffmpeg's AAC from 39.0 to 40.3 and 39.4 KB within half a kilobit)."""

_ANY_CODEC_BPS = 128_000
"""From this rate on every codec sounds alike, and the one that the route prefers is taken."""

_SPEECH_BPS, _MUSIC_BPS = 15_000, 8_500
"""Below these AMR serves speech, and anything, better than AAC does."""

_TELEPHONE_HZ = 8_000
"""Samples a second of narrow-band telephony, which ends at 3.4 kHz (ITU-T G.711, G.712)."""

_INEXACT = ("aac", "mp3", "opus")
"""Codecs whose encoder misses its rate: by up to 10 % at low rates of speech. The next encode is asked for what is
missing."""

_LEAP = 1.6
"""How much more an encoder is asked for at once where it left bits unused."""

_DOUBT = 0.1
"""The share of a step between rates (MP3: 1 kb/s) by which a limit may be missed in what is foretold, so that the
step is tried all the same: where it is too much, what was made before stands."""

_LONG_S, _FORETOLD = 60.0, 0.5
"""From what length on a look at both ends is cheaper than listening to all, and the share of a length that is foretold
from the first 2,000 frames (50 s) which is believed: the mean rate of the rest would have to be twice theirs."""

_MOST_TURNS = 4
_LOSSY = ("aac", "mp3", "amr_nb", "opus")
_LOSSLESS = frozenset({"flac", "alac", "wavpack", "ape", "tta"})


def plan(session: AudioSession, limits: Limits) -> Plan:
    """Yield the encode that fills the target; where even the lowest rate is too much, without silence at the ends.

    Raises AssetError ``no_picture`` for a recording without a single sample.
    """
    if (session.cut.length_s or session.heard.length_s) <= 0:
        raise AssetError("no_picture", f"{session.source.name} holds no sound: it lasts 0 s")
    limit = limits.limit_bytes or session.info.size_bytes
    if session.info.media_type in limits.types and session.info.audio_codec in (limits.audio_codecs or _LOSSY):
        limit = min(limit, session.info.size_bytes)
    target = min(limits.target_bytes or limit, limit)
    if unkeepable.rate_decides(limits, length_s := session.cut.length_s or session.heard.length_s, limit):
        return (yield from _within_rate(session, limits, min(target, _most_bytes(limits, length_s, limit)), length_s))
    if _hopeless(session, limits, limit):
        return Choice(encoded=None, proposals=_proposals(session, limits, limit))
    warnings: tuple[Finding, ...] = ()
    if session.options.trim_silence and session.quiet_ends:
        warnings = (_trimmed(session, "as asked"),)
    laid_out = _laid_out(session, limits, target) or _laid_out(session, limits, limit)
    if laid_out is None:
        warnings = (_trimmed(session, "to make the limit"),)
        laid_out = _laid_out(session, limits, limit) if not session.heard.silent else None
    if laid_out is None:
        session.cut = session.asked
        return Choice(encoded=None, proposals=_proposals(session, limits, limit))
    encoder, tone, most = laid_out
    best, nearest = yield from _encoded(session, encoder, tone, most)
    if best is None:
        return Choice(encoded=None, nearest=nearest, proposals=_proposals(session, limits, limit))
    return Choice(encoded=best, warnings=(*warnings, *session.mix.warnings(tone.channels), *_narrowed(session, best)))


def _within_rate(session: AudioSession, limits: Limits, most: int, length_s: float) -> Plan:
    """Fill the bits in a second that a route takes: of these, silence that is cut leaves no more."""
    nearest: Encoded | None = None
    laid_out = _laid_out(session, limits, most)
    if laid_out is not None:
        encoder, tone, _ = laid_out
        best, nearest = yield from _encoded(session, encoder, tone, most)
        if best is not None:
            return Choice(encoded=best, warnings=(*session.mix.warnings(tone.channels), *_narrowed(session, best)))
    return Choice(
        encoded=None, violations=(unkeepable.of_rate(limits, length_s, nearest),), proposals=("a link to the whole",)
    )


def _most_bytes(limits: Limits, length_s: float, limit: int) -> int:
    """Give the bytes that a rate leaves, less what a rendition may be shorter than its asset."""
    return int(_AIM * (unkeepable.bytes_within(limits, length_s) or limit))


def _hopeless(session: AudioSession, limits: Limits, limit: int) -> bool:
    """Whether not even the lowest rate fits, silence at the ends left out: told without listening to all of it.

    What lies between two moments that are heard is never cut. Where they are is sure in containers with an index, times
    in their packets or plain samples; streams of bare frames are trusted with half of what their first frames foretell.
    """
    sure = _FORETOLD if session.clip.demuxer in {"mp3", "aac"} else 1.0
    if session.cut.length_s < _LONG_S or _some_fits(session, limits, limit, sure * session.cut.length_s):
        return False
    apart_s = sure * session.heard_apart_s()
    return apart_s > 0 and not _some_fits(session, limits, limit, apart_s)


def _some_fits(session: AudioSession, limits: Limits, limit: int, length_s: float) -> bool:
    return any(
        _fitting_tone(session, load("encoders", name), limits, limit, length_s) is not None
        for name in _delivered(limits)
    )


def _narrowed(session: AudioSession, best: Encoded) -> tuple[Finding, ...]:
    """Warn of sound that comes out as over a telephone and was more: sound has no score that would say so."""
    tone = best.step.tone
    if tone is None or tone.sample_rate_hz > _TELEPHONE_HZ or (session.info.sample_rate_hz or 0) <= _TELEPHONE_HZ:
        return ()
    rate = 8 * best.size_bytes / max(session.cut.length_s or session.heard.length_s, 0.01)
    rate_hz = tone.sample_rate_hz
    text = f"{rate / 1000:.1f} kb/s of {best.step.media_type} at {rate_hz:,} samples per second, as over a telephone"
    return (finding("telephone_sound", text, actual=rate_hz),)


def _trimmed(session: AudioSession, why: str) -> Finding:
    """Keep the stretch between the silence at the ends, and say so."""
    whole_s = session.cut.length_s
    session.cut = session.without_silence()
    text = f"silence at the ends was cut {why}: {session.cut.length_s:.1f} of {whole_s:.1f} s are left"
    return finding("silence_trimmed", text)


def _laid_out(session: AudioSession, limits: Limits, most: int) -> tuple[SoundEncoder, Tone, int] | None:
    """Choose among the codecs that are delivered the one that sounds best in ``most`` bytes."""
    length_s = session.cut.length_s or session.heard.length_s
    rate = 8 * most / length_s
    for name in _in_order(session, limits, rate):
        encoder: SoundEncoder = load("encoders", name)
        tone = _fitting_tone(session, encoder, limits, most, length_s)
        if tone is not None:
            return encoder, tone, most
    return None


def _delivered(limits: Limits) -> list[str]:
    names = [_ENCODERS[t] for t in limits.types or ("audio/mp4",) if t in _ENCODERS]
    return [n for n in names if not limits.audio_codecs or load("encoders", n).codec in limits.audio_codecs]


def _in_order(session: AudioSession, limits: Limits, rate_bps: float) -> tuple[str, ...]:
    names = _delivered(limits)
    if rate_bps >= _ANY_CODEC_BPS:
        return tuple(names)
    by_sound = ["opus_ogg", "m4a_aac", "mp3", "amr_nb"]
    if (
        "amr_nb" in names
        and "opus_ogg" not in names
        and (rate_bps < _MUSIC_BPS or (rate_bps < _SPEECH_BPS and session.heard.speech))
    ):
        by_sound = ["amr_nb", "m4a_aac", "mp3"]
    elif rate_bps < _SPEECH_BPS:
        by_sound = ["opus_ogg", "m4a_aac", "amr_nb", "mp3"]
    return tuple(name for name in by_sound if name in names)


def _fitting_tone(
    session: AudioSession, encoder: SoundEncoder, limits: Limits, most: int, length_s: float
) -> Tone | None:
    """Invert the closed form: the highest rate whose size is within ``most``."""
    info = session.info
    channels = min(info.channels or 2, limits.max_channels or 2)
    hertz = info.sample_rate_hz or 44_100
    # an encoder that spends less than it is asked for (MP3: 93 %) must be asked for more than there is
    low, high = 0.0, min(1.25 * 8 * most / length_s, _most_rate(session))
    best: Tone | None = None
    rate = high
    for _ in range(24):
        tone = encoder.tone(rate, channels=channels, sample_rate_hz=hertz)
        if tone is not None and encoder.size_bytes(tone, length_s) <= _aim(encoder) * most:
            best, low = tone, rate
            if rate == high:
                break
        elif tone is None:
            low = rate
        else:
            high = rate
        rate = (low + high) / 2
    if best is not None and limits.sample_rates_hz and best.sample_rate_hz not in limits.sample_rates_hz:
        lower = [hz for hz in limits.sample_rates_hz if hz <= best.sample_rate_hz]
        best = replace(best, sample_rate_hz=max(lower) if lower else min(limits.sample_rates_hz))
    return best


def _aim(encoder: SoundEncoder) -> float:
    """What comes in a few rates only is exact, or short by half a step; a continuous rate leaves room for a miss."""
    return 1.0 if encoder.codec in {"amr_nb", "opus"} or encoder.step_bps > 1 else _AIM


def _most_rate(session: AudioSession) -> float:
    """No rate above the source's own where that was coded lossily: it holds nothing more."""
    codec = session.info.audio_codec or ""
    own = session.info.audio_bit_rate_bps or session.info.bit_rate_bps
    if own is None or codec.startswith("pcm") or codec in _LOSSLESS:
        return 320_000.0
    return max(float(own), 12_200.0 * 1.1)


def _encoded(
    session: AudioSession, encoder: SoundEncoder, tone: Tone, most: int
) -> Generator[Step, Encoded, tuple[Encoded | None, Encoded | None]]:
    """Encode; once more where the encoder missed: over the limit, or short of it with a rate still to be had."""
    best: Encoded | None = None
    nearest: Encoded | None = None
    length_s = session.cut.length_s or session.heard.length_s
    made_of: dict[int, int] = {}
    for turn in range(_MOST_TURNS):
        made = yield Step(
            encoder=encoder.name, media_type=encoder.media_type, quality=tone.bit_rate_bps / 1000, tone=tone
        )
        made_of[tone.bit_rate_bps] = made.size_bytes
        if made.size_bytes > most:
            nearest = made
        elif best is None or made.size_bytes > best.size_bytes:
            if best is not None and _content(best, made):
                return made, nearest
            best = made
        if encoder.step_bps > 1:
            asked = _stepped(encoder, tone, made_of, most, length_s)
        else:
            asked = tone.bit_rate_bps * (_AIM - 0.003 * turn) * most / made.size_bytes
        full = _FILLED if turn == 0 or encoder.step_bps > 1 else _FILLED_AGAIN
        done = best is not None and (encoder.codec not in _INEXACT or best.size_bytes >= full * most)
        if done or (best is made and asked > min(_most_rate(session), _LEAP * tone.bit_rate_bps)):
            break
        other = encoder.tone(asked, channels=tone.channels, sample_rate_hz=tone.sample_rate_hz)
        if other is None or other.bit_rate_bps in made_of:
            break
        tone = replace(other, channels=tone.channels, sample_rate_hz=min(tone.sample_rate_hz, other.sample_rate_hz))
    return best, nearest


def _stepped(encoder: SoundEncoder, tone: Tone, made_of: dict[int, int], most: int, length_s: float) -> float:
    """Give the highest of a few rates that is expected to fit: what a step takes is told by two encodes, or foretold.

    A rate in proportion would be one step short where less than a whole one is missing in proportion: that left up to
    9 % of a limit unused.
    """
    rate, size = tone.bit_rate_bps, made_of[tone.bit_rate_bps]
    near = min((other for other in made_of if other != rate), key=lambda other: abs(other - rate), default=None)
    if near is None:
        more = replace(tone, bit_rate_bps=rate + encoder.step_bps)
        a_step = encoder.size_bytes(more, length_s) - encoder.size_bytes(tone, length_s)
    else:
        a_step = encoder.step_bps * (size - made_of[near]) / (rate - near)
    steps = math.floor((most - size) / max(a_step, 1.0) + _DOUBT)
    if size > most:
        steps = min(steps, -1)
    return float(rate + encoder.step_bps * steps)


def _content(before: Encoded, after: Encoded) -> bool:
    """Whether an encoder made less than half of the rate it was given more: it has what it needs for this sound."""
    assert before.step.quality is not None
    assert after.step.quality is not None
    asked, made = after.step.quality / before.step.quality - 1, after.size_bytes / before.size_bytes - 1
    return made < asked / 2


def _proposals(session: AudioSession, limits: Limits, limit: int) -> tuple[str, ...]:
    """Say how long a stretch would fit at a rate at which speech is well understood."""
    start = session.asked.start_s
    rate = 13_000 if "audio/amr" in limits.types else 24_000
    return (f"--trim {start:g}:{start + max(1, int(8 * limit / rate)):g}", "a link to the whole")
