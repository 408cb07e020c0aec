"""Sound: what is claimed, what is told, what is refused."""

import shutil

import pytest
from test_video import AMR, examine, refusal, write
from timed_media import make

import mediaprep
from mediaprep.kinds import identify
from mediaprep.model import KindName
from mediaprep.storage import open_source


@pytest.mark.parametrize(
    ("name", "options", "media_type", "container", "codec"),
    [
        ("a.mp3", ("-b:a", "64k"), "audio/mpeg", "mp3", "mp3"),
        ("a.m4a", ("-c:a", "aac"), "audio/mp4", "m4a", "aac"),
        ("a.mp4", ("-c:a", "aac"), "audio/mp4", "m4a", "aac"),
        ("b.m4a", ("-c:a", "alac"), "audio/mp4", "m4a", "alac"),
        ("a.mov", ("-c:a", "pcm_s16le"), "video/quicktime", "mov", "pcm_s16le"),
        ("a.3gp", AMR, "audio/3gpp", "3gp", "amr_nb"),
        ("a.3g2", ("-c:a", "aac"), "audio/3gpp2", "3g2", "aac"),
        ("a.amr", AMR, "audio/amr", "amr", "amr_nb"),
        ("a.aac", ("-c:a", "aac"), "audio/aac", "adts", "aac"),
        ("a.ogg", ("-c:a", "libvorbis"), "audio/ogg", "ogg", "vorbis"),
        ("a.opus", ("-c:a", "libopus"), "audio/ogg", "ogg", "opus"),
        ("a.wav", (), "audio/wav", "wav", "pcm_s16le"),
        ("a.flac", (), "audio/flac", "flac", "flac"),
        ("a.aiff", (), "audio/aiff", "aiff", "pcm_s16be"),
        ("a.caf", (), "audio/x-caf", "caf", "pcm_s16be"),
        ("a.weba", ("-c:a", "libopus", "-f", "webm"), "audio/webm", "webm", "opus"),
        ("a.mka", ("-c:a", "ac3"), "audio/x-matroska", "mkv", "ac3"),
        ("a.wma", ("-c:a", "wmav2"), "audio/x-ms-wma", "asf", "wmav2"),
        ("a.au", ("-c:a", "pcm_mulaw", "-ar", "8000"), "audio/basic", "au", "pcm_mulaw"),
        ("a.ts", ("-c:a", "aac"), "video/mp2t", "mpegts", "aac"),
    ],
)
def test_each_format_is_known_by_its_content(tmp_path, name, options, media_type, container, codec):
    """The name is taken away before the file is looked at; the first second is decoded."""
    path = make(tmp_path / name, *options, picture=False)
    _, info = examine(shutil.copy(path, tmp_path / "nameless"))

    assert (info.kind, info.media_type, info.container, info.audio_codec) == (
        KindName.AUDIO,
        media_type,
        container,
        codec,
    )
    assert info.duration_s == pytest.approx(1.0, abs=0.1)
    assert info.channels == 1
    assert info.sample_rate_hz
    assert (info.width, info.video_codec, info.audio_tracks) == (None, None, 1)


@pytest.mark.parametrize("name", ["a.mp3", "a.m4a", "a.flac"])
def test_a_cover_is_no_video(tmp_path, name):
    """A song with its cover stays sound, and the cover is metadata."""
    cover = make(tmp_path / "cover.png", "-frames:v", "1", sound=False)
    codec = {"a.mp3": "libmp3lame", "a.m4a": "aac", "a.flac": "flac"}[name]
    options = ("-i", str(cover), "-map", "0:a", "-map", "1:v", "-c:a", codec, "-c:v", "copy")
    kind, info = examine(make(tmp_path / name, *options, "-disposition:v", "attached_pic", picture=False))

    assert kind.name == KindName.AUDIO
    assert info.video_tracks == 0
    assert set(info.metadata) & {"cover", "id3v2"}


def test_an_empty_recording_is_no_error(tmp_path):
    """A WAV of no samples lasts 0 seconds; there is nothing in it to decode."""
    head = make(tmp_path / "a.wav", "-t", "0.1", picture=False).read_bytes()
    at = head.index(b"data")
    _, info = examine(write(tmp_path / "b.wav", head[:at] + b"data\0\0\0\0"))

    assert info.duration_s == 0


def test_notes_are_not_sound(tmp_path):
    """MIDI is refused in words that say why."""
    assert refusal(write(tmp_path / "a.mid", b"MThd\0\0\0\6\0\0\0\1\0\x60MTrk\0\0\0\4\0\xff\x2f\0")) == "unsupported"


@pytest.mark.parametrize("data", [b"RIFF\0\0\0\0WAVE", b"#!AMR\n", b"OggS\0\2" + bytes(30), b"fLaC", b"caff\0\1\0\0"])
def test_a_signature_alone_is_refused(tmp_path, data):
    """A file that ends behind its signature holds no sound."""
    assert refusal(write(tmp_path / "a", data)) in {"unreadable", "truncated"}


def test_text_is_not_sound(tmp_path):
    """A note in UTF-16 begins with two bytes that an MPEG frame could begin with."""
    path = write(tmp_path / "note.txt", ("\ufeff" + "Sale today! " * 40).encode("utf-16-le"))
    known = identify(open_source(path, 10_000_000))

    assert known is None or known[0].name != KindName.AUDIO


def test_sound_whose_frames_are_damaged_is_refused(tmp_path):
    """The header is whole; the decoder finds nothing behind it."""
    data = bytearray(make(tmp_path / "a.m4a", "-c:a", "aac", picture=False).read_bytes())
    at = data.index(b"mdat") + 4
    size = int.from_bytes(data[at - 8 : at - 4], "big") - 8
    data[at : at + size] = b"\xff" * size

    assert refusal(write(tmp_path / "b.m4a", bytes(data))) == "unreadable"


def test_a_cover_beside_a_sound_in_ogg_is_no_clip(tmp_path):
    """A sound with a cover becomes Theora of one frame, of 90,000 a second, in ffmpeg: it is a sound all the same."""
    cover = make(tmp_path / "cover.jpg", "-frames:v", "1", "-update", "1", sound=False)
    tagged = make(
        tmp_path / "a.mp3", "-f", "lavfi", "-i", "sine=d=2", "-i", f"file:{cover}", "-map", "0", "-map", "1",
        "-c:a", "libmp3lame", "-c:v", "copy", "-disposition:v", "attached_pic", picture=False, sound=False,
    )  # fmt: skip
    path = make(tmp_path / "a.ogg", "-i", f"file:{tagged}", picture=False, sound=False)
    assert b"theora" in path.read_bytes()

    outcome = mediaprep.fit(path, mediaprep.route("us"), isolation="none")

    assert (outcome.verdict, outcome.kind, outcome.media_type) == ("fitted", "audio", "audio/mpeg")
    assert outcome.source.duration_s == pytest.approx(2, abs=0.1)
