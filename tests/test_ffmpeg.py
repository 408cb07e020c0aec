"""The one way to run ffmpeg: its binary, its arguments, and what its failures mean."""

import os
import socket
import stat
import sys
from pathlib import Path

import pytest

from mediaprep import ffmpeg, ffmpeg_log, ffmpeg_packets, process
from mediaprep.errors import AssetError, ToolError
from mediaprep.options import Bounds

WAV = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0data\xff\xff\xff\xff"


@pytest.fixture
def clip(tmp_path):
    """A second of picture and sound, and another file beside it."""
    path = tmp_path / "clip.mp4"
    args = [ffmpeg.binary(), "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=64x48:rate=25:duration=1"]
    args += ["-f", "lavfi", "-i", "sine=duration=1", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", path]
    limits = process.ChildLimits(wall_s=60, cpu_s=60, memory_bytes=None, file_bytes=10_000_000)
    assert process.run(args, limits=limits).returncode == 0
    return path


def test_the_binary_is_the_bundled_one_and_never_that_of_path(tmp_path, monkeypatch):
    """A program named ffmpeg in PATH is somebody else's."""
    other = tmp_path / "ffmpeg"
    other.write_text("#!/bin/sh\nexit 7\n")
    other.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(other))
    monkeypatch.delenv(ffmpeg.ENVIRONMENT_NAME, raising=False)

    assert ffmpeg.binary().parent.name == "binaries"
    assert ffmpeg.version()


@pytest.mark.parametrize("named", ["ffmpeg", "bin/ffmpeg", "/nowhere/ffmpeg"])
def test_another_binary_must_be_a_full_path_that_runs(monkeypatch, named):
    """A relative name would be looked up somewhere."""
    monkeypatch.setenv(ffmpeg.ENVIRONMENT_NAME, named)
    with pytest.raises(ToolError) as caught:
        ffmpeg.binary()

    assert caught.value.code == "tool_missing"
    assert ffmpeg.ENVIRONMENT_NAME in caught.value.message


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell script as a program")
def test_a_binary_that_is_broken_is_not_the_assets_fault(tmp_path, monkeypatch, clip):
    """A missing library ends ffmpeg before it has looked at the file: that refuses no asset."""
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\necho 'error while loading shared libraries: libx.so' >&2\nexit 127\n")
    broken.chmod(broken.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv(ffmpeg.ENVIRONMENT_NAME, str(broken))
    for run in (
        lambda: ffmpeg.read_log(clip, "mov", Bounds()),
        lambda: ffmpeg.decode_check(clip, "mov", ["v:0"], Bounds()),
        ffmpeg.version,
    ):
        with pytest.raises(ToolError) as caught:
            run()
        assert caught.value.code == "tool_failed"


def test_every_input_is_forced_prefixed_and_fenced():
    """No path and no content chooses a demuxer, a protocol or an option."""
    path = Path("-y concat:a|b%d.mp4")
    args = ffmpeg.command(
        [ffmpeg.Input(path=path, demuxer="mov", seek_s=1.5, take_s=2)],
        [ffmpeg.Output(muxer="mp4", path=Path("-out.mp4"), max_bytes=1000, take_s=3)],
        bounds=Bounds(max_pixels=100),
    )
    before, after = args[: args.index("-i")], args[args.index("-i") + 1 :]

    assert "-nostdin" in before
    for option, value in (
        ("-f", "mov"), ("-format_whitelist", "mov"), ("-protocol_whitelist", "file,pipe"), ("-max_pixels", "150"),
        ("-ss", "1.500000"), ("-t", "2.000000"),
    ):  # fmt: skip
        assert before[before.index(option) + 1] == value
    assert after == ["file:-y concat:a|b%d.mp4", "-t", "3.000000", "-fs", "1000", "-f", "mp4", "file:-out.mp4"]


@pytest.mark.parametrize("demuxer", ["concat", "hls", "dash", "image2", "lavfi", "sdp", "mov,concat", ""])
def test_demuxers_that_open_other_files_are_out_of_reach(demuxer):
    """Only containers that stand for themselves can be asked for."""
    with pytest.raises(ValueError, match="demuxer"):
        ffmpeg.command([ffmpeg.Input(path=Path("x"), demuxer=demuxer)], [], bounds=Bounds())


def test_a_check_by_decoding_counts_the_frames_of_each_track(clip):
    """A few frames of picture and sound are decoded, and the log comes along."""
    found = ffmpeg.decode_check(clip, "mov", ["v:0", "a:0"], Bounds())

    assert found.frames == (ffmpeg.CHECKED_PICTURES, ffmpeg.CHECKED_SOUNDS)
    assert found.log is not None
    assert [stream.codec for stream in found.log.streams] == ["h264", "aac"]


def test_a_clip_of_one_frame_passes_beside_its_sound(tmp_path, clip):
    """The track that ends first must not take the other one with it."""
    short = tmp_path / "short.avi"
    args = [ffmpeg.binary(), "-v", "error", "-i", clip, "-frames:v", "1", "-c:v", "mjpeg", "-c:a", "pcm_s16le", short]
    limits = process.ChildLimits(wall_s=60, cpu_s=60, memory_bytes=None, file_bytes=10_000_000)
    assert process.run(args, limits=limits).returncode == 0

    assert ffmpeg.decode_check(short, "avi", ["v:0", "a:0"], Bounds()).frames[0] == 1


def test_media_data_that_cannot_be_decoded_is_unreadable(clip):
    """The headers are whole and every byte of the media is wrong."""
    data = bytearray(clip.read_bytes())
    at = data.index(b"mdat") + 4
    size = int.from_bytes(data[at - 8 : at - 4], "big") - 8
    data[at : at + size] = b"\xa5" * size
    clip.write_bytes(data)
    with pytest.raises(AssetError) as caught:
        ffmpeg.decode_check(clip, "mov", ["v:0", "a:0"], Bounds())

    assert caught.value.code == "unreadable"
    assert "picture" in caught.value.message


def test_what_is_no_container_is_unreadable(tmp_path):
    """The forced demuxer refuses what is not its own."""
    path = tmp_path / "a.mp4"
    path.write_bytes(b"no video at all " * 100)
    for demuxer in ("mov", "matroska", "avi", "flv"):
        with pytest.raises(AssetError) as caught:
            ffmpeg.read_log(path, demuxer, Bounds())
        assert caught.value.code == "unreadable"


def test_a_picture_beyond_the_bound_is_not_decoded(clip):
    """The decoder keeps the bound on pixels itself, whatever the headers say."""
    with pytest.raises(AssetError) as caught:
        ffmpeg.decode_check(clip, "mov", ["v:0"], Bounds(max_pixels=1000))

    assert caught.value.code in {"pixel_bound", "unreadable"}


def test_a_file_that_takes_too_long_is_refused(clip):
    """The wall clock holds for ffmpeg as for everything else."""
    with pytest.raises(AssetError) as caught:
        ffmpeg.decode_check(clip, "mov", ["v:0"], Bounds(max_wall_s=0.001))

    assert caught.value.code == "time_bound"


@pytest.mark.parametrize("name", ["plain.wav", "-y.wav", "a b'\"$(x).wav", "%d.wav", "concat:a|b.wav", "ü\n.wav"])
@pytest.mark.skipif(sys.platform == "win32", reason="such names do not exist there")
def test_any_name_is_only_a_name(tmp_path, monkeypatch, name):
    """Dashes, patterns, protocols and quotes in a name mean nothing."""
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(WAV + bytes(16_000))

    assert ffmpeg.read_log(Path(name), "wav", Bounds()).duration_s == pytest.approx(1.0, abs=0.01)


def test_ffreport_writes_nothing(tmp_path, monkeypatch, clip):
    """An environment variable that makes ffmpeg write reports does not reach it."""
    monkeypatch.setenv("FFREPORT", f"file={tmp_path / 'report.log'}:level=32")
    ffmpeg.read_log(clip, "mov", Bounds())

    assert not (tmp_path / "report.log").exists()


@pytest.mark.parametrize("demuxer", sorted(ffmpeg.DEMUXERS))
def test_no_demuxer_follows_what_a_list_points_at(tmp_path, demuxer):
    """Forced to any container we take, ffmpeg reads no list, no other file and no address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.setblocking(False)
        port = listener.getsockname()[1]
        canary = tmp_path / "canary.wav"
        canary.write_bytes(WAV + bytes(16_000))
        os.utime(canary, ns=(1, os.stat(canary).st_mtime_ns))
        lists = {
            "concat.mp4": f"ffconcat version 1.0\nfile canary.wav\nfile http://127.0.0.1:{port}/a\n",
            "hls.mov": f"#EXTM3U\n#EXTINF:1,\n{canary}\n#EXTINF:1,\nhttp://127.0.0.1:{port}/b\n#EXT-X-ENDLIST\n",
        }
        for name, text in lists.items():
            path = tmp_path / name
            path.write_text(text)
            with pytest.raises(AssetError):
                ffmpeg.decode_check(path, demuxer, ["a:0"], Bounds())
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert os.stat(canary).st_atime_ns == 1


LOG = """\
[in#0 @ 0x55] some warning
Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'file:x':
  Metadata:
    major_brand     : qt
    location        : +40.6-074.0/
  Duration: 01:02:03.50, start: 0.000000, bitrate: 9100 kb/s
  Stream #0:0[0x1](und): Video: hevc (Main 10) (hvc1 / 0x31637668), yuv420p10le(tv, bt2020nc/bt2020/arib-std-b67), 1920x1080, 8413 kb/s, 28.03 fps, 29.97 tbr, 600 tbn (default)
    Side data:
      Display Matrix: rotation of -90.00 degrees
  Stream #0:1[0x2](eng): Audio: aac (HE-AAC) (mp4a / 0x6134706D), 44100 Hz, 5.1(side), fltp, 140 kb/s (default)
  Stream #0:2: Video: mjpeg (Progressive), yuvj420p(pc, bt470bg/unknown/unknown), 500x500 [SAR 72:72 DAR 1:1], 90k tbr, 90k tbn (attached pic)
  Stream #0:3[0x4](eng): Data: bin_data (gpmd / 0x646D7067), 59 kb/s (default)
At least one output file must be specified
"""  # noqa: E501


def test_the_log_is_read_as_values():
    """Codec, profile, colour, dimensions, rotation, rates: each from its place in the line."""
    log = ffmpeg_log.read(LOG)

    assert log is not None
    assert (log.duration_s, log.bit_rate_bps) == (3723.5, 9_100_000)
    assert log.metadata == ("major_brand", "location")
    picture, sound, cover, data = log.streams
    assert (picture.codec, picture.profile, picture.pixel_format) == ("hevc", "main_10", "yuv420p10le")
    assert (picture.width, picture.height, picture.fps, picture.rotation_deg) == (1920, 1080, 28.03, 90)
    assert (picture.transfer, picture.bit_rate_bps) == ("arib-std-b67", 8_413_000)
    assert (sound.codec, sound.sample_rate_hz, sound.channels) == ("aac_he", 44_100, 6)
    assert (cover.cover, cover.pixel_format, data.kind) == (True, "yuv420p", "data")


@pytest.mark.parametrize("text", ["", "Error opening input", "Input #0, mov"])
def test_a_log_without_an_input_is_none(text):
    """Where nothing was opened there is nothing to read."""
    log = ffmpeg_log.read(text)

    assert log is None or log.streams == ()


PACKETS = """\
#software: x
#tb 0: 1/1000
#tb 1: 1/44100
0,        -40,          0,        1,      500, 0x11111111
1,          0,          0,     1024,       20, 0x22222222, S=1,        1, 0x33333333
0,          0,         80,        1,      100, 0x44444444
0,         40,         40,        1,       60, 0x55555555
1,       1024,       1024,     1024,       30, 0x66666666
"""


def test_packets_are_counted_by_track():
    """Gaps are those between the times shown; a duration of one tick says nothing, so the last gap stands for it."""
    tracks = ffmpeg_packets.read(PACKETS)

    assert (tracks[0].packets, tracks[0].size_bytes, tracks[0].gaps, tracks[0].reordered) == (3, 660, ((2, 40),), True)
    assert (tracks[0].start_s, tracks[0].end_s) == (0.0, pytest.approx(0.12))
    assert (tracks[1].packets, tracks[1].reordered) == (2, False)
    assert tracks[1].end_s == pytest.approx(2048 / 44_100)


def test_packets_without_times_keep_the_order_in_which_they_come():
    """A bare MPEG stream has no times of display: whether pictures are reordered stays unknown."""
    none = -(2**63)
    (track,) = ffmpeg_packets.read(f"#tb 0: 1/25\n0, 0, 0, 1, 9, 0x0\n0, 1, {none}, 1, 9, 0x0\n").values()

    assert (track.packets, track.reordered, track.end_s) == (2, None, pytest.approx(0.08))


def test_a_list_of_too_many_packets_is_left_alone(clip, monkeypatch):
    """The log alone is believed then: nobody waits for millions of lines."""
    monkeypatch.setattr(ffmpeg, "MOST_LISTED_BYTES", 500)
    log, tracks = ffmpeg.read_packets(clip, "mov", Bounds())

    assert log.streams
    assert tracks == {}


@pytest.mark.parametrize(
    "line",
    [
        "      title           : Display Matrix: rotation of -90.00 degrees",
        "      comment         : DOVI configuration record: version: 1.0, compatibility id: 0",
        "      Display Matrix: rotation of 1.2.3 degrees",
        f"      Display Matrix: rotation of {'9' * 5_000} degrees",
        f"  Duration: {'9' * 5_000}:00:00.00, start: 0.0, bitrate: {'9' * 5_000} kb/s",
        f"  Stream #0:{'9' * 5_000}: Video: h264, yuv420p, 1x1",
        f"  Stream #0:9: Video: h264, yuv420p, {'9' * 5_000}x1, {'9' * 400}.5 fps, {'9' * 5_000} kb/s",
        "  Stream #0:9: Video: h264, yuv420p, 2x2, 1.2.3 fps",
    ],
)
def test_what_a_file_says_of_itself_is_no_fact_of_ffmpeg(line):
    """Tags that read like the log's own lines, and numbers that no honest log has, change nothing and raise nothing."""
    whole = ffmpeg_log.read(LOG)
    log = ffmpeg_log.read(LOG.replace("At least one", f"{line}\nAt least one"))

    assert log.streams[: len(whole.streams)] == whole.streams
    assert all(each.fps is None or each.fps < 1e9 for each in log.streams)
