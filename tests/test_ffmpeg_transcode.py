"""Runs of ffmpeg that write files: progress, bounds, and who is to blame."""

import pytest
from timed_media import make

from mediaprep import ffmpeg, ffmpeg_log
from mediaprep.errors import AssetError, ToolError
from mediaprep.options import Bounds


def input_of(path):
    """Give a file as ffmpeg's input."""
    return ffmpeg.Input(path=path, demuxer="mov")


def test_a_graph_feeds_several_outputs(tmp_path):
    """One decode serves two outputs, and the time that is done is told."""
    clip = make(tmp_path / "clip.mp4", "-pix_fmt", "yuv420p")
    told = []
    frames = ffmpeg.Output(muxer="yuv4mpegpipe", path=tmp_path / "frames.y4m", options=("-map", "[b]"))
    first = ffmpeg.Output(muxer="null", options=("-map", "[a]"))

    ffmpeg.transcode(
        [input_of(clip)], [first, frames], bounds=Bounds(), file_bytes=10_000_000,
        graph="[0:v:0]scale=48:32,split=2[a][b]", on_time=told.append,
    )  # fmt: skip

    assert (tmp_path / "frames.y4m").read_bytes().startswith(b"YUV4MPEG2 W48 H32")
    assert told[-1] == pytest.approx(1.0, abs=0.1)


def test_a_damaged_input_is_the_assets_fault(tmp_path):
    """What cannot be opened as what its signature says is refused."""
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"\0\0\0\x18ftypmp42" + bytes(500))

    with pytest.raises(AssetError) as caught:
        ffmpeg.transcode([input_of(path)], [ffmpeg.Output(muxer="null")], bounds=Bounds(), file_bytes=0)
    assert caught.value.code == "unreadable"


def test_a_wrong_option_is_the_tools_fault(tmp_path):
    """An encoder that refuses its parameters says nothing about the asset."""
    clip = make(tmp_path / "clip.mp4", "-pix_fmt", "yuv420p")
    target = ffmpeg.Output(muxer="3gp", path=tmp_path / "o.3gp", options=("-map", "0:v:0", "-c:v", "h263"))

    with pytest.raises(ToolError) as caught:
        ffmpeg.transcode([input_of(clip)], [target], bounds=Bounds(), file_bytes=1_000_000)
    assert caught.value.code == "tool_failed"


def test_foreign_demuxers_stay_shut(tmp_path):
    """Raw formats of our own are opened; those that name other files are not."""
    with pytest.raises(ValueError, match="not a demuxer"):
        ffmpeg.command([ffmpeg.Input(path=tmp_path / "a", demuxer="concat")], [], bounds=Bounds())


def test_the_log_tells_of_shape_fields_and_colours():
    """Pixel shape, interlacing, matrix and transfer are read from the line of a stream."""
    log = ffmpeg_log.read(
        "Input #0, mov, from 'a':\n"
        "  Stream #0:0: Video: dvvideo (dvcp / 0x70637664), yuv420p(tv, bt470bg/bt470bg/bt709, bottom first), "
        "720x576 [SAR 16:15 DAR 4:3], 28800 kb/s, 25 fps\n"
        "  Stream #0:1: Video: hevc (Main 10), yuv420p10le(tv, bt2020nc/bt2020/smpte2084), 1920x1080, 30 fps\n"
        "  Stream #0:2: Video: h264 (High), yuv420p(tv, bt709, progressive), 1280x720 [SAR 1:1 DAR 16:9], 30 fps\n"
    )
    old, bright, plain = log.streams

    assert old.interlaced
    assert old.sample_aspect == pytest.approx(16 / 15)
    assert old.matrix == "bt470bg"
    assert (bright.matrix, bright.transfer) == ("bt2020nc", "smpte2084")
    assert (plain.matrix, plain.interlaced, plain.sample_aspect) == ("bt709", False, 1.0)


def test_too_little_memory_is_the_assets_bound(tmp_path):
    """What ffmpeg cannot hold in a worker's memory is ``memory_bound``, whatever it says of it; it names the bound."""
    clip = make(tmp_path / "clip.mp4", "-pix_fmt", "yuv420p")
    options = ("-vf", "scale=3840:2160", "-c:v", "libx264", "-threads", "1")

    for number, bound_bytes in enumerate((40_000_000, 80_000_000, 120_000_000)):
        target = ffmpeg.Output(muxer="mp4", path=tmp_path / f"{number}.mp4", options=options)
        bounds = Bounds(max_memory_bytes=bound_bytes)
        with pytest.raises(AssetError, match=f"left of {bound_bytes:,} bytes") as caught:
            ffmpeg.transcode([input_of(clip)], [target], bounds=bounds, file_bytes=10_000_000)
        assert caught.value.code == "memory_bound"
