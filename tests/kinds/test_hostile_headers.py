"""No reader of headers does anything but answer or refuse, whatever bytes it is given."""

import contextlib
import struct

import pytest
import timed_media as media
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_matroska import HEAD, blocks, element, picture_track

from mediaprep.errors import AssetError
from mediaprep.kinds import _containers as containers
from mediaprep.kinds._clip import Clip
from mediaprep.kinds._h264 import read_avcc
from mediaprep.kinds._hevc import read_hvcc, read_sps
from mediaprep.kinds._mpeg4 import read_audio_config, read_esds, read_visual_config
from mediaprep.kinds._playlists import points_elsewhere
from mediaprep.kinds._vpx_av1 import read_av1c, read_vp9_frame, read_vpcc

_FORMAT = struct.pack("<HHIIHH", 1, 2, 44_100, 176_400, 4, 16)
_STREAM_HEAD = b"vidsH264" + bytes(12) + struct.pack("<4I", 1, 25, 0, 25) + bytes(20)
_BITMAP = struct.pack("<Iii", 40, 96, 64) + bytes(4) + b"H264" + bytes(20)


def _chunk(name, body):
    return name + struct.pack("<I", len(body)) + body


_LIST = _chunk(b"LIST", b"strl" + _chunk(b"strh", _STREAM_HEAD) + _chunk(b"strf", _BITMAP))
_AVI = b"AVI " + _chunk(b"LIST", b"hdrl" + _chunk(b"avih", bytes(56)) + _LIST) + _chunk(b"LIST", b"movi" + bytes(40))
_ESDS = media.full_box(b"esds", bytes.fromhex("03190002000411401500000000000000000000000005021210060102"))
_FRAGMENT = media.box(
    b"moof",
    media.box(
        b"traf",
        media.full_box(b"tfhd", struct.pack(">3I", 1, 40, 100), flags=0x18),
        media.full_box(b"tfdt", struct.pack(">I", 0)),
        media.full_box(b"trun", struct.pack(">I", 2), struct.pack(">4I", 40, 100, 40, 100), flags=0x300),
    ),
)
_EXTENDS = media.box(b"mvex", media.full_box(b"trex", struct.pack(">5I", 1, 1, 40, 100, 0)))
_PAGE = (
    b"OggS\0\2"
    + bytes(8)
    + b"\1\0\0\0"
    + bytes(8)
    + b"\1\x1e\x01vorbis\0\0\0\0\2"
    + struct.pack("<4I", 44_100, 0, 0, 0)
    + b"\xb8\1"
)

SEEDS = {
    "mp4": media.movie(
        media.track(media.picture_entry(b"avc1", media.box(b"avcC", bytes.fromhex("0164001fffe1000467640020")))),
        media.track(media.sound_entry(b"mp4a", _ESDS), handler=b"soun", number=2),
        inside=media.box(b"udta", media.box(b"\xa9xyz", b"\0\x12\x15\xc7+40.6894-074.0447/")) + _EXTENDS,
    ) + _FRAGMENT,
    "mov": media.movie(media.track(media.picture_entry(b"jpeg")), brand=b"qt  "),
    "webm": HEAD + element(
        0x18538067,
        element(0x1549A966, element(0x2AD7B1, b"\x0f\x42\x40"), element(0x4489, struct.pack(">d", 1000.0))),
        element(0x1654AE6B, picture_track(codec=b"V_VP9")),
        element(0x1F43B675, element(0xE7, b"\0"), blocks(range(0, 400, 40))),
    ),
    "wav": b"RIFF\x80\0\0\0WAVE" + _chunk(b"fmt ", _FORMAT) + _chunk(b"data", bytes(100)),
    "avi": b"RIFF" + struct.pack("<I", len(_AVI)) + _AVI,
    "ogg": _PAGE + b"OggS\0\4" + struct.pack("<Q", 44_100) + b"\1\0\0\0" + bytes(8) + b"\1\1\0",
    "aiff": b"FORM\0\0\0\x60AIFFCOMM\0\0\0\x12\0\1\0\0\0\x10\0\x10\x40\x0e\xac\x44" + bytes(6)
    + b"SSND\0\0\0\x28" + bytes(40),
    "caf": b"caff\0\1\0\0desc" + struct.pack(">Q", 32) + struct.pack(">d4s5I", 44_100, b"lpcm", 2, 2, 1, 1, 16)
    + b"data" + struct.pack(">q", 104) + bytes(104),
    "amr": b"#!AMR\n" + (b"\x3c" + bytes(31)) * 5,
    "flac": b"fLaC\x80\0\0\x22" + bytes(10)
    + ((44_100 << 44) | (1 << 41) | (15 << 36) | 44_100).to_bytes(8, "big") + bytes(16),
    "mp3": (b"\xff\xfb\x90\xc0" + bytes(413)) * 6,
    "aac": (b"\xff\xf1\x50\x40\x02\x1f\xfc" + bytes(9)) * 6,
}  # fmt: skip


def attempt(data):
    """Sniff and read bytes as the kinds do; a refusal is fine, anything else is not."""
    with contextlib.suppress(AssetError):
        row = containers.container_of(data[:65_536])
        if row.reader is not None:
            return row.reader(media.bounded(data, 1_000_000))
    return None


@pytest.mark.parametrize("name", SEEDS)
def test_the_seeds_are_read(name):
    """The bytes that are broken below are whole to begin with."""
    clip = attempt(SEEDS[name])

    assert isinstance(clip, Clip)
    assert clip.pictures or clip.sounds


@pytest.mark.parametrize("name", SEEDS)
def test_every_cut_is_answered(name):
    """A file may end after any of its bytes."""
    data = SEEDS[name]
    for end in range(len(data)):
        attempt(data[:end])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(SEEDS)), st.data())
def test_flipped_bytes_are_answered(name, data):
    """Up to eight bytes anywhere may be anything, lengths and counts included."""
    broken = bytearray(SEEDS[name])
    # the first 12 bytes choose the reader; they stay, so that the reader is what is tried
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(12, len(broken) - 1))
        broken[at] = data.draw(st.sampled_from([0, 1, 0x7F, 0x80, 0xFE, 0xFF, data.draw(st.integers(0, 255))]))
    attempt(bytes(broken))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_codec_records_of_any_bytes_are_answered(data):
    """A configuration record is the least checked part of a file."""
    read_avcc(b"\x01\x64\x00\x1f\xff\xe1\x00\x60\x67" + data)
    read_hvcc(bytes(22) + b"\x01\x21\x00\x01\x00\x80" + data)
    read_sps(data)
    read_esds(b"\x03" + data)
    read_audio_config(data)
    read_visual_config(data)
    read_av1c(data)
    read_vpcc(data)
    read_vp9_frame(data)
    points_elsewhere(data)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([data[:12] for data in SEEDS.values()]), st.binary(max_size=600))
def test_a_signature_with_anything_behind_it_is_answered(signature, rest):
    """A signature proves nothing about what follows."""
    attempt(signature + rest)


def test_a_tower_of_boxes_is_no_deep_recursion():
    """A thousand boxes inside each other cost as little as one."""
    tower = media.box(b"mdia")
    for _ in range(1000):
        tower = media.box(b"trak", tower)

    assert attempt(media.movie(inside=tower)) is not None


def test_a_million_empty_boxes_are_refused_in_time():
    """The bound on headers ends the walk."""
    with pytest.raises(AssetError) as caught:
        containers.isobmff.read(
            media.bounded(media.box(b"ftyp", b"isom", bytes(4)) + media.box(b"free") * 200_000, 1_000_000)
        )

    assert caught.value.code == "header_bound"
