"""How a clip is fitted: real sound first, dimensions by content and bits, two turns at the rate that is left.

With x264's rate tolerance tightened the second turn lands within a few tenths of a percent, so one encode is
the rule. What is missing or over then is made good by the sound (ballast: it is cheap to encode anew), else by
one more second turn at a corrected rate.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING

from mediaprep.encoders import ClipEncoder
from mediaprep.kinds import Choice, Encoded, Foretelling, Plan, Step
from mediaprep.kinds import _clip_score as judged
from mediaprep.kinds import _unkept as unkeepable
from mediaprep.kinds import _video_drawn as drawn
from mediaprep.kinds import _video_ladder as rungs
from mediaprep.kinds import _video_sound as sounds
from mediaprep.kinds import _video_terms as asking
from mediaprep.kinds._video_ladder import Rung, Seen
from mediaprep.kinds._video_terms import Terms
from mediaprep.kinds._widened import widened
from mediaprep.limits import Limits
from mediaprep.model import Finding, finding

if TYPE_CHECKING:
    from mediaprep.kinds._video_session import VideoSession

_AIM, _AIM_AGAIN = 0.9955, 0.988
"""Where the first and the repeated second turn aim, as a share of what is left for the pictures."""

_FILLED, _SHORT = 0.99, 0.985
"""Where a repeated turn aims between two, and the share of the target under which the sound makes up for the rest: to
encode it anew and to wrap both again takes 0.2 CPU s, a tenth of a fit, and what it gains in bytes is not heard."""

_RICH_BPP, _SURE_BPP = 0.13, 0.25
"""Bits per pixel from which constant quality may end under the target (no rate is asked for then), and from which it
all but surely does: between the two a first turn is asked, which costs a third of an encode that is thrown away."""

_FINE_QUANTISER = 23.0
"""The first turn's quantiser under which constant quality takes fewer bits than there are."""

_POOR_BPS = 5_000
"""Under this nothing that moves can be recognised."""

_SMALL_WORK, _SMALL_FILLED = 5e6, 0.98
"""Pixels of all frames under which, without sound, a second turn is repeated where it left more than so much: rates
are kept less well over few frames, and what it takes is a third of a CPU second."""

_CHEAP_LOOK = 20e6
"""Pixels of all frames up to which a second look costs 0.2 CPU s at most."""

_LOOKED_DOWN = 2
"""How many rungs below small pictures a second look is: half of their pixels."""


def plan(session: VideoSession, limits: Limits) -> Plan:
    """Yield encodes until a clip within the target, or else within the limit, is there."""
    limit = limits.limit_bytes or session.info.size_bytes
    if _same_codec(session, limits):
        limit = min(limit, session.info.size_bytes)
    target = min(limits.target_bytes or limit, limit)
    encodes = drawn.Encodes(least_score=limits.floor_score if limit > target else 0.0)

    def within(most_bytes: int) -> Generator[Step, Encoded, tuple[Encoded | None, Encoded | None]]:
        found = yield from encodes.counted(_within(session, limits, encodes, most_bytes))
        encodes.least_score = 0.0  # of one search alone another follows
        return found

    best, nearest = yield from widened(within, target_bytes=target, limit_bytes=limit, floor_score=limits.floor_score)
    if best is None and limits.limit_bytes and limits.limit_bytes > limit:
        # a clip of a few kilobytes in a profile that phones lack: one that plays is worth more than its size
        most = min(limits.target_bytes or limits.limit_bytes, limits.limit_bytes)
        best, nearest = yield from within(most)
    encoder = asking.encoder_for(limits)
    least = _ladder(session, limits, encoder)[0]
    unkept = unkeepable.of_clip(limits, encoder, least, session.picture_s, limit, nearest) if best is None else None
    if unkept is not None:  # neither fewer seconds nor more bytes would help
        proposals: tuple[str, ...] = ("a still frame with a link to the clip",)
        return Choice(encoded=None, violations=(unkept,), proposals=proposals, warnings=_warnings(session, None))
    poor = best is None or (best.score or 0.0) < limits.warn_score
    proposals = _proposals(session, limit) if poor else ()
    return Choice(encoded=best, nearest=nearest, proposals=proposals, warnings=_warnings(session, best))


def _same_codec(session: VideoSession, limits: Limits) -> bool:
    info = session.info
    return (
        info.media_type in (limits.types or (info.media_type,))
        and info.video_codec == "h264"
        and not session.cut.start_s
    )


def _within(
    session: VideoSession, limits: Limits, encodes: drawn.Encodes, target: int
) -> Generator[Step, Encoded, tuple[Encoded | None, Encoded | None]]:
    """Give the best clip of at most ``target`` bytes, or the nearest one over it."""
    length_s = session.picture_s
    target = min(target, unkeepable.bytes_within(limits, length_s) or target)
    if 0.98 * 8 * target / length_s < _POOR_BPS:
        return None, None  # with a sound of no bytes, even: an hour's would have to be decoded to see that it has some
    encoder = asking.encoder_for(limits)
    sound, tone, sound_bytes = yield from sounds.encoded(session, limits, encoder, target)
    terms = Terms(encoder=encoder, target=target, length_s=length_s, sound=sound, tone=tone, sound_bytes=sound_bytes)
    rate = 0.98 * 8 * (target - sound_bytes) / length_s
    if rate < _POOR_BPS:
        return None, None
    ladder = _ladder(session, limits, encoder)
    if unkeepable.level_needed(limits, encoder, ladder[0]) is not None:
        return None, None
    plain = rung = rungs.chosen(ladder, rate)
    quantiser = None
    if not encoder.sizes:
        rung, quantiser = yield from _by_content(session, limits, terms, ladder, rate)
    brief = length_s < 1.0
    rich = rung is ladder[-1] and rung.bpp(rate) >= _RICH_BPP and (quantiser is None or quantiser < _FINE_QUANTISER)
    if rich and (brief or not limits.max_bit_rate_bps):
        made = yield asking.step_for(session, limits, terms, rung, None, tone)
        if made.size_bytes <= target:
            return _scored(session, limits, made), None
    if quantiser is not None and asking.clear(session, limits, rung, quantiser):
        terms = replace(terms, clear=True)
    # H.263's coarsest quantiser may still take more than the rate at one of its few sizes, and then the next one is
    # a quarter of it
    smaller = ladder[: ladder.index(plain)][::-1] if encoder.sizes and plain in ladder else ()
    best: Encoded | None = None
    nearest: Encoded | None = None
    for at in dict.fromkeys((rung, plain, *smaller)):
        best, nearest = yield from _two_turns(session, limits, terms, rung := at)
        if best is not None:
            break
    if best is not None and session.drawn and session.options.effort != "fast":
        tries = replace(terms, clear=False)
        best = yield from drawn.best(
            session, encodes, () if encoder.sizes else ladder, encoder.manners, rung, best,
            lambda at, how: _two_turns(session, limits, replace(tries, manner=how), at),
        )  # fmt: skip
    return best, nearest


def _ladder(session: VideoSession, limits: Limits, encoder: ClipEncoder) -> tuple[Rung, ...]:
    """Give the dimensions to choose from, the smallest first: those that the codec knows, where it knows few."""
    fps = asking.frame_rate(session, limits)
    width, height = session.size
    if encoder.sizes:
        return rungs.prescribed(width, height, fps, encoder.sizes, encoder.pixel_aspect, limits)
    return rungs.ladder(width, height, fps, limits)


def _by_content(
    session: VideoSession, limits: Limits, terms: Terms, ladder: tuple[Rung, ...], rate: float
) -> Generator[Step, Encoded, tuple[Rung, float | None]]:
    """Choose by what smaller dimensions would lose; the first turn may show that coding is easier or harder.

    Gives the rung and, where there was a first turn, the quantiser that is expected of it. The first turn at the rung
    that is kept serves the second; another one is made only for a clear gain.
    """
    rung = rung_for(session, ladder, rate)
    slowed = rung not in ladder
    first = ladder[0] if slowed else rung
    frames = round(terms.length_s * float(first.fps)) + 1
    wrapper = terms.encoder.overhead_bytes(frames, b_frames=asking.b_frames(limits), sound_frames=0)
    starved = slowed and rate - 8 * wrapper / terms.length_s < _POOR_BPS
    if starved or (rung is ladder[-1] and rung.bpp(rate) >= _SURE_BPP):
        return rung, None
    step = asking.step_for(session, limits, terms, first, int(0.98 * rate), None).to_learn()
    yield step
    quantiser = session.quantiser(step)
    if quantiser is None or (slowed and quantiser > rungs.USUAL_QUANTISER):
        return rung, None
    seen = Seen(rung=first, quantiser=quantiser)
    # that a clip is clear is believed of whole frames only: water was foretold 36.6 by smaller ones and took 43.4
    sure = session.looked_whole(step) and asking.clear(session, limits, first, quantiser)
    if quantiser >= rungs.COARSE_QUANTISER and not sure:
        seen = yield from _looked_again(session, limits, terms, ladder, step, seen)
    # slides and still screens: so few bits are enough for every frame, and for larger ones
    rung = rung_for(session, ladder, rate, seen, _gain_up(session, limits, seen))
    return rung, rungs.expected_quantiser(rung, rate, seen)


def _gain_up(session: VideoSession, limits: Limits, seen: Seen) -> float:
    """Give what more pixels must promise to be worth their CPU: for them the source is decoded once more."""
    rung = seen.rung
    if seen.quantiser >= rungs.COARSE_QUANTISER or asking.clear(session, limits, rung, seen.quantiser):
        return rungs.CLEAR_GAIN
    cheap = session.size[0] * session.size[1] <= rungs.DECODED_AGAIN * rung.width * rung.height
    return rungs.GAIN_UP if cheap else rungs.COSTLY_GAIN_UP


def _looked_again(
    session: VideoSession, limits: Limits, terms: Terms, ladder: tuple[Rung, ...], step: Step, seen: Seen
) -> Generator[Step, Encoded, Seen]:
    """Look a second time where a clip is coded coarsely, so that fewer pixels may be better: its own slope decides.

    By smaller frames alone two of 25 ladders (water, a clip of many scenes) were 7 points of phone VMAF farther behind;
    with the slope of most clips a crowd was 11 behind, at small pictures, of which whole frames had been looked at.
    Where a clip would keep its dimensions even if it were coded more coarsely, the look is saved (0.3 to 0.6 s of CPU),
    unless it is as cheap as that of the few frames that foretell the least.
    """
    assert step.picturing is not None
    told = session.per_octave(step)
    if told is not None:  # by another route's second look
        return replace(seen, per_octave=rungs.slope(told, seen.quantiser))
    rate = step.picturing.bit_rate_bps or 0
    if not session.looked_whole(step):
        coarser = seen.quantiser + rungs.DOUBT
        steeper = rungs.slope((terms.encoder.halving + rungs.DOUBT) / 2, coarser)
        doubted = replace(seen, quantiser=coarser, per_octave=steeper)
        costly = asking.work(seen.rung, terms) > _CHEAP_LOOK
        if costly and rung_for(session, ladder, rate, doubted, math.inf) == seen.rung:
            return seen
        yield replace(step, picturing=replace(step.picturing, whole=True))
        quantiser, told = session.quantiser(step) or seen.quantiser, session.per_octave(step)
        per_octave = seen.per_octave if told is None else rungs.slope(told, quantiser)
        return replace(seen, quantiser=quantiser, per_octave=per_octave)
    lower = ladder[max(0, ladder.index(seen.rung) - _LOOKED_DOWN)]
    if lower is seen.rung:
        return seen
    other = asking.step_for(session, limits, terms, lower, step.picturing.bit_rate_bps, None).to_learn()
    yield other
    finer = session.quantiser(other)
    octaves = math.log2(seen.rung.width * seen.rung.height / (lower.width * lower.height))
    return seen if finer is None else replace(seen, per_octave=max(0.0, (seen.quantiser - finer) / octaves))


def rung_for(
    session: VideoSession,
    ladder: tuple[Rung, ...],
    rate: float,
    seen: Seen | None = None,
    gain_up: float = rungs.CLEAR_GAIN,
) -> Rung:
    """Give the best rung at a rate; where nothing is known of the clip's detail, the one with enough bits a pixel.

    ``gain_up`` is what more pixels than were seen must promise.
    """
    if session.detail.blank:
        if seen is None:
            return rungs.chosen(ladder, rate)
        # idle content (slides, a still camera) leaves bits unused
        idle = seen.quantiser < rungs.CLEAR_QUANTISER
        enough = rungs.ENOUGH_BPP * 2 ** ((seen.quantiser - rungs.USUAL_QUANTISER) / 6)
        return rungs.chosen(ladder, rate, enough) if idle else seen.rung
    if seen is None or seen.quantiser < rungs.CLEAR_QUANTISER:
        return rungs.best(ladder, rate, lambda rung: session.detail.lost(rung.width, rung.height), seen)
    return rungs.better(
        ladder, rate, seen, lambda rung, coarse: session.detail.kept(rung.width, rung.height, coarse), gain_up
    )


def _two_turns(
    session: VideoSession, limits: Limits, terms: Terms, rung: Rung
) -> Generator[Step, Encoded, tuple[Encoded | None, Encoded | None]]:
    """Encode at the rate that is left; mend once by the sound, else by another rate."""
    frames = round(terms.length_s * float(rung.fps)) + 1
    rest = _left_for_pictures(session, limits, terms, frames)
    rate = _AIM * 8 * rest / terms.length_s
    nearest: Encoded | None = None
    best: Encoded | None = None
    refills = asking.MOST_TURNS if session.drawn else 1
    rates: dict[bool, tuple[float, int]] = {}
    for _ in range(asking.MOST_TURNS):
        if rate < _POOR_BPS / 2:
            break
        made = yield asking.step_for(session, limits, terms, rung, int(rate), terms.tone)
        if made.path is None:
            break
        if made.size_bytes > terms.target:
            nearest = made if nearest is None or made.size_bytes < nearest.size_bytes else nearest
        elif best is None or made.size_bytes > best.size_bytes:
            best = made
        if best is None or best.size_bytes < _SHORT * terms.target:
            best = yield from _mended(session, terms, made, best)
        small = rung.width * rung.height * frames <= _SMALL_WORK and refills > 0
        once = terms.tone is not None or not small  # another turn costs too much, or the sound has mended it
        if best is not None and (once or best.size_bytes >= _SMALL_FILLED * terms.target):
            break
        if any(made.size_bytes == known for _, known in rates.values()):
            break  # a film of few frames has few sizes, whatever rate is asked for
        refills -= 1  # whatever this one was: one more at most, of an animation's film as many as are tried
        rates[made.size_bytes > terms.target] = (rate, made.size_bytes)
        pictures = made.size_bytes - (terms.target - rest)
        rate = (
            _between(*rates[False], *rates[True], _FILLED * terms.target)
            if len(rates) > 1
            else (rate * _AIM_AGAIN * rest / max(pictures, 1.0))
        )
    return (_scored(session, limits, best), None) if best is not None else (None, nearest)


def _left_for_pictures(session: VideoSession, limits: Limits, terms: Terms, frames: int) -> float:
    """Give the bytes of the target that neither the sound nor the wrapper takes."""
    tone = terms.tone
    sound_frames = round(session.cut.length_s * tone.sample_rate_hz / 1024) if tone is not None else 0
    wrapper = terms.encoder.overhead_bytes(frames, b_frames=asking.b_frames(limits), sound_frames=sound_frames)
    own = _SOUND_WRAPPER_BYTES if tone is not None else 0
    return terms.target - max(0.0, terms.sound_bytes - own) - wrapper


_SOUND_WRAPPER_BYTES = 760
"""What a sound file of its own has for a wrapper, of which only the table of sizes comes along."""


def _mended(
    session: VideoSession, terms: Terms, made: Encoded, best: Encoded | None
) -> Generator[Step, Encoded, Encoded | None]:
    """Make good with the sound what the pictures left or took too much; give the best so far."""
    if terms.sound is None or terms.tone is None:
        return best
    other = sounds.ballast(session, terms.sound, terms.tone, terms.sound_bytes, terms.target, made.size_bytes)
    if other is None:
        return best
    yield sounds.step(terms.sound, other)
    mended = yield replace(made.step, tone=other)
    fits = mended.size_bytes <= terms.target
    return mended if fits and (best is None or mended.size_bytes > best.size_bytes) else best


def _between(low: float, low_bytes: int, high: float, high_bytes: int, wanted_bytes: float) -> float:
    """Give the rate between two that is expected to come to so many bytes."""
    share = (wanted_bytes - low_bytes) / max(high_bytes - low_bytes, 1)
    return low + min(max(share, 0.1), 0.9) * (high - low)


def _scored(session: VideoSession, limits: Limits, made: Encoded) -> Encoded:
    return replace(made, score=session.score(made, limits.view_long_edge), score_metric=judged.METRIC)


def _proposals(session: VideoSession, limit: int) -> tuple[str, ...]:
    """Say how long a stretch would look good, and what else would do."""
    length_s = session.cut.length_s
    good_s = 8 * limit / 120_000
    if good_s >= 0.9 * length_s:
        return ()
    start = session.cut.start_s
    return (f"--trim {start:g}:{start + max(1, int(good_s)):g}", "a still frame with a link to the clip")


def _warnings(session: VideoSession, best: Encoded | None) -> tuple[Finding, ...]:
    found = []
    if best is not None and session.laid_over[1]:
        found.append(finding("flattened_dark", "on white, what is visible would vanish: a dark background was taken"))
    if session.sound_lost:
        text = f"the sound cannot be decoded and was left out: {session.sound_lost}"
        return (*found, finding("sound_left_out", text))
    tone = best.step.tone if best is not None else None
    return (*found, *(session.mix.warnings(tone.channels) if tone is not None else ()))


def foretell(session: VideoSession, limits: Limits, sizes: tuple[int, ...]) -> Foretelling:
    """Foretell how clips of several sizes would look, from one first turn at the middle one.

    A rung's quantiser moves by 6 for every halving of its bits; what is foretold is the score's estimate.
    """
    length_s = session.picture_s
    encoder = asking.encoder_for(limits)
    fps = asking.frame_rate(session, limits)
    width, height = session.size
    ladder = rungs.ladder(width, height, fps, limits)
    rates = {size: _pictures_rate(session, size, length_s) for size in sizes}
    rate = rates[sizes[len(sizes) // 2]]
    if encoder.sizes or rate < _POOR_BPS:
        return ()
    rung = rung_for(session, ladder, rate)
    terms = Terms(encoder=encoder, target=0, length_s=length_s)
    step = asking.step_for(session, limits, terms, rung, int(rate), None).to_learn()
    yield step
    known = session.quantiser(step)
    if known is None:
        return ()
    points = []
    for size, own in rates.items():
        if own < _POOR_BPS:
            continue
        there = rung_for(session, ladder, own)
        quantiser = rungs.expected_quantiser(there, own, Seen(rung=rung, quantiser=known + 6 * math.log2(rate / own)))
        coded = (there.width, there.height)
        quantiser = min(max(quantiser, 1.0), 51.0)
        points.append((size, judged.estimate(quantiser, coded, session.size, limits.view_long_edge)))
    return tuple(points)


def _pictures_rate(session: VideoSession, size_bytes: int, length_s: float) -> float:
    """Give the rate that a clip of so many bytes leaves for its pictures."""
    total = 8 * size_bytes / length_s
    if session.clip.sound is None or session.sound_lost:
        return 0.98 * total
    return 0.98 * (total - sounds.share_bps(session, total))
