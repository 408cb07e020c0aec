"""Profile, level, pixel format and dimensions from the codecs' own headers."""

import pytest
from timed_media import bounded, make

from mediaprep.kinds import _isobmff as isobmff
from mediaprep.kinds._bits import Bits, EndOfBitsError, without_emulation
from mediaprep.kinds._h264 import LEVEL_1B, h264_level, h264_profile, read_avcc, read_sps
from mediaprep.kinds._mpeg4 import read_audio_config
from mediaprep.kinds._vpx_av1 import read_vp9_frame


def picture_of(path):
    """Read the one picture track of a file."""
    (picture,) = isobmff.read(bounded(path.read_bytes())).pictures
    return picture


@pytest.mark.parametrize(
    ("profile", "level", "pixels", "named"),
    [
        ("baseline", "3.0", "yuv420p", "constrained_baseline"),
        ("main", "3.1", "yuv420p", "main"),
        ("high", "4.2", "yuv420p", "high"),
        ("high10", "5.1", "yuv420p10le", "high_10"),
        ("high422", "4.0", "yuv422p10le", "high_422"),
        ("high444", "4.0", "yuv444p", "high_444"),
    ],
)
def test_h264_names_its_profile_and_level(tmp_path, profile, level, pixels, named):
    """What the encoder was told is what the header reader finds, crops of odd heights included."""
    options = ("-c:v", "libx264", "-profile:v", profile, "-level", level, "-pix_fmt", pixels, "-vf", "crop=90:58")
    path = make(tmp_path / "a.mp4", *options, sound=False)
    picture, record = picture_of(path), path.read_bytes().partition(b"avcC")[2]
    coding = read_avcc(record)

    assert (coding.width, coding.height) == (90, 58)
    assert (picture.profile, picture.level, picture.pixel_format) == (named, float(level), pixels)
    assert (picture.width, picture.height, picture.hdr) == (90, 58, False if pixels == "yuv420p" else picture.hdr)


@pytest.mark.parametrize(("b_frames", "found"), [("0", False), ("3", True)])
def test_b_frames_are_seen_in_the_tables(tmp_path, b_frames, found):
    """Old phones show nothing of a video with B-frames, so this must be right."""
    picture = picture_of(make(tmp_path / "a.mp4", "-c:v", "libx264", "-bf", b_frames, sound=False))

    assert picture.b_frames is found


@pytest.mark.parametrize(("transfer", "hdr"), [("smpte2084", True), ("arib-std-b67", True), ("bt709", False)])
def test_hevc_says_whether_it_is_hdr(tmp_path, transfer, hdr):
    """PQ and HLG stand in the parameter set, whatever the container says."""
    params = f"log-level=error:colorprim=bt2020:transfer={transfer}:colormatrix=bt2020nc"
    options = ("-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-x265-params", params, "-movflags", "-write_colr")
    picture = picture_of(make(tmp_path / "a.mp4", *options, "-preset", "ultrafast", "-tag:v", "hvc1", sound=False))

    assert (picture.codec, picture.profile, picture.pixel_format) == ("hevc", "main_10", "yuv420p10le")
    assert (picture.width, picture.height, picture.hdr) == (96, 64, hdr)


def test_level_1b_stands_between_its_neighbours():
    """It is written as 9, or as 11 with a flag."""
    assert 1.0 < LEVEL_1B < 1.1
    assert h264_level(9, 66, 0) == h264_level(11, 66, 0x10) == LEVEL_1B
    assert h264_level(11, 100, 0x10) == 1.1


def test_main_that_obeys_baseline_too_is_constrained_baseline():
    """Constraint flags 0 and 1 together say so."""
    assert h264_profile(77, 0xC0) == "constrained_baseline"
    assert h264_profile(66, 0) == "baseline"
    assert h264_profile(66, 0x40) == "constrained_baseline"


@pytest.mark.parametrize("nal", [b"", b"\x67", b"\x67\x64", b"\x67\x64\x00\x1f", b"\x68" * 30])
def test_a_damaged_parameter_set_is_unknown(nal):
    """The decoder has the last word about such a file, not the header reader."""
    assert read_sps(nal) is None


def test_bits_end_where_they_end():
    """Reading past the end is an error of its own, never a wrong number."""
    bits = Bits(b"\xa5")
    assert [bits.take(3), bits.take(5)] == [5, 5]
    with pytest.raises(EndOfBitsError):
        bits.take(1)
    with pytest.raises(EndOfBitsError):
        Bits(b"\0" * 10).ue()


def test_exp_golomb_codes():
    """The codes of ISO/IEC 14496-10 table 9-2: 1, 010, 011, 00100."""
    bits = Bits(bytes([0b10100110, 0b01000000]))

    assert [bits.ue() for _ in range(4)] == [0, 1, 2, 3]
    assert [Bits(bytes([0b01000000])).se(), Bits(bytes([0b01100000])).se()] == [1, -1]


def test_emulation_bytes_go():
    """The 3 after two zeros was put there by the encoder."""
    assert without_emulation(b"\0\0\3\1\0\0\3\0\0\3\2") == b"\0\0\1\0\0\0\0\2"


@pytest.mark.parametrize(
    ("config", "codec", "rate", "channels"),
    [
        ("1210", "aac", 44_100, 2),
        ("1190", "aac", 48_000, 2),
        ("1388", "aac", 22_050, 1),
        ("2b920800", "aac_he", 44_100, 2),
        ("eb09a0", "aac_he", 48_000, 2),
        ("138856e5a0", "aac_he", 44_100, 1),
    ],
)
def test_aac_configurations(config, codec, rate, channels):
    """LC, HE announced in front, HE version 2, and HE announced behind a plain configuration."""
    aac = read_audio_config(bytes.fromhex(config))

    assert aac is not None
    assert (aac.codec, aac.sample_rate_hz, aac.channels) == (codec, rate, channels)


def test_a_vp9_frame_that_is_no_key_frame_tells_nothing():
    """Only key frames carry format and dimensions."""
    assert read_vp9_frame(b"\x86\x00" + bytes(20)) is None
    assert read_vp9_frame(b"") is None
