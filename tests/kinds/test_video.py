"""Video: what the corpus says, agreement with ffmpeg, what is claimed and what is refused."""

import os
import shutil
import socket
import statistics
import time

import pytest
from foreign import CORPUS, corpus_rows
from timed_media import LIMITS, bounded, box, make, movie, picture_entry, sound_entry, track

from mediaprep import ffmpeg, ffmpeg_packets, process
from mediaprep.errors import AssetError
from mediaprep.kinds import _containers as containers
from mediaprep.kinds import identify
from mediaprep.kinds._logged import clip_from, timed
from mediaprep.model import KindName
from mediaprep.options import Bounds
from mediaprep.storage import open_source

BOUNDS = Bounds()
AMR = ("-c:a", "libopencore_amrnb", "-ar", "8000", "-ac", "1", "-b:a", "12.2k")
TIMED = [row for row in corpus_rows() if row["path"].startswith(("video/", "audio/")) or row["path"].endswith(".mp4")]
TIMED = [row for row in TIMED if not row["media_type"].startswith("image/")]


def examine(path, bounds=BOUNDS):
    """Identify, probe and confirm a file as ``check`` does."""
    source = open_source(path, bounds.max_file_bytes)
    known = identify(source)
    if known is None:
        raise AssetError("unsupported", "no kind claims it")
    kind, form = known
    return kind, kind.confirm(source, kind.probe(source, form, bounds), bounds)


def refusal(path, bounds=BOUNDS):
    """Give the code with which a file is refused."""
    with pytest.raises(AssetError) as caught:
        examine(path, bounds)
    return caught.value.code


def write(path, data):
    """Write a file."""
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("row", TIMED, ids=lambda row: row["path"])
def test_other_peoples_files_are_read_or_refused_as_they_should_be(row):
    """Readable files are read, broken ones refused, and hostile ones at least survived."""
    path = CORPUS / row["path"]
    if row["expected"] == "refuse":
        assert refusal(path)
        return
    try:
        kind, info = examine(path)
    except AssetError:
        assert row["expected"] != "readable"
        return
    assert kind.name in {KindName.VIDEO, KindName.AUDIO}
    assert info.size_bytes == int(row["bytes"])
    assert info.container
    assert info.duration_s is not None


@pytest.mark.parametrize("row", [row for row in TIMED if row["expected"] == "readable"], ids=lambda row: row["path"])
def test_our_readers_agree_with_ffmpeg(row):
    """Dimensions, rotation, duration (2 % or 50 ms), codecs and tracks are what ffmpeg finds by opening the file.

    Where no reader of ours knows the container, ffmpeg's list of packets is what is looked at.
    """
    source = open_source(CORPUS / row["path"], BOUNDS.max_file_bytes)
    container = containers.container_of(source.head)
    ours = containers.read_headers(source, BOUNDS) or containers.read(source, BOUNDS)
    log, packets = ffmpeg.read_packets(source.path, container.demuxer, BOUNDS)
    theirs = clip_from(log, container.name, container.demuxer)
    if "telemetry" in ours.metadata or container.reader is None:
        theirs = timed(theirs, packets)  # the log counts a camera's telemetry, and guesses where no header tells

    assert [(p.codec, p.width, p.height, p.rotation_deg) for p in ours.pictures] == [
        (p.codec, p.width, p.height, p.rotation_deg) for p in theirs.pictures
    ]
    assert [(s.codec, s.sample_rate_hz, s.channels) for s in ours.sounds] == [
        (s.codec, s.sample_rate_hz, s.channels) for s in theirs.sounds
    ]
    if theirs.duration_s is not None:
        assert ours.duration_s == pytest.approx(theirs.duration_s, rel=0.02, abs=0.05)
    for mine, seen in zip(ours.pictures, theirs.pictures, strict=True):
        for field in ("profile", "pixel_format"):
            if getattr(mine, field) and getattr(seen, field):
                assert getattr(mine, field) == getattr(seen, field)
        if mine.hdr is not None and seen.hdr is not None:
            assert mine.hdr or not seen.hdr


UNREAD = [row for row in TIMED if row["expected"] == "readable" and row["path"].endswith((".mpg", ".flv", ".asf"))]


@pytest.mark.parametrize("row", UNREAD, ids=lambda row: row["path"])
def test_lengths_and_rates_without_a_reader_are_those_that_decoding_shows(row):
    """MPEG, FLV and ASF: the frames that a decoder gives, and when the last one ends."""
    source = open_source(CORPUS / row["path"], BOUNDS.max_file_bytes)
    clip = containers.read(source, BOUNDS)
    ends = []
    for what, tracks in (("v", clip.pictures), ("a", clip.sounds)):
        for found in tracks:
            listed = ffmpeg.Output(muxer="framecrc", options=("-map", f"0:{what}:{found.ordinal}"))
            out = ffmpeg.transcode(
                [ffmpeg.Input(path=source.path, demuxer=clip.demuxer)], [listed], bounds=BOUNDS, file_bytes=0
            ).stdout.decode()
            (decoded,) = ffmpeg_packets.read(out).values()
            ends.append(decoded.end_s)
            if what == "v":
                assert found.frames == decoded.packets
                if found.fps and decoded.packets > 1:
                    pace = decoded.packets / (decoded.end_s - decoded.start_s)
                    assert found.fps == pytest.approx(pace, rel=0.05)

    assert clip.duration_s == pytest.approx(max(ends), abs=0.05)


def test_a_probe_takes_about_a_millisecond(corpus):
    """Half of the files are done in 2 ms, on a busy machine too."""
    taken = []
    for row in TIMED:
        if row["expected"] != "readable":
            continue
        source = open_source(corpus / row["path"], BOUNDS.max_file_bytes)
        if containers.container_of(source.head).reader is None:
            continue
        started = time.thread_time()
        containers.read_headers(source, BOUNDS)
        taken.append(time.thread_time() - started)

    assert statistics.median(taken) < 0.002


def test_facts_of_a_phone_video(tmp_path):
    """Every field that applies is filled, dimensions as they are shown."""
    path = make(
        tmp_path / "a.mp4", "-c:v", "libx264", "-profile:v", "baseline", "-level", "3.0", "-pix_fmt", "yuv420p",
        "-c:a", "aac", "-ac", "2", "-movflags", "+faststart", "-metadata", "location=+40.6894-074.0447/",
    )  # fmt: skip
    turned = tmp_path / "turned.mp4"
    args = [
        ffmpeg.binary(),
        "-v",
        "error",
        "-display_rotation",
        "-90",
        "-i",
        path,
        "-c",
        "copy",
        "-movflags",
        "+faststart",
    ]
    assert process.run([*args, turned], limits=LIMITS).returncode == 0
    kind, info = examine(turned)

    assert (kind.name, info.media_type, info.suffix) == (KindName.VIDEO, "video/mp4", "mp4")
    assert (info.width, info.height, info.rotation_deg) == (64, 96, 90)
    assert (info.container, info.brand, info.faststart) == ("mp4", "isom", True)
    assert (info.video_codec, info.video_profile, info.video_level) == ("h264", "constrained_baseline", 3.0)
    assert (info.pixel_format, info.b_frames, info.hdr) == ("yuv420p", False, False)
    assert (info.fps, info.variable_frame_rate, info.frames) == (25.0, False, 25)
    assert (info.audio_codec, info.channels, info.sample_rate_hz) == ("aac", 2, 44_100)
    assert (info.video_tracks, info.audio_tracks, info.other_tracks) == (1, 1, 0)
    assert info.bit_rate_bps
    assert info.video_bit_rate_bps
    assert info.audio_bit_rate_bps
    assert info.gps is True


@pytest.mark.parametrize(
    ("name", "options", "media_type", "container"),
    [
        ("a.mov", ("-c:v", "prores_ks", "-c:a", "pcm_s16le"), "video/quicktime", "mov"),
        ("a.3gp", ("-c:v", "h263", "-s", "176x144", *AMR), "video/3gpp", "3gp"),
        ("a.3g2", ("-c:v", "mpeg4", "-c:a", "aac"), "video/3gpp2", "3g2"),
        ("a.webm", ("-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libvorbis"), "video/webm", "webm"),
        ("a.mkv", ("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "flac"), "video/x-matroska", "mkv"),
        ("a.avi", ("-c:v", "mpeg4", "-c:a", "libmp3lame"), "video/x-msvideo", "avi"),
        ("a.mpg", ("-c:v", "mpeg2video", "-c:a", "mp2"), "video/mpeg", "mpeg"),
        ("a.ts", ("-c:v", "mpeg2video", "-c:a", "mp2"), "video/mp2t", "mpegts"),
        ("a.ogv", ("-c:v", "libtheora", "-c:a", "libvorbis"), "video/ogg", "ogg"),
        ("a.wmv", ("-c:v", "wmv2", "-c:a", "wmav2"), "video/x-ms-wmv", "asf"),
        ("a.flv", ("-c:v", "flv1", "-c:a", "libmp3lame"), "video/x-flv", "flv"),
    ],
)  # fmt: skip
def test_each_container_is_known_by_its_content(tmp_path, name, options, media_type, container):
    """The name is taken away before the file is looked at."""
    path = make(tmp_path / name, *options)
    _, info = examine(shutil.copy(path, tmp_path / "nameless"))

    assert (info.kind, info.media_type, info.container) == (KindName.VIDEO, media_type, container)
    assert (info.width, info.height) == ((176, 144) if container == "3gp" else (96, 64))
    assert info.duration_s == pytest.approx(1.0, abs=0.15)
    assert info.video_codec
    assert info.audio_codec
    assert info.pixel_format


BAIT = {
    "ffconcat": "ffconcat version 1.0\nfile 'canary.wav'\nfile 'http://127.0.0.1:{port}/a'\n",
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:1,\n{canary}\n#EXTINF:1,\nhttp://127.0.0.1:{port}/b.ts\n",
    "dash": "<?xml version='1.0'?>\n<MPD><BaseURL>http://127.0.0.1:{port}/c/</BaseURL></MPD>",
    "sdp": "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\nm=audio {port} RTP/AVP 0\r\n",
    "reference": "rtsptext\r\nrtsp://127.0.0.1:{port}/d",
}


@pytest.fixture
def canary(tmp_path):
    """A file that must not be read: its time of access is 1 until it is."""
    path = make(tmp_path / "canary.wav", picture=False)
    os.utime(path, ns=(1, path.stat().st_mtime_ns))
    return path


@pytest.fixture
def listener():
    """A port of this machine to which nobody may connect."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.setblocking(False)
        yield listening
        with pytest.raises(BlockingIOError):
            listening.accept()


@pytest.mark.parametrize("name", BAIT)
@pytest.mark.parametrize("suffix", ["mp4", "mov", "m3u8", "mp3"])
def test_a_list_is_refused_and_nothing_it_names_is_opened(tmp_path, canary, listener, name, suffix):
    """Whatever it is called, it is refused for what it is; the canary stays unread and the listener alone."""
    text = BAIT[name].format(canary=canary, port=listener.getsockname()[1])
    bait = write(tmp_path / f"bait.{suffix}", text.encode())

    assert refusal(bait) == "points_elsewhere"
    assert canary.stat().st_atime_ns == 1


def test_the_bait_is_real(tmp_path, canary):
    """Left to itself, ffmpeg decodes the canary through a list that is named .mp4; this is what is refused."""
    bait = write(tmp_path / "bait.mp4", b"ffconcat version 1.0\nfile canary.wav\n")
    args = [ffmpeg.binary(), "-v", "error", "-protocol_whitelist", "file,pipe", "-i", bait, "-f", "null", "-"]

    assert process.run(args, limits=LIMITS).returncode == 0
    assert canary.stat().st_atime_ns != 1, "this file system notes no access: the canary would never sing"


@pytest.mark.parametrize("reference", [b"\0\0\0\0http://127.0.0.1:{port}/a.mp4\0", b"\0\0\0\0file://{canary}\0"])
def test_a_movie_whose_samples_are_elsewhere_is_refused(tmp_path, canary, listener, reference):
    """QuickTime lets a track point at any path or address."""
    told = reference.replace(b"{port}", str(listener.getsockname()[1]).encode()).replace(b"{canary}", bytes(canary))
    path = write(tmp_path / "a.mov", movie(track(picture_entry(), reference=box(b"url ", told)), brand=b"qt  "))

    assert refusal(path) == "points_elsewhere"
    assert canary.stat().st_atime_ns == 1


@pytest.mark.parametrize(
    ("bounds", "code"),
    [
        (Bounds(max_duration_s=0.5), "duration_bound"),
        (Bounds(max_pixels=1000), "pixel_bound"),
        (Bounds(max_tracks=1), "stream_bound"),
        (Bounds(max_header_bytes=500), "header_bound"),
    ],
)
def test_bounds_are_kept_before_anything_is_decoded(tmp_path, bounds, code):
    """Each bound has its own refusal."""
    path = make(tmp_path / "a.mp4", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac")
    source = open_source(path, bounds.max_file_bytes)
    known = identify(source)
    assert known is not None
    with pytest.raises(AssetError) as caught:
        known[0].probe(source, known[1], bounds)

    assert caught.value.code == code


def test_a_cut_video_is_refused_for_what_it_lacks(tmp_path):
    """Without its index there is none; with its index in front, the rest is missing."""
    late = make(tmp_path / "late.mp4", "-c:v", "libx264", "-preset", "ultrafast", sound=False).read_bytes()
    early = make(tmp_path / "early.mp4", "-c:v", "libx264", "-movflags", "+faststart", sound=False).read_bytes()

    assert refusal(write(tmp_path / "a.mp4", late[: late.index(b"moov") - 4])) == "no_index"
    assert refusal(write(tmp_path / "b.mp4", early[: len(early) * 2 // 3])) == "truncated"


@pytest.mark.parametrize("text", [b"Get free shipping today only!", b"the moov, the mdat and the ftyp", b"GIF free"])
def test_text_with_the_letters_of_a_box_is_no_video(text):
    """Four letters at byte 4 alone prove nothing."""
    assert not containers.is_isobmff(text)


def test_sound_alone_is_no_video():
    """An MP4 of sound alone is the audio kind's."""
    data = movie(track(sound_entry(), handler=b"soun"))

    assert not containers.isobmff.read(bounded(data)).pictures
