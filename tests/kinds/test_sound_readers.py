"""Reading WAV, AVI, AIFF, CAF, MP3, AAC, AMR, FLAC and Ogg headers."""

import struct

import planted
import pytest
from timed_media import bounded, make

from mediaprep.errors import AssetError
from mediaprep.kinds import _apple_audio as apple_audio
from mediaprep.kinds import _avi as avi
from mediaprep.kinds import _mpegaudio as mpegaudio
from mediaprep.kinds import _ogg as ogg
from mediaprep.kinds import _plain_audio as plain_audio
from mediaprep.kinds import _wav as wav

READERS = {
    "wav": wav.read, "avi": avi.read, "aiff": apple_audio.read_aiff, "caf": apple_audio.read_caf,
    "mp3": mpegaudio.read_mp3, "aac": mpegaudio.read_adts, "amr": plain_audio.read_amr, "flac": plain_audio.read_flac,
    "ogg": ogg.read, "opus": ogg.read, "spx": ogg.read,
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "options", "codec", "rate", "channels"),
    [
        ("a.wav", (), "pcm_s16le", 44_100, 1),
        ("b.wav", ("-c:a", "pcm_f32le", "-ac", "2"), "pcm_f32le", 44_100, 2),
        ("c.wav", ("-c:a", "pcm_u8", "-rf64", "always"), "pcm_u8", 44_100, 1),
        ("d.wav", ("-c:a", "adpcm_ima_wav"), "adpcm_ima_wav", 44_100, 1),
        ("a.aiff", (), "pcm_s16be", 44_100, 1),
        ("b.aiff", ("-c:a", "pcm_s24be", "-ac", "2", "-ar", "48000"), "pcm_s24be", 48_000, 2),
        ("a.caf", (), "pcm_s16be", 44_100, 1),
        ("b.caf", ("-c:a", "alac"), "alac", 44_100, 1),
        ("c.caf", ("-c:a", "pcm_s16le"), "pcm_s16le", 44_100, 1),
        ("a.mp3", ("-b:a", "64k"), "mp3", 44_100, 1),
        ("b.mp3", ("-q:a", "2", "-ar", "22050", "-ac", "2"), "mp3", 22_050, 2),
        ("c.mp3", ("-q:a", "2", "-write_xing", "0"), "mp3", 44_100, 1),
        ("a.aac", ("-b:a", "48k"), "aac", 44_100, 1),
        ("a.amr", ("-c:a", "libopencore_amrnb", "-ar", "8000", "-ac", "1", "-b:a", "12.2k"), "amr_nb", 8_000, 1),
        ("a.flac", ("-ac", "2"), "flac", 44_100, 2),
        ("a.ogg", ("-c:a", "libvorbis"), "vorbis", 44_100, 1),
        ("b.ogg", ("-c:a", "flac"), "flac", 44_100, 1),
        ("a.opus", ("-c:a", "libopus", "-ac", "2"), "opus", 48_000, 2),
    ],
)  # fmt: skip
def test_what_is_encoded_is_what_is_read(tmp_path, name, options, codec, rate, channels):
    """A second of each format tells its codec, rate, channels and duration."""
    data = make(tmp_path / name, *options, picture=False).read_bytes()
    clip = READERS[name.rsplit(".", 1)[1]](bounded(data))
    (sound,) = clip.sounds

    assert (sound.codec, sound.sample_rate_hz, sound.channels) == (codec, rate, channels)
    assert clip.duration_s == pytest.approx(1.0, abs=0.06)
    assert clip.pictures == ()


@pytest.mark.parametrize(
    ("options", "codec"),
    [
        (("-c:v", "mpeg4", "-c:a", "libmp3lame"), "mpeg4"),
        (("-c:v", "libx264", "-preset", "ultrafast", "-an"), "h264"),
        (("-c:v", "mjpeg", "-c:a", "pcm_s16le"), "mjpeg"),
    ],
)
def test_an_avi_tells_its_streams(tmp_path, options, codec):
    """Dimensions, rate and duration stand in the header list."""
    clip = avi.read(bounded(make(tmp_path / "a.avi", *options).read_bytes()))

    assert clip.picture is not None
    assert (clip.picture.codec, clip.picture.width, clip.picture.height) == (codec, 96, 64)
    assert clip.picture.fps == pytest.approx(25)
    assert clip.duration_s == pytest.approx(1.0, abs=0.06)
    assert len(clip.sounds) == (0 if "-an" in options else 1)


def test_an_avi_without_its_end_is_truncated(tmp_path):
    """The list of pictures states its length."""
    data = make(tmp_path / "a.avi", "-c:v", "mpeg4", sound=False).read_bytes()
    with pytest.raises(AssetError) as caught:
        avi.read(bounded(data[:-2000]))

    assert caught.value.code == "truncated"


def test_a_theora_file_is_video(tmp_path):
    """Ogg's positions of Theora count key frames and the frames since."""
    clip = ogg.read(bounded(make(tmp_path / "a.ogv", "-c:v", "libtheora", "-c:a", "libvorbis").read_bytes()))

    assert clip.picture is not None
    assert (clip.picture.codec, clip.picture.width, clip.picture.height) == ("theora", 96, 64)
    assert clip.picture.fps == pytest.approx(25)
    assert clip.duration_s == pytest.approx(1.0, abs=0.06)


def sized_wav(stated, there):
    """Make a WAV of 8 kHz mono whose header states another size than there is."""
    form = struct.pack("<HHIIHH", 1, 1, 8_000, 16_000, 2, 16)
    return (
        b"RIFF\xff\xff\xff\xffWAVEfmt "
        + struct.pack("<I", 16)
        + form
        + b"data"
        + struct.pack("<I", stated)
        + bytes(there)
    )


@pytest.mark.parametrize(
    ("stated", "there", "seconds", "remarks"),
    [
        (16_000, 16_000, 1.0, ()),
        (16_000, 20_000, 1.0, ()),
        (0xFFFFFFFF, 16_000, 1.0, ()),
        (0, 16_000, 1.0, ()),
        (0, 0, 0.0, ()),
        (32_000, 16_000, 1.0, ("salvaged",)),
    ],
)
def test_a_wav_is_as_long_as_its_bytes(stated, there, seconds, remarks):
    """Pipes and crashed recorders leave 0 or the largest number; a shorter file than stated is salvaged and said so."""
    clip = wav.read(bounded(sized_wav(stated, there)))

    assert clip.duration_s == pytest.approx(seconds)
    assert tuple(name for name, _ in clip.remarks) == remarks


def test_an_mp3_begins_behind_tags_and_junk(tmp_path):
    """A cover in front, junk behind it and old tags at the end change neither duration nor codec."""
    plain = make(
        tmp_path / "a.mp3", "-write_xing", "0", "-id3v2_version", "0", "-b:a", "64k", picture=False
    ).read_bytes()
    tag = b"ID3\x03\x00\x00" + bytes([0, 0, 0x7F, 0x7F]) + bytes(0x3FFF)
    old = b"TAG" + bytes(125)
    bare, dressed = (mpegaudio.read_mp3(bounded(data)) for data in (plain, tag + b"\0junk" + plain + old))

    assert dressed.duration_s == pytest.approx(bare.duration_s, abs=0.01)
    assert dressed.metadata == ("id3v1", "id3v2")
    assert bare.metadata == ()


@pytest.mark.parametrize(
    "text", ["\ufeffHello, this is text. " * 3, "\ufeffBEGIN:VCARD\r\nVERSION:3.0\r\n", "plain" * 900]
)
def test_text_is_not_mistaken_for_sound(text):
    """The byte order mark FF FE looks like the beginning of an MPEG frame."""
    for encoding in ("utf-16-le", "utf-8"):
        assert not mpegaudio.looks_like(text.encode(encoding), adts=False)
        assert not mpegaudio.looks_like(text.encode(encoding), adts=True)


def test_an_amr_that_breaks_off_is_salvaged():
    """Whole frames of 20 ms count; the remark says where the rest is missing."""
    frames = (b"\x3c" + bytes(31)) * 50
    clip = plain_audio.read_amr(bounded(b"#!AMR\n" + frames + b"\x3c" + bytes(9)))

    assert (clip.duration_s, clip.remarks[0][0]) == (1.0, "salvaged")
    assert clip.sound is not None
    assert clip.sound.bit_rate_bps == 12_800


def test_wide_band_amr_is_told_apart():
    """Few phones of the MMS age play it."""
    clip = plain_audio.read_amr(bounded(b"#!AMR-WB\n" + (b"\x44" + bytes(60)) * 25))

    assert clip.sound is not None
    assert (clip.sound.codec, clip.sound.sample_rate_hz, clip.duration_s) == ("amr_wb", 16_000, 0.5)


def test_no_bit_rate_is_below_nothing():
    """A FLAC whose tags at the end reach into what its header calls metadata has no rate, not a negative one."""
    info = bytes(10) + ((44_100 << 44) | (1 << 41) | (15 << 36) | 44_100).to_bytes(8, "big") + bytes(16)
    data = b"fLaC\x80\0\0\x22" + info + b"APETAGEX" + bytes(4) + (60).to_bytes(4, "little") + bytes(16)
    clip = plain_audio.read_flac(bounded(data))

    assert clip.duration_s == 1.0
    assert clip.sounds[0].bit_rate_bps is None


def test_tags_behind_an_mp3_are_found_in_any_order(tmp_path):
    """ID3 with a footer, lyrics, APE and the old form with its extension, as taggers of twenty years left them."""
    data = planted.mp3(tmp_path / "a.mp3")

    clip = mpegaudio.read_mp3(bounded(data))

    assert clip.metadata == ("ape", "id3v1", "id3v2", "lyrics")
    assert planted.WORD not in mpegaudio.frames_alone(data)


@pytest.mark.parametrize("rate", [("-q:a", "4"), ("-b:a", "64k")])
def test_frames_alone_are_the_file_without_its_tags(tmp_path, rate):
    """The table that tells a variable rate's length stays; tags and junk go, between frames too."""
    plain = make(tmp_path / "a.mp3", *rate, "-id3v2_version", "0", picture=False).read_bytes()
    tag = b"ID3\x03\x00\x00" + bytes([0, 0, 0x7F, 0x7F]) + bytes(0x3FFF)
    first = mpegaudio.mpeg_frame(plain[:4])

    assert b"Xing" in plain[: first.size_bytes] or b"Info" in plain[: first.size_bytes]
    assert mpegaudio.frames_alone(plain) == plain
    at = plain.index(plain[first.size_bytes : first.size_bytes + 2], len(plain) // 2)
    while mpegaudio.find_frames(plain[at:], 0, 3, adts=False) != 0:
        at += 1
    dressed = tag + plain[:at] + b"junk" + plain[at:] + b"TAG" + bytes(125)
    assert mpegaudio.frames_alone(dressed) == plain


@pytest.mark.parametrize("junk", [b"\xff" * 3_000_000, bytes(3_000_000), b"\xff\xfb\x90\x64" * 500_000])
def test_frames_are_not_looked_for_without_end(tmp_path, junk):
    """What is nearly all junk is left to the program that copies streams, after a bounded look."""
    plain = make(tmp_path / "a.mp3", "-b:a", "64k", "-id3v2_version", "0", picture=False).read_bytes()

    assert mpegaudio.frames_alone(plain + junk + plain) == b""
    assert mpegaudio.frames_alone(junk) == b""
