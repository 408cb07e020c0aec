"""Odd clips: whatever codec, colours, turns, paces and tracks, the rendition shows and sounds what the asset does."""

from fractions import Fraction

import numpy as np
import pytest
from test_video_fit import fitted
from timed_media import LIMITS, make

import mediaprep
from mediaprep import ffmpeg, process
from mediaprep.ffmpeg_log import Stream
from mediaprep.kinds._video_graph import chain
from mediaprep.kinds._video_ladder import Rung, frame_rate
from mediaprep.limits import Limits
from mediaprep.model import KindName, Verdict
from mediaprep.options import FitOptions

SIZE = (48, 32)
PICTURE = "testsrc2=size=160x120:rate=25:duration=1"


def frames(path, fps=5, filters=""):
    """Decode a file as any player does and give small frames, of red, green and blue, ``fps`` a second.

    The sound is read along: time 0 of a transport stream is where the first of the tracks begins that are read.
    """
    shape = f"fps={fps}:start_time=0,{filters}scale={SIZE[0]}:{SIZE[1]}:flags=area,format=rgb24"
    shown = ["-map", "0:v:0", "-vf", shape, "-f", "rawvideo", "-"]
    heard = ["-map", "0:v:0", "-map", "0:a?", "-c", "copy", "-f", "null", "-"]
    args = [ffmpeg.binary(), "-v", "error", "-nostdin", "-i", path, *shown, *heard]
    finished = process.run(args, limits=LIMITS, max_stdout_bytes=10_000_000)
    return np.frombuffer(finished.stdout, np.uint8).reshape(-1, SIZE[1], SIZE[0], 3).astype(float)


def likeness(one, other):
    """Give the peak signal-to-noise ratio of the least alike pair of frames, in decibels."""
    assert len(one) == len(other)
    return min(10 * np.log10(65_025 / max(((a - b) ** 2).mean(), 0.01)) for a, b in zip(one, other, strict=True))


def samples(path):
    """Decode the sound to 8 kHz mono."""
    args = [ffmpeg.binary(), "-v", "error", "-nostdin", "-i", path, "-map", "0:a:0", "-ac", "1", "-ar", "8000"]
    finished = process.run([*args, "-f", "s16le", "-"], limits=LIMITS, max_stdout_bytes=10_000_000)
    return np.frombuffer(finished.stdout, "<i2").astype(float)


def clip(path, *options, picture=PICTURE, sound=True):
    """Encode a second of test picture and sound."""
    inputs = ["-f", "lavfi", "-i", picture]
    inputs += ["-f", "lavfi", "-i", "sine=frequency=440:duration=1"] if sound else []
    return make(path, *inputs, *options, picture=False, sound=False)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.mp4", ("-c:v", "libx265", "-x265-params", "log-level=none:pools=1", "-c:a", "aac")),
        ("a.mkv", ("-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-x265-params", "log-level=none:pools=1")),
        ("a.mov", ("-c:v", "libx264", "-pix_fmt", "yuv422p10le", "-c:a", "pcm_s24le")),
        ("a.webm", ("-c:v", "libvpx", "-b:v", "600k", "-c:a", "libvorbis")),
        ("a.webm", ("-c:v", "libvpx-vp9", "-b:v", "600k", "-cpu-used", "8", "-c:a", "libopus")),
        ("a.mp4", ("-c:v", "libaom-av1", "-cpu-used", "8", "-b:v", "600k", "-c:a", "libopus")),
        ("a.avi", ("-c:v", "mpeg4", "-q:v", "3", "-c:a", "libmp3lame")),
        ("a.mkv", ("-c:v", "mpeg4", "-q:v", "3", "-bf", "2", "-c:a", "ac3")),
        ("a.3gp", ("-vf", "scale=176:144", "-c:v", "h263", "-q:v", "3", "-c:a", "libopencore_amrnb", "-ar", "8000")),
        ("a.mov", ("-c:v", "prores_ks", "-c:a", "pcm_s16le")),
        ("a.mov", ("-c:v", "prores_ks", "-pix_fmt", "yuva444p10le", "-c:a", "pcm_s16le")),
        ("a.avi", ("-c:v", "mjpeg", "-q:v", "3", "-c:a", "pcm_s16le")),
        ("a.mov", ("-c:v", "qtrle", "-c:a", "pcm_s16le")),
        ("a.mpg", ("-c:v", "mpeg1video", "-q:v", "3", "-c:a", "mp2")),
        ("a.mpg", ("-c:v", "mpeg2video", "-q:v", "3", "-flags", "+ildct+ilme", "-c:a", "mp2", "-f", "vob")),
        ("a.ts", ("-c:v", "mpeg2video", "-q:v", "3", "-c:a", "mp2")),
        ("a.ts", ("-c:v", "libx264", "-c:a", "aac")),
        ("a.wmv", ("-c:v", "wmv2", "-q:v", "3", "-c:a", "wmav2")),
        ("a.flv", ("-c:v", "flv", "-q:v", "3", "-c:a", "libmp3lame")),
        ("a.ogv", ("-c:v", "libtheora", "-q:v", "9", "-c:a", "libvorbis")),
        ("a.mkv", ("-c:v", "ffv1", "-c:a", "flac")),
    ],
    ids=lambda value: value if isinstance(value, str) else value[1],
)
def test_every_codec_is_fitted_whole(tmp_path, name, options):
    """Picture by picture what the asset shows, from its first frame to its last, with its sound."""
    path = clip(tmp_path / name, *options, "-ac", "1")
    outcome, info = fitted(path, 60_000, tmp_path, types=("video/mp4",), video_codecs=("h264",), audio_codecs=("aac",))

    assert outcome.size_bytes <= 60_000
    assert (info.video_codec, info.pixel_format, info.audio_codec) == ("h264", "yuv420p", "aac")
    assert likeness(frames(path), frames(outcome.output)) > 24
    assert len(samples(outcome.output)) == pytest.approx(len(samples(path)), abs=1200)


@pytest.mark.parametrize(
    "turn",
    [
        ("-display_rotation", "90"),
        ("-display_rotation", "180"),
        ("-display_rotation", "270"),
        ("-display_hflip",),
        ("-display_vflip",),
        ("-display_rotation", "90", "-display_hflip"),
    ],
    ids=" ".join,
)
def test_every_turn_and_flip_is_in_the_pixels(tmp_path, turn):
    """A player that knows nothing of turns shows the rendition as one that does shows the asset."""
    plain = clip(tmp_path / "plain.mp4", "-c:v", "libx264", sound=False)
    path = make(tmp_path / "turned.mp4", *turn, "-i", str(plain), "-c", "copy", picture=False, sound=False)
    outcome, info = fitted(path, 20_000, tmp_path)

    assert info.rotation_deg == 0
    assert (info.width > info.height) is (turn[:2] not in {("-display_rotation", "90"), ("-display_rotation", "270")})
    assert likeness(frames(path), frames(outcome.output)) > 24


@pytest.mark.parametrize(
    "told", ["bt2020nc", "bt2020nc:color_primaries=unknown:color_trc=unknown"], ids=["all named", "the matrix alone"]
)
def test_colours_of_wide_screens_are_those_of_plain_ones(tmp_path, told):
    """BT.2020 without HDR is converted, as far as it is named: as it is, its colours would look pale."""
    source = "gradients=size=160x120:c0=red:c1=lime:c2=blue:n=3:seed=1:duration=1:rate=25"
    plain = f"{source},setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
    wide = f"{source},format=yuv444p,setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
    to_wide = f"{wide},zscale=p=bt2020:t=bt2020-10:m=bt2020nc:r=tv,format=yuv420p10le,setparams=colorspace={told}"
    other = clip(tmp_path / "wide.mkv", "-c:v", "ffv1", picture=to_wide, sound=False)
    small, info = fitted(other, 30_000, tmp_path)
    shown = frames(small.output).reshape(-1, 3)
    meant = frames(clip(tmp_path / "plain.mkv", "-c:v", "ffv1", picture=plain, sound=False)).reshape(-1, 3)

    assert not info.hdr
    assert (shown.max(1) - shown.min(1)).mean() == pytest.approx((meant.max(1) - meant.min(1)).mean(), rel=0.08)


def test_a_pace_that_changes_keeps_every_moment_in_its_place(tmp_path):
    """Half at 8 and half at 25 frames a second: nothing drifts, and the quick half is shown as quick as it is."""
    slow_then_quick = "testsrc2=size=160x120:rate=25:duration=2,select='if(lt(t,1),not(mod(n,3)),1)'"
    path = clip(tmp_path / "a.mp4", "-fps_mode", "vfr", "-c:v", "libx264", picture=slow_then_quick, sound=False)
    outcome, info = fitted(path, 60_000, tmp_path)

    assert info.fps == pytest.approx(25)
    assert info.duration_s == pytest.approx(2.0, abs=0.05)
    assert likeness(frames(path, fps=25)[-20:], frames(outcome.output, fps=25)[-20:]) > 24


def test_a_clip_of_next_to_no_bytes_is_made_playable(tmp_path):
    """In a profile that phones lack, one that plays may be larger than the asset: else there would be none at all."""
    picture = "color=gray:size=2x2:rate=1:duration=2,format=yuv444p"
    path = clip(
        tmp_path / "a.mp4", "-c:v", "libx264", "-bsf:v", "filter_units=remove_types=6", picture=picture, sound=False
    )
    outcome, info = fitted(path, 60_000, tmp_path)

    assert outcome.verdict == "fitted"
    assert info.pixel_format == "yuv420p"


def test_a_screen_that_stands_still_keeps_its_frames_and_lines(tmp_path):
    """So few bits would mean every second frame of the smallest picture, if the content did not need fewer still."""
    path = clip(tmp_path / "a.mkv", "-c:v", "ffv1", picture="smptebars=size=480x270:rate=25:duration=20", sound=False)
    outcome, info = fitted(path, 30_000, tmp_path)

    assert outcome.size_bytes <= 30_000
    assert info.fps == pytest.approx(25)
    assert info.height > 144


@pytest.mark.parametrize(
    ("quick_fps", "rate"), [(25.0, 25), (31.2, 30), (60.0, 30), (12.0, 17), (None, 17), (900.0, 30)]
)
def test_a_changing_pace_is_shown_at_its_quickest(quick_fps, rate):
    """At its mean of 16.7 the frames of a quick stretch would be lost; a trembling clock counts as what it means."""
    shown = frame_rate(16.7, variable=True, limits=Limits(kind=KindName.VIDEO), quick_fps=quick_fps)

    assert shown == rate


def test_late_sound_stays_late(tmp_path):
    """Sound that begins after the pictures is heard at its moment, behind silence."""
    plain = clip(tmp_path / "plain.mp4", "-c:v", "libx264", "-c:a", "aac")
    late = ("-i", str(plain), "-itsoffset", "0.5", "-i", str(plain), "-map", "0:v", "-map", "1:a", "-c", "copy")
    path = make(tmp_path / "late.mp4", *late, picture=False, sound=False)
    outcome, _ = fitted(path, 25_000, tmp_path)
    begins = np.argmax(np.abs(samples(outcome.output)) > 500) / 8000

    assert outcome.treatment == "transcode"
    assert begins == pytest.approx(0.5, abs=0.05)


def test_of_several_sounds_the_one_meant_is_heard(tmp_path):
    """The track that is marked as the default is taken, and no other comes along."""
    tracks = ("-f", "lavfi", "-i", "sine=frequency=1000:duration=1", "-map", "0:v", "-map", "1:a", "-map", "2:a")
    marks = ("-disposition:a:0", "0", "-disposition:a:1", "default", "-c:v", "libx264", "-c:a", "aac")
    path = clip(tmp_path / "two.mp4", *tracks, *marks)
    outcome, info = fitted(path, 25_000, tmp_path)
    wave = samples(outcome.output)
    loudest_hz = np.argmax(np.abs(np.fft.rfft(wave))) * 8000 / len(wave)

    assert info.audio_tracks == 1
    assert loudest_hz == pytest.approx(1000, abs=10)


def test_dolby_vision_without_a_common_base_is_refused(tmp_path):
    """Its colours are for Dolby's decoders alone; green and purple pictures are never sent."""
    path = clip(
        tmp_path / "a.mp4", "-c:v", "libx265", "-x265-params", "log-level=none:pools=1", "-tag:v", "hvc1", sound=False
    )
    data = path.read_bytes()
    at = data.index(b"pasp") - 4
    assert data[at + 20 : at + 24] == b"btrt"
    # profile 5, level 1, RPU and base layer, compatibility 0; 12 bytes longer than needed: the room of two boxes
    record = b"\x00\x00\x00\x24dvcC" + bytes([1, 0, 5 << 1, 1 << 3 | 0b101, 0]) + bytes(23)
    path.write_bytes(data[:at] + record + data[at + 36 :])
    outcome = mediaprep.fit(path, mediaprep.route("us"), isolation="none", options=FitOptions(max_bytes=5_000))
    checked = mediaprep.check(path, mediaprep.route("us"), isolation="none")

    for found in (outcome, checked):
        assert found.verdict == Verdict.REFUSED
        assert "Dolby Vision" in found.violations[0].message


def test_loudness_is_levelled_when_asked_only(tmp_path):
    """A quiet clip comes to -16 LUFS with --loudness and keeps its level without; its pictures stay as good."""
    path = clip(tmp_path / "quiet.mp4", "-af", "volume=-20dB", "-t", "1", "-c:v", "libx264", "-c:a", "aac")
    on = mediaprep.route("us")
    as_is = mediaprep.fit(path, on, tmp_path / "a.mp4", isolation="none")
    loud = mediaprep.fit(path, on, tmp_path / "b.mp4", isolation="none", options=FitOptions(loudness=True))
    level = {o.output: np.sqrt((samples(o.output) ** 2).mean()) for o in (as_is, loud)}

    assert level[as_is.output] < 400
    # a sine of 440 Hz at -16 LUFS has a level of -15.4 dB below full scale, as a root mean square
    assert level[loud.output] == pytest.approx(32_768 * 10 ** (-15.4 / 20), rel=0.12)


def test_hdr_in_full_range_is_not_washed_out():
    """The scaler brings every range to the narrow one before light is made of it."""
    stream = picture_stream(transfer="smpte2084", matrix="bt2020nc")
    filters = chain(stream, Rung(width=96, height=64, fps=Fraction(25)))

    assert filters.index("out_range=tv") < filters.index("zscale")


def picture_stream(**facts):
    """Make a picture stream as ffmpeg's log names it."""
    return Stream(index=0, kind="video", codec="hevc", width=96, height=64, **facts)


def test_a_blink_is_fitted_for_old_phones(tmp_path):
    """A third of a second keeps a class's bit rate as a second does: the wrapper alone would pass it."""
    path = clip(tmp_path / "a.mp4", "-t", "0.3", "-c:v", "libx264", "-c:a", "aac")
    outcome = mediaprep.fit(path, mediaprep.route("video_basic"), tmp_path / "a.3gp", isolation="none")

    assert outcome.verdict == Verdict.FITTED
    assert outcome.size_bytes <= 8_000


def bar(width, height):
    """Give the source of a bar that moves from field to field: woven frames have combs at its edges."""
    moving = f"drawbox=c=white:w={width // 6}:h={height}:x=0:y=0:t=fill,scroll=h=-0.03"
    return f"color=black:s={width}x{height}:r=50:d=0.6,{moving},tinterlace=interleave_bottom,setfield=bff"


def combs(path, width, height):
    """Give the mean difference of a line's brightness from that of its two neighbours."""
    args = [ffmpeg.binary(), "-v", "error", "-nostdin", "-i", path, "-pix_fmt", "gray", "-f", "rawvideo", "-"]
    shown = np.frombuffer(process.run(args, limits=LIMITS, max_stdout_bytes=20_000_000).stdout, np.uint8)
    lines = shown.reshape(-1, height, width).astype(int)
    return np.abs(2 * lines[:, 1:-1] - lines[:, :-2] - lines[:, 2:]).mean()


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.avi", ("-c:v", "mpeg4", "-q:v", "2", "-flags", "+ildct+ilme")),
        ("a.mov", ("-c:v", "mjpeg", "-q:v", "2")),
        ("dv.avi", ("-c:v", "dvvideo", "-pix_fmt", "yuv420p")),
        pytest.param("a.mp4", ("-c:v", "mpeg4", "-q:v", "2", "-flags", "+ildct+ilme"), marks=pytest.mark.slow),
        pytest.param("a.mkv", ("-c:v", "ffvhuff"), marks=pytest.mark.slow),
        pytest.param("a.ts", ("-c:v", "libx264", "-flags", "+ildct+ilme"), marks=pytest.mark.slow),
    ],
)
def test_fields_are_taken_apart_wherever_it_is_told_that_there_are_any(tmp_path, name, options):
    """By the container alone, or by the frames alone, as of DV in AVI: no edge that moves is combed."""
    size = (720, 576) if name == "dv.avi" else (176, 144)
    path = clip(tmp_path / name, *options, picture=bar(*size), sound=False)
    outcome, _ = fitted(path, 60_000, tmp_path)
    assert combs(path, *size) > 4
    assert combs(outcome.output, outcome.width, outcome.height) < 1


def test_bursts_are_shown_at_their_own_pace_in_matroska_too(tmp_path):
    """A recording of a screen: still, then thirty frames a second, of which its mean rate would leave one in ten."""
    bursts = "testsrc2=size=160x120:rate=30:duration=4,select='lt(n,10)+between(n,100,103)+eq(n,115)'"
    path = clip(tmp_path / "a.mkv", "-fps_mode", "vfr", "-c:v", "libx264", picture=bursts, sound=False)
    _, info = fitted(path, 60_000, tmp_path)
    assert info.fps == pytest.approx(30)


def test_a_clip_of_two_frames_has_a_poster(tmp_path):
    """The filter that looks for the most telling frame takes two at least; there may be one."""
    for fps, length in ((1, 2), (25, 0.04)):
        slow = f"testsrc2=size=160x120:rate={fps}:duration={length}"
        path = clip(tmp_path / f"{fps}.mp4", "-c:v", "libx264", "-pix_fmt", "yuv420p", picture=slow, sound=False)
        outcome, _ = fitted(path, 20_000, tmp_path, poster=True)
        assert [companion.role for companion in outcome.companions] == ["poster"]


def test_a_clip_too_short_for_the_route_cannot_fit(tmp_path):
    """Nothing makes it longer: that is said of the asset, before any work, and is no fault of ours."""
    path = clip(tmp_path / "a.mp4", "-t", "0.2", "-c:v", "libx264", sound=False)
    outcome, _ = fitted(path, 10_000, tmp_path, min_duration_s=1.0)
    assert outcome.verdict is Verdict.CANNOT_FIT
    assert "too_short" in {violation.name for violation in outcome.violations}
    cut, _ = fitted(clip(tmp_path / "b.mp4", "-c:v", "libx264"), 10_000, tmp_path, min_duration_s=0.9, trim="0:0.5")
    assert cut.verdict is Verdict.CANNOT_FIT
