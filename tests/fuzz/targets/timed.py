"""Readers of the headers of video and sound."""

import contextlib
import io
from collections.abc import Callable

from target import Target, can_be_told, in_range, source_of, spelled
from test_hostile_headers import SEEDS

from mediaprep import ffmpeg_log
from mediaprep.errors import AssetError
from mediaprep.kinds import _containers as containers
from mediaprep.kinds import _h264 as h264
from mediaprep.kinds import _hevc as hevc
from mediaprep.kinds import _mpeg4 as mpeg4
from mediaprep.kinds import _mpegaudio as mpegaudio
from mediaprep.kinds import _vpx_av1 as vpx_av1
from mediaprep.kinds._bounded import Bounded
from mediaprep.kinds._clip import Clip
from mediaprep.kinds._logged import clip_from
from mediaprep.kinds._riff import read_wave_format
from mediaprep.kinds._timed import describe, keep_bounds
from mediaprep.model import KindName
from mediaprep.options import Bounds
from mediaprep.storage import Source

_ROWS = {row.name: row for row in containers.CONTAINERS if row.reader is not None}


def told(clip: Clip, data: bytes) -> None:
    """Take a clip the way that a probe does."""
    in_range(clip)
    for picture in clip.pictures:
        assert picture.rotation_deg in (0, 90, 180, 270)
        assert picture.fps is None or picture.fps > 0
    keep_bounds(clip, Bounds())
    source = Source(path=source_of(b"").path, size_bytes=len(data), head=data)
    can_be_told(describe(clip, source, KindName.VIDEO, "video/mp4", "mp4"))


def reader(name: str):
    """Make the attempt of one container's reader: it answers with facts that make sense, or refuses."""
    read = _ROWS[name].reader
    assert read is not None

    def attempt(data: bytes) -> None:
        with contextlib.suppress(AssetError):
            told(read(Bounded(io.BytesIO(data), len(data), 1_000_000)), data)

    return attempt


def mp3(data: bytes) -> None:
    """Read an MP3's facts, then take its frames alone: what is left is frames alone already, and untagged."""
    reader("mp3")(data)
    alone = mpegaudio.frames_alone(data)
    assert len(alone) <= len(data)
    if alone:
        assert mpegaudio.frames_alone(alone) == alone, "frames were lost among frames"


def padded(data: bytes) -> None:
    """Read ISO boxes in front of a gigabyte of media that is not there to be read: indexes may point into it."""
    with contextlib.suppress(AssetError):
        told(containers.isobmff.read(Bounded(_Padded(data), len(data) + (1 << 30), 1_000_000)), data)


class _Padded(io.RawIOBase):
    """Bytes, and zeros behind them."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self._data, self._at = data, 0

    def seek(self, offset: int, whence: int = 0) -> int:
        assert whence == 0
        self._at = offset
        return offset

    def read(self, size: int = -1) -> bytes:
        assert size >= 0
        found = self._data[self._at : self._at + size]
        return found + bytes(size - len(found))


_RECORDS = (
    h264.read_avcc,
    h264.read_sps,
    hevc.read_hvcc,
    hevc.read_sps,
    mpeg4.read_esds,
    mpeg4.read_audio_config,
    mpeg4.read_visual_config,
    vpx_av1.read_av1c,
    vpx_av1.read_vpcc,
    vpx_av1.read_vp9_frame,
    read_wave_format,
)


def record(data: bytes) -> None:
    """Read a codec's configuration record; the first byte says of which codec."""
    if data:
        with contextlib.suppress(AssetError):
            in_range(_RECORDS[data[0] % len(_RECORDS)](data[1:]))


def record_seeds() -> tuple[bytes, ...]:
    """Give a record of each codec."""
    bodies = (
        "0164001fffe100176764001facd9405005bb011000000300100000030320f183196001000668ebe3cb22c0",
        "6764001facd9405005bb011000000300100000030320f18319600100",
        "0101600000009000000000005df000fcfdf8f800000f03a00001001840010c01ffff01600000030090000003000003005dac09",
        "42010101600000030090000003000003005da00280802d165964924caf01680800000300800000190400",
        "03190002000411401500000000000000000000000005021210060102",
        "1210",
        "000001b001000001b58913000001000000012000c48d8800cd14043c1463",
        "81084c000a0b00000024cf7fbf62ffc6",
        "010000000a0c8101020200",
        "824983420013f00ef6",
        "0100020044ac000010b1020004001000",
    )
    return tuple(bytes([number]) + bytes.fromhex(body) for number, body in enumerate(bodies))


def log(data: bytes) -> None:
    """Read what ffmpeg prints about a file; names and tags in it are a stranger's."""
    text = "Input #0, " + data.decode("utf-8", "replace")
    with contextlib.suppress(AssetError):
        found = ffmpeg_log.read(text)
        if found is not None:
            told(clip_from(found, "mp4", "mov"), data)


_LOG = b"""mov,mp4,m4a,3gp,3g2,mj2, from 'a.mp4':
  Metadata:
    major_brand     : isom
  Duration: 00:00:05.02, start: 0.000000, bitrate: 1205 kb/s
  Stream #0:0[0x1](und): Video: h264 (High) (avc1 / 0x31), yuv420p(tv, bt709), 640x360, 1090 kb/s, 25 fps, 25 tbr
    Metadata:
      handler_name    : VideoHandler
    Side data:
      Display Matrix: rotation of -90.00 degrees
      DOVI configuration record: version: 1.0, profile: 5, level: 4, rl: 1, el: 0, bl: 1, compatibility id: 0
  Stream #0:1(und): Audio: aac (LC) (mp4a / 0x6134706D), 44100 Hz, stereo, fltp, 128 kb/s (default)
  Stream #0:2: Video: png, rgb24(pc, smpte2084/bt2020nc/bt2020), 600x600, 90k tbr, 90k tbn (attached pic)
  Stream #0:3: Audio: pcm_s16le ([1][0][0][0] / 0x0001), 8000 Hz, 1 channels, s16, 1536 kb/s
"""

_BOXES = spelled(
    r"ftyp moov mvhd trak tkhd mdia mdhd hdlr minf vmhd smhd dinf dref stbl stsd stts ctts stsc stsz stz2 stco "
    r"co64 stss edts elst udta meta ilst keys mdta moof mfhd traf tfhd tfdt trun mvex trex mdat free skip wide "
    r"uuid avc1 avcC hvc1 hev1 hvcC mp4v esds mp4a alac samr sawb damr s263 d263 av01 av1C vp09 vpcC tmcd text "
    r"rtmd gpmd camm gps0 colr nclx nclc pasp btrt tref chap vide soun qt__ isom mp42 3gp4 3g2a M4A_ cmov rmra "
    r"wave sinf encv enca schm dvcC dvvC \xa9xyz loci name data mean ID32 sidx emsg saio saiz sgpd sbgp"
)
_EBML = spelled(
    r"\x1aE\xdf\xa3 B\x82 \x18S\x80g \x11M\x9bt \x15I\xa9f *\xd7\xb1 D\x89 \x16T\xaek \xae \xd7 \x83 \x86 c\xa2 "
    r"\xe0 \xb0 \xba \xe1 \xb5 \x9f \x1fC\xb6u \xe7 \xa3 \xa0 \xa1 \x9b \x1cS\xbbk \x12T\xc3g ss g\xc8 E\xa3 "
    r"D\x87 \x19A\xa4i \x10C\xa7p m\x80 #\xe3\x83 U\xb0 WA M\x80 \xec \xbf \x01\xff\xff\xff\xff\xff\xff\xff \xff "
    r"\x08 \x01\x00\x00\x00\x00\x00\x00"
)


def _container(
    name: str,
    suffixes: tuple[str, ...],
    words: tuple[bytes, ...] = (),
    attempt: Callable[[bytes], None] | None = None,
) -> Target:
    row = _ROWS[name]
    return Target(
        name=name,
        attempt=attempt or reader(name),
        suffixes=suffixes,
        words=words,
        seeds=lambda: tuple(data for data in SEEDS.values() if row.match(data)),
    )


TARGETS = (
    _container("isobmff", (".mp4", ".m4a", ".mov", ".3gp", ".3g2", ".m4v", ".m4b"), _BOXES),
    Target(
        name="isobmff_index",
        attempt=padded,
        suffixes=(".mp4", ".m4a", ".mov", ".3gp", ".3g2"),
        words=_BOXES,
        seeds=lambda: (SEEDS["mp4"], SEEDS["mov"]),
    ),
    _container("matroska", (".mkv", ".webm", ".mka"), _EBML),
    _container(
        "avi",
        (".avi",),
        (
            b"RIFF",
            b"AVI ",
            b"LIST",
            b"hdrl",
            b"avih",
            b"strl",
            b"strh",
            b"strf",
            b"movi",
            b"vids",
            b"auds",
            b"idx1",
            b"dmlh",
            b"JUNK",
            b"INFO",
            b"rec ",
            b"01wb",
            b"00dc",
        ),
    ),
    _container(
        "wav",
        (".wav",),
        (
            b"RIFF",
            b"RF64",
            b"BW64",
            b"WAVE",
            b"fmt ",
            b"data",
            b"ds64",
            b"fact",
            b"LIST",
            b"id3 ",
            b"bext",
            b"iXML",
            b"\xff\xff\xff\xff",
            b"\xfe\xff",
        ),
    ),
    _container(
        "ogg",
        (".ogg", ".oga", ".opus", ".ogv"),
        (
            b"OggS",
            b"\x01vorbis",
            b"\x03vorbis",
            b"OpusHead",
            b"OpusTags",
            b"\x80theora",
            b"Speex   ",
            b"\x7fFLAC",
            b"fLaC",
        ),
    ),
    _container(
        "aiff",
        (".aif", ".aiff", ".aifc"),
        (b"FORM", b"AIFF", b"AIFC", b"COMM", b"SSND", b"NONE", b"sowt", b"ID3 ", b"MARK", b"alaw", b"fl64"),
    ),
    _container("caf", (".caf",), (b"caff", b"desc", b"data", b"pakt", b"kuki", b"info", b"lpcm", b"aac ", b"alac")),
    _container("amr", (".amr", ".awb"), (b"#!AMR\n", b"#!AMR-WB\n")),
    _container("flac", (".flac",), (b"fLaC", b"ID3\x03\0")),
    _container("adts", (".aac",), (b"\xff\xf1", b"\xff\xf9", b"ID3\x04\0")),
    _container(
        "mp3",
        (".mp3", ".mp2"),
        (
            b"\xff\xfb",
            b"\xff\xf3",
            b"ID3\x03\0",
            b"Xing",
            b"Info",
            b"VBRI",
            b"TAG",
            b"APETAGEX",
            b"LAME",
            b"3DI\4",
            b"LYRICS200",
            b"TAG+",
        ),
        attempt=mp3,
    ),
    Target(name="codec_records", attempt=record, seeds=record_seeds, longest=1_024),
    Target(
        name="ffmpeg_log",
        attempt=log,
        longest=4_096,
        seeds=lambda: (_LOG, _LOG.replace(b"00:00:05.02", b"N/A"), _LOG.replace(b"640x360", b"0x0")),
        words=spelled(
            r"\x20\x20Stream\x20#0:0 :\x20Video:\x20 :\x20Audio:\x20 \x20\x20Duration:\x20 N/A \x20fps \x20tbr "
            r"\x20kb/s \x20Hz rotation\x20of\x20 Display\x20Matrix:\x20rotation\x20of\x20 1e999 nan [0x1] (und) "
            r"9999999999999999999999999"
        ),
    ),
)
