"""Picture and sound stay together: a flash and a beep of the same moment, decoded from the rendition on their own."""

import numpy as np
import pytest
from test_video_fit import fitted
from timed_media import LIMITS, make

from mediaprep import ffmpeg, process
from mediaprep.ffmpeg import Input, command
from mediaprep.options import Bounds

FLASH = "color=gray:s=96x64:r=25:d=3,drawbox=c=white:t=fill:enable='between(t,2,2.21)',noise=alls=9:allf=t"
BEEP = "aevalsrc='0.5*sin(1000*2*PI*t)*between(t,2,2.2)':s=48000:d=3"
LATE = ("-itsoffset", "0.96", "-ss", "0.96")

MPEG2 = ("-c:v", "mpeg2video", "-q:v", "4", "-g", "12", "-c:a", "mp2")
H264 = ("-c:v", "libx264", "-preset", "veryfast", "-g", "12", "-c:a", "aac")
VP8 = ("-c:v", "libvpx", "-deadline", "realtime", "-b:v", "300k", "-c:a", "libvorbis")

OTHERS = [
    ("a.ts", H264),
    ("a.mpg", MPEG2),
    ("a.ogv", ("-c:v", "libtheora", "-q:v", "8", "-c:a", "libvorbis")),
    ("a.mp4", H264),
    ("a.mkv", H264),
    ("a.avi", ("-c:v", "mpeg4", "-q:v", "4", "-c:a", "libmp3lame")),
    ("a.flv", ("-c:v", "flv", "-q:v", "4", "-c:a", "libmp3lame", "-ar", "44100")),
    ("a.wmv", ("-c:v", "wmv2", "-q:v", "4", "-c:a", "wmav2")),
]


def clip(path, *options, late=None):
    """Encode a flash and a beep at 2.0 s; the pictures or the sound begin 0.96 s after the other."""
    both = ("-f", "lavfi", "-i", FLASH, "-f", "lavfi", "-i", BEEP, "-c:v", "ffv1", "-g", "1", "-c:a", "pcm_s16le")
    base = make(path.parent / "base.mkv", *both, picture=False, sound=False)
    inputs = [
        *(LATE if late == "picture" else ()),
        "-i",
        str(base),
        *(LATE if late == "sound" else ()),
        "-i",
        str(base),
    ]
    return make(path, *inputs, "-map", "0:v", "-map", "1:a", *options, picture=False, sound=False)


def moments(path):
    """Give when a file flashes and when it beeps, in seconds of its own clock; each track is decoded alone."""
    shown = ("-map", "0:v:0", "-vf", "fps=100:start_time=0,scale=16:12,format=gray", "-f", "rawvideo")
    heard = ("-map", "0:a:0", "-af", "aresample=async=1:first_pts=0,aresample=8000", "-ac", "1", "-f", "s16le")
    pictures, sound = (
        process.run(
            [ffmpeg.binary(), "-v", "error", "-nostdin", "-i", path, *options, "-"],
            limits=LIMITS,
            max_stdout_bytes=10_000_000,
        ).stdout
        for options in (shown, heard)
    )
    light = np.frombuffer(pictures, np.uint8).reshape(-1, 192).mean(axis=1)
    loud = np.abs(np.frombuffer(sound, "<i2").astype(int)) > 3000
    return float((light > 180).argmax() / 100), float(loud.argmax() / 8000)


@pytest.mark.parametrize(
    ("name", "options"),
    [("a.ts", MPEG2), ("a.webm", VP8), *(pytest.param(*other, marks=pytest.mark.slow) for other in OTHERS)],
)
@pytest.mark.parametrize("late", ["picture", "sound"])
def test_a_flash_and_its_beep_stay_together_where_one_track_begins_later(name, options, late, tmp_path):
    """Broadcasts that are cut between key frames begin with sound alone; each moment stays where a player has it."""
    if (name, late) == ("a.avi", "sound"):
        pytest.skip("FFmpeg writes no start of a track into AVI")
    path = clip(tmp_path / name, *options, late=late)
    for trim, at_s in ((None, 2.0), ("1.5:2.8", 0.5)):
        outcome, _ = fitted(path, 40_000, tmp_path, trim=trim)
        assert moments(outcome.output) == pytest.approx((at_s, at_s), abs=0.07)  # of ASF both are 45 ms late
        assert not [warning for warning in outcome.warnings if warning.name == "salvaged"]


def test_a_clock_of_the_whole_file_reads_tracks_that_nothing_is_made_of(tmp_path):
    """They go nowhere, behind all outputs: statistics are named by the number of theirs."""
    source = Input(path=tmp_path / "a.ts", demuxer="mpegts", clocked_whole=True)
    sound = ffmpeg.Output(muxer="mp4", path=tmp_path / "a.m4a", options=("-map", "0:a:0"))
    args = command([source], [sound], bounds=Bounds())
    assert args[-9:] == ["-map", "0:v?", "-map", "0:a?", "-c", "copy", "-f", "null", "pipe:1"]


LATER = [("a.mkv", H264), ("a.webm", (*VP8, "-live", "1")), ("a.ogv", OTHERS[2][1]), ("a.mp4", H264)]


@pytest.mark.parametrize(
    ("name", "options"),
    [LATER[0], *(pytest.param(*other, marks=pytest.mark.slow) for other in LATER[1:])],
)
def test_a_clock_that_begins_at_another_time_makes_nothing_longer(name, options, tmp_path):
    """A recorder that keeps the time of day: of 3 s that begin at 5 all of the bytes are used, and none is missed."""
    path = clip(tmp_path / name, *options, "-output_ts_offset", "5")
    outcome, _ = fitted(path, 30_000, tmp_path)
    assert outcome.source.duration_s == pytest.approx(3.0, abs=0.1)
    assert outcome.size_bytes > 25_000
    assert not [warning for warning in outcome.warnings if warning.name == "salvaged"]
    assert moments(outcome.output) == pytest.approx((2.0, 2.0), abs=0.05)
