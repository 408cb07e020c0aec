"""Reading the elements of Matroska and WebM files."""

import struct

import pytest
from timed_media import bounded, make

from mediaprep.errors import AssetError
from mediaprep.kinds import _matroska as matroska

VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "50k")


def read(data):
    """Read bytes as a file."""
    return matroska.read(bounded(data))


def element(number, *bodies):
    """Make an element with an 8-byte size."""
    body = b"".join(bodies)
    return number.to_bytes((number.bit_length() + 7) // 8, "big") + b"\x01" + len(body).to_bytes(7, "big") + body


def live(number, body):
    """Make an element of unknown size, as a recorder writes it that cannot seek back."""
    return number.to_bytes(4, "big") + b"\x01" + b"\xff" * 7 + body


HEAD = element(0x1A45DFA3, element(0x4282, b"webm"))


def picture_track(*more, codec=b"V_VP8"):
    """Make a TrackEntry of 96 by 64 pixels, number 1."""
    video = element(0xE0, element(0xB0, b"\x60"), element(0xBA, b"\x40"), *more)
    return element(0xAE, element(0xD7, b"\x01"), element(0x83, b"\x01"), element(0x86, codec), video)


def blocks(times, track=1):
    """Make SimpleBlocks at milliseconds relative to their cluster."""
    return b"".join(element(0xA3, bytes([0x80 | track]), struct.pack(">hB", time, 0x80), b"\0" * 20) for time in times)


def test_what_is_encoded_is_what_is_read(tmp_path):
    """A WebM of VP9 and Opus tells codecs, dimensions, rate and duration."""
    clip = read(make(tmp_path / "a.webm", *VP9, "-c:a", "libopus").read_bytes())

    assert (clip.container, clip.duration_s) == ("webm", pytest.approx(1.0, abs=0.05))
    assert clip.picture is not None
    assert (clip.picture.codec, clip.picture.width, clip.picture.height) == ("vp9", 96, 64)
    assert (clip.picture.profile, clip.picture.pixel_format, clip.picture.hdr) == ("profile_0", "yuv420p", False)
    assert (clip.picture.fps, clip.picture.variable_frame_rate) == (pytest.approx(25, rel=0.01), False)
    assert clip.sound is not None
    assert (clip.sound.codec, clip.sound.sample_rate_hz, clip.sound.channels) == ("opus", 48_000, 1)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_roll_is_a_rotation(tmp_path, turn):
    """Matroska counts the roll counter-clockwise; we say how far to turn clockwise."""
    flat = make(tmp_path / "flat.mp4", "-c:v", "libx264", "-preset", "ultrafast", sound=False)
    from timed_media import LIMITS

    from mediaprep import ffmpeg, process

    turned = tmp_path / "turned.mkv"
    args = [ffmpeg.binary(), "-v", "error", "-display_rotation", str(-turn), "-i", flat, "-c", "copy", turned]
    assert process.run(args, limits=LIMITS).returncode == 0
    picture = read(turned.read_bytes()).picture

    assert picture is not None
    assert picture.rotation_deg == turn


def test_a_recording_without_duration_is_measured():
    """A browser's recorder writes no duration and clusters of unknown size: the blocks say how long it is."""
    tracks = element(0x1654AE6B, picture_track())
    first = live(0x1F43B675, element(0xE7, b"\x00") + blocks(range(0, 1000, 40)))
    second = live(0x1F43B675, element(0xE7, struct.pack(">H", 1000)) + blocks(range(0, 1000, 40)))
    clip = read(
        HEAD + live(0x18538067, element(0x1549A966, element(0x2AD7B1, b"\x0f\x42\x40")) + tracks + first + second)
    )

    assert clip.duration_s == pytest.approx(2.0)
    assert clip.picture is not None
    assert clip.picture.fps == pytest.approx(25)


def test_the_last_cluster_is_hopped_to():
    """Where clusters state their size, only the first and the last are looked into."""
    clusters = b"".join(
        element(0x1F43B675, element(0xE7, struct.pack(">I", 1000 * index)), blocks(range(0, 1000, 40)))
        for index in range(60)
    )
    source = bounded(HEAD + element(0x18538067, element(0x1654AE6B, picture_track()), clusters))

    assert matroska.read(source).duration_s == pytest.approx(60.0)
    assert source._steps < 400


def test_times_that_step_back_are_b_frames():
    """Frames stored in another order than they are shown."""
    cluster = element(0x1F43B675, element(0xE7, b"\x00"), blocks([0, 120, 40, 80, 240, 160, 200]))
    clip = read(HEAD + element(0x18538067, element(0x1654AE6B, picture_track(codec=b"V_MPEG4/ISO/AVC")), cluster))

    assert clip.picture is not None
    assert clip.picture.b_frames is True


def test_encrypted_tracks_are_refused():
    """ContentEncryption says that nothing can be decoded."""
    encodings = element(0x6D80, element(0x6240, element(0x5033, b"\x01"), element(0x5035, b"")))
    track = element(0xAE, element(0xD7, b"\x01"), element(0x83, b"\x01"), element(0x86, b"V_VP9"), encodings)
    with pytest.raises(AssetError) as caught:
        read(HEAD + element(0x18538067, element(0x1654AE6B, track)))

    assert caught.value.code == "encrypted"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (HEAD, "unreadable"),
        (HEAD + element(0x18538067, element(0xEC, bytes(50))), "unreadable"),
        (HEAD + element(0x18538067, element(0x1654AE6B, picture_track()), bytes(500))[:-400], "truncated"),
        (element(0x1A45DFA3, element(0x4282, b"other")) + element(0x18538067), "unsupported"),
        (HEAD + element(0x18538067, element(0x1654AE6B, *[picture_track()] * 40)), "stream_bound"),
        (HEAD + element(0x18538067, b"\x08\x85aaaaaaaa"), "unreadable"),
    ],
    ids=["no-segment", "no-tracks", "cut", "other-document", "many-tracks", "no-identifier"],
)
def test_what_is_wrong_is_named(data, code):
    """Each fault has its own code."""
    with pytest.raises(AssetError) as caught:
        read(data)

    assert caught.value.code == code


def test_tags_that_tell_a_place_are_seen():
    """A LOCATION tag is as private as a phone's coordinates."""
    tag = element(0x67C8, element(0x45A3, b"LOCATION"), element(0x4487, b"+40-074/"))
    plain = element(0x67C8, element(0x45A3, b"ENCODER"), element(0x4487, b"x"))
    tracks = element(0x1654AE6B, picture_track())

    assert read(HEAD + element(0x18538067, tracks, element(0x1254C367, element(0x7373, tag)))).gps is True
    assert read(HEAD + element(0x18538067, tracks, element(0x1254C367, element(0x7373, plain)))).metadata == ()


def test_alpha_is_transparency():
    """A WebM with AlphaMode has transparent pixels."""
    clip = read(
        HEAD + element(0x18538067, element(0x1654AE6B, picture_track(element(0x53C0, b"\x01"), codec=b"V_VP9")))
    )

    assert clip.picture is not None
    assert clip.picture.transparent is True


def test_a_duration_below_nothing_is_none():
    """A header that states a negative duration is not believed: the blocks say how long it is."""
    information = element(0x1549A966, element(0x2AD7B1, b"\x0f\x42\x40"), element(0x4489, struct.pack(">d", -4e-174)))
    cluster = element(0x1F43B675, element(0xE7, b"\0"), blocks(range(0, 1000, 40)))
    clip = read(HEAD + element(0x18538067, information, element(0x1654AE6B, picture_track()), cluster))

    assert clip.duration_s == pytest.approx(1.0)
