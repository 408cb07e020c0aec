"""Sound is fitted: one codec that suits the rate, the limit filled and never passed, silence kept unless it must go."""

import math
import re
import struct
import warnings
from dataclasses import replace
from pathlib import Path

import pytest
from afresh import afresh
from hypothesis import given, settings
from hypothesis import strategies as st
from timed_media import LIMITS, make

import mediaprep
from mediaprep import ffmpeg, process
from mediaprep.kinds import _audio_pcm as pcm
from mediaprep.kinds import identify
from mediaprep.limits import Limits, Route
from mediaprep.model import KindName, Treatment, Verdict
from mediaprep.options import Bounds, FitOptions
from mediaprep.plugins import load
from mediaprep.storage import open_source

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
MMS = Limits(
    kind=KindName.AUDIO,
    types=("audio/mpeg", "audio/mp4", "audio/amr"),
    audio_codecs=("mp3", "aac", "amr_nb"),
    max_channels=2,
)


def route(limit, **changes):
    """Give a route with a size limit for sound."""
    limits = replace(MMS, limit_bytes=limit, target_bytes=limit, **changes)
    return Route(name="test", folder="test", channel="mms", limits=(limits,))


def fitted(path, limit, tmp_path, *, trim=None, **changes):
    """Fit a sound and give the outcome and the facts of what was written."""
    on = route(limit, **changes)
    outcome = mediaprep.fit_many(path, [on], tmp_path / "out", FitOptions(trim=trim), isolation="none")[0]
    return outcome, afresh(outcome.output) if outcome.output else None


def wave(path, seconds_of_silence, seconds_of_tone, rate=8_000):
    """Write a WAV: silence, a tone, silence."""
    import math

    quiet = bytes(2 * rate * seconds_of_silence)
    tone = b"".join(
        struct.pack("<h", int(12_000 * math.sin(2 * math.pi * 440 * n / rate))) for n in range(rate * seconds_of_tone)
    )
    data = quiet + tone + quiet
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16,
                       b"data", len(data))  # fmt: skip
    path.write_bytes(head + data)
    return path


@pytest.mark.parametrize("limit", [50_000, 100_000, 250_000])
def test_music_fills_its_limit(limit, tmp_path):
    """AAC fills 98 to 100 % of what there is, for a quiet rate and a rich one."""
    outcome, info = fitted(SAMPLES / "music.mp3", limit, tmp_path, types=("audio/mp4",))

    assert outcome.done
    assert 0.98 * limit <= outcome.size_bytes <= limit
    assert info.audio_codec == "aac"
    assert not info.metadata
    assert outcome.score is None


@settings(max_examples=8, deadline=None)
@given(
    st.integers(15_000, 200_000),
    st.sampled_from([("audio/mpeg",), ("audio/mp4",), ("audio/amr",), ("audio/ogg",), MMS.types]),
)
def test_the_limit_is_never_passed(tmp_path_factory, limit, types):
    """Whatever the codec and the limit: what is written keeps it."""
    outcome, info = fitted(
        SAMPLES / "speech.wav", limit, tmp_path_factory.mktemp("sound"), trim="6", types=types, audio_codecs=()
    )

    if outcome.output is None:
        assert outcome.verdict == "cannot_fit"
    else:
        assert info.size_bytes <= limit
        assert info.media_type in types


def test_speech_in_few_bytes_becomes_amr(tmp_path):
    """At 10 kb/s speech is taken by the codec that was made for it, whose size is known to the byte."""
    outcome, info = fitted(SAMPLES / "speech.wav", 21_500, tmp_path)

    assert info.audio_codec == "amr_nb"
    tone = load("encoders", "amr_nb").tone(8 * 21_500 / 15.9, channels=1, sample_rate_hz=16_000)
    assert outcome.size_bytes == pytest.approx(load("encoders", "amr_nb").size_bytes(tone, info.duration_s), abs=64)


def test_sound_that_becomes_a_telephones_is_told(tmp_path):
    """What loses all above 4 kHz comes with a warning; what was narrow before, or keeps more, has none."""
    narrow = wave(tmp_path / "narrow.wav", 0, 5)

    music, _ = fitted(SAMPLES / "music.mp3", 20_000, tmp_path)
    richer, _ = fitted(SAMPLES / "music.mp3", 100_000, tmp_path)
    same, info = fitted(narrow, 5_000, tmp_path)

    assert "telephone_sound" in [w.name for w in music.warnings]
    assert info.sample_rate_hz == 8_000
    assert not {"telephone_sound"} & {w.name for w in (*richer.warnings, *same.warnings)}


def test_whatsapp_voice_is_opus_in_mono(tmp_path):
    """Where Ogg is delivered, low rates are Opus."""
    _, info = fitted(
        SAMPLES / "speech.wav", 30_000, tmp_path, types=("audio/ogg", "audio/mpeg"), audio_codecs=("opus", "mp3")
    )

    assert (info.media_type, info.audio_codec, info.channels) == ("audio/ogg", "opus", 1)


@pytest.mark.parametrize(("rate_bps", "length_s"), [(6_500, 0.9), (14_000, 2.0), (24_100, 5.01), (64_000, 3.3)])
def test_opus_is_known_to_the_byte(rate_bps, length_s, tmp_path):
    """At a constant rate in whole bytes a frame, the file's size is foretold exactly: one encode fills it."""
    encoder = load("encoders", "opus_ogg")
    tone = encoder.tone(rate_bps, channels=2, sample_rate_hz=44_100)
    path = tmp_path / "made.ogg"
    source = ffmpeg.Input(path=SAMPLES / "speech.wav", demuxer="wav", take_s=length_s)
    options = (*encoder.arguments(tone), "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact")

    ffmpeg.transcode(
        [source], [ffmpeg.Output(muxer="ogg", path=path, options=options)], bounds=Bounds(), file_bytes=10**6
    )

    assert path.stat().st_size == encoder.size_bytes(tone, length_s)


def test_tags_go_and_the_sound_stays(tmp_path):
    """An MP3 that fits loses its tags only; its frames stay, so it is never larger."""
    outcome, info = fitted(SAMPLES / "music.mp3", 2_000_000, tmp_path)

    assert outcome.treatment == "remux"
    assert outcome.size_bytes <= (SAMPLES / "music.mp3").stat().st_size
    assert not info.metadata


def test_a_stretch_is_kept_on_demand(tmp_path):
    """With --trim the stretch asked for is what is written; without it nothing is cut."""
    _, cut = fitted(SAMPLES / "speech.wav", 60_000, tmp_path / "a", trim="2:7")
    _, whole = fitted(SAMPLES / "speech.wav", 60_000, tmp_path / "b")

    assert cut.duration_s == pytest.approx(5.0, abs=0.12)
    assert whole.duration_s == pytest.approx(15.9, abs=0.15)


def test_a_stretch_behind_the_end_is_told_as_such(tmp_path):
    """Where nothing is left of a sound, its length is named; no decoder is blamed."""
    outcome, _ = fitted(SAMPLES / "speech.wav", 60_000, tmp_path, trim="100:105")

    says = "the asset lasts 15.89 s; --trim begins at 100 s"
    assert [(v.name, v.message) for v in outcome.violations] == [("nothing_left", says)]


def test_silence_goes_only_where_nothing_else_makes_the_limit(tmp_path):
    """Silence at the ends is cut, and said, when even the lowest rate would be too much; otherwise it stays."""
    path = wave(tmp_path / "tone.wav", 8, 3)
    small, cut = fitted(path, 7_000, tmp_path / "a")
    large, whole = fitted(path, 60_000, tmp_path / "b")

    assert "silence_trimmed" in [w.name for w in small.warnings]
    assert cut.duration_s == pytest.approx(3.3, abs=0.2)
    assert "silence_trimmed" not in [w.name for w in large.warnings]
    assert whole.duration_s == pytest.approx(19.0, abs=0.2)


def test_sound_that_breaks_off_is_told(tmp_path):
    """A FLAC states its length: where its transfer broke off, what could be decoded goes out with a warning."""
    whole = make(tmp_path / "whole.flac", picture=False)
    cut = tmp_path / "cut.flac"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])

    outcome, made = fitted(cut, 60_000, tmp_path)
    unharmed, _ = fitted(whole, 60_000, tmp_path)

    assert "salvaged" in [w.name for w in outcome.warnings]
    assert made.duration_s < 0.6 * outcome.source.duration_s
    assert "salvaged" not in [w.name for w in unharmed.warnings]


def test_silence_goes_when_asked(tmp_path):
    """With trim_silence the ends are cut though all would fit, and this is said; sound without them stays as it is."""
    on = route(60_000, types=("audio/wav", "audio/mp4"), audio_codecs=("pcm_s16le", "aac"))
    asked = FitOptions(trim_silence=True)
    quiet, full = wave(tmp_path / "a.wav", 2, 3), wave(tmp_path / "b.wav", 0, 3)
    cut = mediaprep.fit_many(quiet, [on], tmp_path / "a", asked, isolation="none")[0]
    kept = mediaprep.fit_many(full, [on], tmp_path / "b", asked, isolation="none")[0]

    assert afresh(cut.output).duration_s == pytest.approx(3.3, abs=0.2)
    assert "as asked" in next(w.message for w in cut.warnings if w.name == "silence_trimmed")
    assert kept.verdict == "fits"


def test_loudness_is_levelled_when_asked(tmp_path):
    """Speech comes to -16 LUFS within one unit, by one gain; no peak passes full scale."""
    options = FitOptions(loudness=True)
    on = route(200_000, types=("audio/mp4",))
    written = mediaprep.fit_many(SAMPLES / "speech.wav", [on], tmp_path / "out", options, isolation="none")[0].output
    measure = ["-nostdin", "-i", written, "-af", "ebur128=framelog=quiet:peak=true", "-f", "null", "-"]
    log = process.run([ffmpeg.binary(), *measure], limits=LIMITS, keep_stderr_bytes=50_000).stderr_tail

    assert float(re.findall(r"I: +(-?[0-9.]+) LUFS", log)[-1]) == pytest.approx(-16, abs=1.0)
    assert float(re.findall(r"Peak: +(-?[0-9.]+) dBFS", log)[-1]) < 0


def test_too_much_for_any_rate_is_said(tmp_path):
    """Where no codec goes low enough, the outcome proposes a stretch that would do."""
    outcome, _ = fitted(SAMPLES / "music.mp3", 5_000, tmp_path)

    assert outcome.verdict == "cannot_fit"
    assert any(text.startswith("--trim 0:") for text in outcome.proposals)


def test_speech_and_music_are_told_apart():
    """Talk pauses between syllables, music does not."""
    from mediaprep.kinds.audio import KIND

    def heard(name):
        source = open_source(SAMPLES / name, 10**9)
        _, form = identify(source)
        info = KIND.probe(source, form, Bounds())
        with KIND.open(source, info, FitOptions(), Bounds()) as session:
            return session.heard

    assert heard("speech.wav").speech
    assert not heard("music.mp3").speech


def test_a_recording_of_nothing_is_refused(tmp_path):
    """A WAV without a single sample is no sound to be fitted, and the outcome says so instead of blaming the limit."""
    outcome, _ = fitted(wave(tmp_path / "empty.wav", 0, 0), 300_000, tmp_path)

    assert outcome.verdict == "refused"
    assert [v.code for v in outcome.violations] == ["MP517"]


def test_nothing_is_heard_in_nothing():
    """Digital silence is silent, and so are no samples at all."""
    assert pcm.heard(bytes(2 * pcm.RATE_HZ)).silent
    assert pcm.heard(b"").silent


def test_pydub_is_quiet():
    """Loading and using pydub lets none of its known warnings through, though no ffmpeg stands in PATH."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not pcm.heard(b"\x00\x40\x00\xc0" * pcm.RATE_HZ).silent


@pytest.mark.parametrize(("name", "near"), [("m4a_aac", 0.02), ("mp3", 0.08)])
@pytest.mark.parametrize("rate_bps", [16_000, 24_000, 40_000, 64_000])
def test_what_an_encoder_spends_is_foretold(name, near, rate_bps, tmp_path):
    """The closed form counts whole frames, the lead-in and what an average rate leaves: within the encoder's whims."""
    encoder = load("encoders", name)
    tone = encoder.tone(rate_bps, channels=1, sample_rate_hz=44_100)
    path = tmp_path / f"sound.{encoder.suffix}"
    ffmpeg.transcode(
        [ffmpeg.Input(path=SAMPLES / "music.mp3", demuxer="mp3", take_s=4.0)],
        [ffmpeg.Output(muxer=encoder.muxer, path=path, options=("-map", "0:a:0", *encoder.arguments(tone)))],
        bounds=Bounds(),
        file_bytes=1_000_000,
    )

    assert path.stat().st_size == pytest.approx(encoder.size_bytes(tone, 4.0), rel=near)


def test_an_mp3_takes_the_highest_of_its_few_rates_that_fits(tmp_path):
    """LAME spends less than it is asked for: a rate above what the limit holds, and one step more, still fits."""
    outcome, _ = fitted(
        SAMPLES / "speech.wav", 30_000, tmp_path, trim="0:6", types=("audio/mpeg",), audio_codecs=("mp3",),
        max_channels=1,
    )  # fmt: skip

    assert 0.98 * 30_000 <= outcome.size_bytes <= 30_000
    assert 1000 * outcome.attempts[-1].quality > 8 * 30_000 / 6


@pytest.mark.parametrize("name", ["mp3", "m4a_aac", "amr_nb", "opus_ogg"])
@given(rate=st.floats(8_000, 200_000), channels=st.integers(1, 2))
def test_rates_are_whole_steps(name, rate, channels):
    """What an encoder can be asked for is a whole number of its steps, and never more than what there is."""
    encoder = load("encoders", name)
    tone = encoder.tone(rate, channels=channels, sample_rate_hz=44_100)

    assert tone is None or (tone.bit_rate_bps % encoder.step_bps == 0 and tone.bit_rate_bps <= math.ceil(rate))


def test_long_sound_that_can_never_fit_is_told_without_listening_to_all_of_it(tmp_path):
    """Two looks near the ends show that no silence there makes up for it; the verdict is as after a whole decode."""
    long = wave(tmp_path / "long.wav", 0, 300)
    outcome, _ = fitted(long, 60_000, tmp_path)
    assert [item.code for item in outcome.violations] == ["MP104"]
    assert outcome.proposals == ("--trim 0:36", "a link to the whole")
    source = open_source(long, 10**9)
    kind, form = identify(source)
    with kind.open(source, kind.probe(source, form, Bounds()), FitOptions(), Bounds()) as session:
        with pytest.raises(StopIteration):
            next(kind.plan(session, replace(MMS, limit_bytes=60_000, target_bytes=60_000)))
        assert "heard" not in vars(session)


def test_long_sound_between_silence_still_fits_by_it(tmp_path):
    """What is heard near one end only may be short enough: all of it is listened to, and silence goes."""
    outcome, made = fitted(wave(tmp_path / "a.wav", 140, 20), 60_000, tmp_path)
    assert any("silence at the ends was cut" in item.message for item in outcome.warnings)
    assert made.duration_s == pytest.approx(20.3, abs=0.2)


def test_a_program_stream_of_sound_alone_is_sound(tmp_path):
    """Some recorders write .mpg files without pictures: they are fitted as the sound that they are, and cut."""
    path = make(tmp_path / "a.mpg", "-c:a", "mp2", "-f", "mpeg", picture=False)
    outcome, made = fitted(path, 4_000, tmp_path, trim="0.2:0.8")
    assert outcome.kind == KindName.AUDIO
    assert made.duration_s == pytest.approx(0.6, abs=0.1)


def doubled(adts):
    """Say in each frame of plain AAC, as no header does, that its upper band is made from the lower one (SBR).

    A fill element with an extension of type 13 (ISO/IEC 14496-3 table 4.51) goes in front of the frame's end, which is
    the last three bits that are set.
    """
    frames, at = [], 0
    while at < len(adts):
        length = (adts[at + 3] & 3) << 11 | adts[at + 4] << 3 | adts[at + 5] >> 5
        header, body = bytearray(adts[at : at + 7]), adts[at + 7 : at + length]
        bits = "".join(f"{byte:08b}" for byte in body).rstrip("0").removesuffix("111")
        bits += "110" + "0001" + "1101" + "0000" + "111"
        body = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")
        new = len(body) + 7
        header[3:6] = header[3] & 0xFC | new >> 11, new >> 3 & 0xFF, (new & 7) << 5 | header[5] & 0x1F
        frames.append(bytes(header) + body)
        at += length
    return b"".join(frames)


def test_a_codec_that_only_decoding_tells_does_not_pass(tmp_path):
    """Plain AAC by its header, HE-AAC to the decoder: check and fit both know that it has to be made anew."""
    path = make(
        tmp_path / "a.aac", "-ar", "22050", "-ac", "1", "-c:a", "aac", "-b:a", "32k", "-f", "adts", picture=False
    )
    on = route(100_000, types=("audio/aac", "audio/mp4"))
    plain = mediaprep.fit_many(path, [on], tmp_path / "plain", isolation="none")[0]
    path.write_bytes(doubled(path.read_bytes()))
    outcome = mediaprep.fit_many(path, [on], tmp_path / "out", isolation="none")[0]

    assert plain.treatment == Treatment.PASSTHROUGH
    assert mediaprep.check(path, on, isolation="none").verdict == Verdict.NEEDS_FIT
    assert outcome.treatment == Treatment.TRANSCODE
    assert outcome.source.audio_codec == "aac_he"


def test_a_route_that_takes_few_bits_a_second_gets_no_more(tmp_path):
    """The rate is kept where a codec has one so low; where none has, it is named, and silence is not cut for it."""
    sound = wave(tmp_path / "tone.wav", 2, 6)

    outcome, info = fitted(sound, 300_000, tmp_path, max_bit_rate_bps=24_000)
    assert (outcome.verdict, info.duration_s >= 9.9) == ("fitted", True)
    assert 12_000 < 8 * outcome.size_bytes / info.duration_s <= 24_000

    outcome, _ = fitted(sound, 300_000, tmp_path, max_bit_rate_bps=3_000)
    (told,) = outcome.violations
    assert (told.code, told.limit, told.allowed) == ("MP104", "max_bit_rate_bps", 3_000)
    assert outcome.proposals == ("a link to the whole",)
    assert "silence_trimmed" not in [warning.name for warning in outcome.warnings]
