"""What becomes of a sound's channels, measured by ffmpeg's own meters in what was written."""

import re
from dataclasses import replace

import pytest
from timed_media import LIMITS, make

import mediaprep
from mediaprep import ffmpeg, process
from mediaprep.kinds._sound_mix import Mono, chosen
from mediaprep.limits import Limits, Route
from mediaprep.model import KindName
from mediaprep.options import FitOptions

SOUND = Limits(kind=KindName.AUDIO, types=("audio/mpeg",), max_channels=2)
CLIP = Limits(kind=KindName.VIDEO, types=("video/mp4",), max_channels=2)
TONE = "0.3*sin(440*2*PI*t)"
TONE_DB = -13.5
MONO_BPS = 24_000
STEREO_BPS = 160_000


def sounding(path, channels, *coded, length_s=3):
    """Write a sound whose channels are the given expressions, in ffmpeg's usual layout for as many or a named one."""
    expressions, layout = channels
    plain = "mono" if len(expressions) == 1 else f"{len(expressions)}c"
    numbers = "|".join(str(at) for at in range(len(expressions)))
    numbered = "|".join(f"c{at}=c{at}" for at in range(len(expressions)))
    source = f"aevalsrc='{'|'.join(expressions)}':s=48000:d={length_s}"
    named = f"pan={layout}|{numbered}" if "." in layout or layout == "quad" else f"channelmap={numbers}:{layout}"
    filters = ("-af", named) if layout and layout != plain else ()
    return make(path, "-f", "lavfi", "-i", source, *filters, *coded, picture=False, sound=False)


def fitted(path, rate_bps, tmp_path, limits=SOUND, *, length_s=3):
    """Fit to about a rate; gives the outcome, and each channel's level and peak in decibels of full scale."""
    limit = round(rate_bps * length_s / 8)
    on = Route(name="t", folder="t", channel="mms", limits=(replace(limits, limit_bytes=limit, target_bytes=limit),))
    outcome = mediaprep.fit_many(path, [on], tmp_path / "out", FitOptions(effort="fast"), isolation="none")[0]
    assert outcome.output is not None, outcome.violations
    return outcome, levels(outcome.output)


def levels(path):
    """Give the level and the peak of each channel, silence at -200."""
    meter = "astats=measure_perchannel=RMS_level+Peak_level:measure_overall=none"
    args = [ffmpeg.binary(), "-hide_banner", "-nostdin", "-i", path, "-map", "0:a", "-af", meter, "-f", "null", "-"]
    told = process.run(args, limits=LIMITS, keep_stderr_bytes=100_000).stderr_tail
    peaks = re.findall(r"Peak level dB: (\S+)", told)
    means = re.findall(r"RMS level dB: (\S+)", told)
    return [(max(-200.0, float(mean)), max(-200.0, float(peak))) for mean, peak in zip(means, peaks, strict=True)]


@pytest.mark.parametrize(
    ("media_type", "rate_bps"),
    [("audio/mp4", 24_000), ("audio/mpeg", 24_000), ("audio/amr", 13_500), ("audio/ogg", 24_000)],
)
def test_sides_of_opposite_phase_are_heard_in_mono(media_type, rate_bps, tmp_path):
    """A microphone wired the wrong way round does not silence both: AAC, MP3, AMR and Opus keep the level."""
    path = sounding(tmp_path / "a.wav", ((TONE, f"-{TONE}"), ""))

    outcome, ((mean, _),) = fitted(path, rate_bps, tmp_path, replace(SOUND, types=(media_type,)))

    assert outcome.media_type == media_type
    assert mean == pytest.approx(TONE_DB, abs=3)  # AMR takes 2 dB off a tone
    assert not any(w.name == "sides_cancel" for w in outcome.warnings)  # nothing is lost


def test_a_clips_sound_of_opposite_phase_is_heard(tmp_path):
    """The sound of a clip is mixed as sound alone is."""
    path = make(
        tmp_path / "a.mp4", "-f", "lavfi", "-i", "testsrc2=s=160x120:r=15:d=3", "-f", "lavfi", "-i",
        f"aevalsrc='{TONE}|-{TONE}':s=44100:d=3", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac",
        "-b:a", "128k", picture=False, sound=False,
    )  # fmt: skip

    _, ((mean, _),) = fitted(path, 100_000, tmp_path, CLIP)

    assert mean == pytest.approx(TONE_DB, abs=1.5)


def test_a_clips_six_channels_are_two(tmp_path):
    """Left stays left, and the level is that of the matrix, with the clip's clock kept."""
    other = "0.1*sin(880*2*PI*t)"
    path = make(
        tmp_path / "a.mov", "-f", "lavfi", "-i", "testsrc2=s=64x48:r=5:d=3", "-f", "lavfi", "-i",
        f"aevalsrc='{TONE}|{other}|0|0|0|0':c=5.1:s=44100:d=3", "-c:v", "libx264", "-pix_fmt", "yuv420p",
        "-c:a", "pcm_s16le", picture=False, sound=False,
    )  # fmt: skip

    _, channels = fitted(path, 500_000, tmp_path, CLIP)

    assert [mean for mean, _ in channels] == pytest.approx([TONE_DB, TONE_DB - 9.5], abs=0.7)


def test_a_side_taken_alone_is_told(tmp_path):
    """Where the sides cancel for a part and differ in the rest, one is taken, and a warning says so."""
    turned = f"{TONE}*if(lt(t,1.5),1,-1)"
    path = sounding(tmp_path / "a.wav", ((TONE, turned), ""))

    outcome, ((mean, _),) = fitted(path, MONO_BPS, tmp_path)

    assert mean == pytest.approx(TONE_DB, abs=1.5)
    assert [w.code for w in outcome.warnings if w.name == "sides_cancel"] == ["MP444"]


def test_one_ear_alone_keeps_its_level(tmp_path):
    """A voice on one channel beside a dead one is as loud in mono as it was."""
    path = sounding(tmp_path / "a.wav", (("0.0001*sin(50*2*PI*t)", TONE), ""))

    outcome, ((mean, _),) = fitted(path, MONO_BPS, tmp_path)

    assert mean == pytest.approx(TONE_DB, abs=1)
    assert not any(w.name == "sides_cancel" for w in outcome.warnings)


ALIKE, APART, OPPOSITE = (1.0, 1.0, 1.0, 0.0), (1.0, 1.0, 0.5, 0.5), (1.0, 1.0, 0.0, 1.0)
LEFT, RIGHT, SILENCE = (1.0, 0.0, 0.25, 0.25), (0.0, 1.0, 0.25, 0.25), (0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("moments", "sides"),
    [
        ([], (0.5, 0.5)),
        ([SILENCE] * 9, (0.5, 0.5)),
        ([ALIKE] * 9, (0.5, 0.5)),
        ([APART] * 9, (0.5, 0.5)),
        ([LEFT] * 5 + [RIGHT] * 5, (0.5, 0.5)),
        ([LEFT] * 600 + [RIGHT], (0.5, 0.5)),
        ([LEFT] * 9, (1.0, 0.0)),
        ([RIGHT] * 9, (0.0, 1.0)),
        ([OPPOSITE] * 9, (0.5, -0.5)),
        ([OPPOSITE] * 9 + [APART] * 9, (0.5, -0.5)),
        ([OPPOSITE] * 9 + [ALIKE] * 9, (1.0, 0.0)),
        ([OPPOSITE] * 9 + [ALIKE] * 9 + [RIGHT], (0.0, 1.0)),
        ([OPPOSITE] + [ALIKE] * 99, (0.5, 0.5)),
        ([(1e-8, 1e-8, 0.0, 1e-8)] * 9, (0.5, 0.5)),
    ],
)  # fmt: skip
def test_how_mono_is_made(moments, sides):
    """The mean as a rule; one side where there is one only; what keeps most where the sides cancel."""
    how = chosen(moments)

    assert (how.left, how.right) == sides
    assert bool(how.lost) == (sides in {(1.0, 0.0), (0.0, 1.0)} and OPPOSITE in moments)


def test_what_is_the_same_in_both_keeps_its_level():
    """The usual mono is a mean."""
    assert Mono() == Mono(left=0.5, right=0.5, lost="")


@pytest.mark.parametrize("coded", [("-c:a", "pcm_s16le"), ("-c:a", "pcm_f32le"), ("-c:a", "flac")])
@pytest.mark.parametrize("rate_bps", [MONO_BPS, STEREO_BPS])
def test_a_level_does_not_depend_on_the_format_of_samples(coded, rate_bps, tmp_path):
    """5.1 with a voice in the centre alone: -3 dB in either of two channels, and the same in mono."""
    centre = ("0", "0", TONE, "0", "0", "0")
    suffix = "flac" if "flac" in coded else "wav"
    path = sounding(tmp_path / f"a.{suffix}", (centre, "5.1"), *coded)

    _, channels = fitted(path, rate_bps, tmp_path)

    assert len(channels) == (1 if rate_bps == MONO_BPS else 2)
    assert [mean for mean, _ in channels] == pytest.approx([TONE_DB - 3] * len(channels), abs=0.7)


@pytest.mark.parametrize("coded", [("-c:a", "pcm_s16le"), ("-c:a", "pcm_f32le")])
def test_two_alike_keep_their_level_in_mono(coded, tmp_path):
    """Left and right alike come out as loud as either was, whole numbers or not."""
    path = sounding(tmp_path / "a.wav", (("0.9*sin(440*2*PI*t)",) * 2, ""), *coded)

    _, ((mean, peak),) = fitted(path, MONO_BPS, tmp_path)

    assert mean == pytest.approx(TONE_DB + 9.5, abs=0.5)
    assert peak < 0.5


@pytest.mark.parametrize("rate_bps", [MONO_BPS, STEREO_BPS])
def test_a_loud_mix_stays_under_full_scale(rate_bps, tmp_path):
    """Six channels near full scale are held down, not clipped."""
    full = "0.9*sin(440*2*PI*t)"
    path = sounding(tmp_path / "a.wav", ((full, full, full, "0", full, full), "5.1"), "-c:a", "pcm_f32le")

    _, channels = fitted(path, rate_bps, tmp_path)

    assert all(-3 < peak < 0 for _, peak in channels)


@pytest.mark.parametrize(
    ("layout", "channels", "down_db"),
    [
        ("FR", (TONE,), 0),  # one microphone of a camera, a track for each
        ("BL+BR", (TONE, TONE), 0),
        ("FR+FL", ("0", TONE), 0),
        ("quad", ("0", "0", TONE, "0"), 3),  # what is on one side alone is as loud as it is
        ("", ("0", "0", TONE, "0", "0", "0"), 3),
        ("7.1", ("0", "0", TONE, "0", "0", "0", "0", "0"), 3),
        ("7.1", (TONE, TONE, "0", "0.9*sin(50*2*PI*t)", "0", "0", "0", "0"), 0),
    ],
)  # fmt: skip
def test_channels_are_heard_wherever_they_are(layout, channels, down_db, tmp_path):
    """Odd places, none, and the deep channel, which phones do not give: what is heard is known to half a decibel."""
    path = sounding(tmp_path / "a.wav", (channels, layout))

    _, ((mean, _),) = fitted(path, MONO_BPS, tmp_path)

    assert mean == pytest.approx(TONE_DB - down_db, abs=0.7)


def test_ambisonics_are_heard(tmp_path):
    """First-order ambisonics, which ffmpeg's matrix does not know, become two microphones."""
    path = sounding(
        tmp_path / "a.ogg", ((TONE, "0", "0", "0"), "4c"), "-c:a", "libopus", "-mapping_family", "2", "-b:a", "256k"
    )

    _, ((mean, _),) = fitted(path, MONO_BPS, tmp_path)

    assert mean == pytest.approx(TONE_DB - 3, abs=1)
