"""Cuts inside a clip: the rendition shows and sounds what the asset does at that moment, in any container."""

import numpy as np
import pytest
from test_video_fit import fitted
from test_video_odd import frames, samples
from timed_media import PICTURE, make

from mediaprep.ffmpeg import Input, command
from mediaprep.kinds._clip import Clip, Picture
from mediaprep.kinds._clip_cut import lead_s
from mediaprep.model import Verdict
from mediaprep.options import Bounds

RAMP = "color=black:s=64x64:r=25:d=13,format=yuv420p,geq=lum='20+N*0.6':cb=128:cr=128"
"""Frames that get brighter by 0.6 of 255 levels each, so that a frame's level tells its time."""

BEEPS = "aevalsrc='0.6*sin(2*PI*700*t)*lt(mod(t,1),0.5)':s=16000:d=13"
"""A beep in the first half of every second."""

GOP = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "12", "-g", "1000", "-sc_threshold", "0", "-c:a", "aac")


def ramp(path, *options):
    """Encode the ramp and the beeps."""
    return make(path, "-f", "lavfi", "-i", RAMP, "-f", "lavfi", "-i", BEEPS, *options, picture=False, sound=False)


def times(path):
    """Give when the frames of a rendition (five a second) were shown in the ramp, in seconds."""
    levels = frames(path).mean(axis=(1, 2, 3))
    return ((levels * 219 / 255 + 16) - 20) / 0.6 / 25


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.ts", (*GOP, "-output_ts_offset", "100")),
        pytest.param(
            "a.mpg",
            ("-c:v", "mpeg2video", "-q:v", "2", "-g", "300", "-c:a", "mp2", "-ar", "44100"),
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_cut_between_rare_key_frames_shows_what_the_clip_does_then(name, options, tmp_path):
    """Containers without an index are sought in by time alone; what is before the next key frame is there too."""
    clip = ramp(tmp_path / name, *options)
    for start in (3, 10.5):
        outcome, _ = fitted(clip, 60_000, tmp_path, trim=f"{start}:{start + 2}")
        shown = times(tmp_path / outcome.output)
        assert len(shown) == 10
        assert np.abs(shown - (start + np.arange(10) / 5)).max() < 0.15


@pytest.mark.slow
def test_parts_with_clocks_of_their_own_are_cut_by_the_time_that_a_player_counts(tmp_path):
    """Two streams joined end to end: a cut in the second shows that one."""
    part = ramp(tmp_path / "part.ts", *GOP)
    joined = tmp_path / "joined.ts"
    joined.write_bytes(2 * part.read_bytes())
    outcome, _ = fitted(joined, 60_000, tmp_path, trim="15:17")
    assert np.abs(times(tmp_path / outcome.output) - (2 + np.arange(10) / 5)).max() < 0.2


def test_a_cut_in_a_clip_whose_edit_list_skips_media_keeps_its_beep(tmp_path):
    """What the edit list leaves out at the start is not thrown away once more where the cut begins."""
    open_gop = "open-gop=1:keyint=75:min-keyint=75:scenecut=0:bframes=3"
    whole = ramp(tmp_path / "whole.mp4", "-c:v", "libx264", "-x264-params", open_gop, "-crf", "12", "-c:a", "aac")
    clip = make(tmp_path / "a.mp4", "-ss", "2.48", "-i", str(whole), "-c", "copy", picture=False, sound=False)
    outcome, _ = fitted(clip, 60_000, tmp_path, trim="3.5:5.5")
    loud = np.abs(samples(tmp_path / outcome.output))
    assert np.abs(times(tmp_path / outcome.output) - (5.98 + np.arange(10) / 5)).max() < 0.15
    assert loud[400:3600].mean() > 1000
    assert loud[4800:7600].mean() < 100


def test_a_bare_stream_is_not_cut_at_a_guess(tmp_path):
    """MPEG pictures without a container have no times: a cut is refused, with what to do, and the whole is fitted."""
    options = ("-map", "0:v", "-c:v", "mpeg2video", "-f", "mpeg2video")
    clip = make(tmp_path / "a.m2v", *PICTURE, *options, picture=False, sound=False)
    outcome, _ = fitted(clip, 60_000, tmp_path, trim="0.5:0.9")
    assert outcome.verdict is Verdict.REFUSED
    assert "put it into a container first" in outcome.violations[0].message
    assert fitted(clip, 60_000, tmp_path)[0].verdict is Verdict.FITTED


def test_a_lead_begins_at_a_key_frame_before_the_cut():
    """Without an index: a second before the last key frame, half a minute where none is known, else the start."""
    keys = Picture(codec="h264", ordinal=0, keys_s=(0.0, 10.0, 20.0))
    assert lead_s(Clip(container="mpegts", demuxer="mpegts", pictures=(keys,)), 15.0) == 6.0
    assert lead_s(Clip(container="mpegts", demuxer="mpegts", pictures=(keys,)), 0.5) == 0.5
    unknown = Picture(codec="h264", ordinal=0)
    assert lead_s(Clip(container="mpegts", demuxer="mpegts", pictures=(unknown,)), 4_000.0) == 30.0
    assert lead_s(Clip(container="mp4", demuxer="mov", pictures=(unknown,)), 15.0) == 0.0


def test_a_lead_is_read_and_dropped(tmp_path):
    """The seek is to the lead's start; the cut's time stays 0, so that frames before it have none to be shown at."""
    source = Input(path=tmp_path / "a.ts", demuxer="mpegts", seek_s=9.5, lead_s=3.0, take_s=2.0)
    args = command([source], [], bounds=Bounds())
    at = args.index("-ss")
    assert args[args.index("-dts_delta_threshold") + 1] == "13"
    assert args[at : at + 6] == ["-ss", "6.500000", "-itsoffset", "-3.000000", "-t", "2.000000"]
