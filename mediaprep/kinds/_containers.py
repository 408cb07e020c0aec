"""Which container a file is, by its first bytes, and which reader tells its facts.

The name that is found here is also what ffmpeg is forced to read the file as: nothing else decides that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from mediaprep import ffmpeg
from mediaprep.errors import AssetError
from mediaprep.formats import brand
from mediaprep.kinds import _apple_audio as apple_audio
from mediaprep.kinds import _avi as avi
from mediaprep.kinds import _isobmff as isobmff
from mediaprep.kinds import _matroska as matroska
from mediaprep.kinds import _mpegaudio as mpegaudio
from mediaprep.kinds import _ogg as ogg
from mediaprep.kinds import _plain_audio as plain_audio
from mediaprep.kinds import _wav as wav
from mediaprep.kinds._bounded import Bounded
from mediaprep.kinds._clip import Clip
from mediaprep.kinds._logged import clip_from, timed
from mediaprep.options import Bounds
from mediaprep.storage import Source

Reader = Callable[[Bounded], Clip]

_PICTURE_BRANDS = frozenset({
    "avif", "avis", "heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs", "mif1", "mif2", "msf1", "miaf",
    "crx", "jp2", "jpx", "jpm", "j2ki", "j2is",
})  # fmt: skip
"""Brands of pictures that use the same boxes."""

_FIRST_BOXES = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """One row: ``reader`` is None where ffmpeg's log is all there is."""

    name: str
    demuxer: str
    match: Callable[[bytes], bool]
    reader: Reader | None = None


def is_isobmff(head: bytes) -> bool:
    """Match MP4, QuickTime, 3GP and M4A, but no pictures in the same boxes."""
    if head[4:8] == b"ftyp":
        return brand(head) not in _PICTURE_BRANDS
    # QuickTime files from before brands existed. Text may well begin "Get free": four letters make no size
    # below half a gigabyte (0x20202020), a real first box does.
    size = int.from_bytes(head[:4], "big")
    return head[4:8] in _FIRST_BOXES and (size in {0, 1} or 8 <= size < 0x2000_0000)


def _iso_name(head: bytes) -> str:
    return isobmff.container_name(brand(head)) if is_isobmff(head) else ""


def is_mp4(head: bytes) -> bool:
    """Match MP4 and M4A."""
    return _iso_name(head) == "mp4"


def is_m4a(head: bytes) -> bool:
    """Match what calls itself Apple's sound: M4A, M4B and M4P brands."""
    return brand(head) in {"M4A", "M4B", "M4P"}


def is_mov(head: bytes) -> bool:
    """Match QuickTime, with its brand or without any."""
    return _iso_name(head) == "mov"


def is_3gp(head: bytes) -> bool:
    """Match 3GP (3GPP TS 26.244)."""
    return _iso_name(head) == "3gp"


def is_3g2(head: bytes) -> bool:
    """Match 3G2 (3GPP2 C.S0050)."""
    return _iso_name(head) == "3g2"


def _is_ebml(head: bytes) -> bool:
    return head[:4] == b"\x1a\x45\xdf\xa3"


def is_webm(head: bytes) -> bool:
    """Match EBML files of document type ``webm``."""
    return _is_ebml(head) and b"webm" in head[:64]


def is_matroska(head: bytes) -> bool:
    """Match other EBML files; the reader refuses what is not Matroska."""
    return _is_ebml(head) and not is_webm(head)


def is_wav(head: bytes) -> bool:
    """Match WAV, RF64 and BW64."""
    return head[:4] in {b"RIFF", b"RF64", b"BW64"} and head[8:12] == b"WAVE"


def is_avi(head: bytes) -> bool:
    """Match AVI."""
    return head[:4] == b"RIFF" and head[8:12] in {b"AVI ", b"AVIX", b"AVI\x19"}


def is_ogg(head: bytes) -> bool:
    """Match Ogg."""
    return head[:5] == b"OggS\0"


def is_aiff(head: bytes) -> bool:
    """Match AIFF and AIFF-C."""
    return head[:4] == b"FORM" and head[8:11] == b"AIF"


def is_caf(head: bytes) -> bool:
    """Match Core Audio Format."""
    return head[:4] == b"caff"


def is_au(head: bytes) -> bool:
    """Match AU, which voice mail systems write: Sun's audio format."""
    return head[:4] == b".snd"


def is_amr(head: bytes) -> bool:
    """Match AMR narrow-band, of one channel."""
    return head[:6] == b"#!AMR\n"


def is_awb(head: bytes) -> bool:
    """Match AMR wide-band, of one channel."""
    return head[:9] == b"#!AMR-WB\n"


def is_flac(head: bytes) -> bool:
    """Match FLAC, also behind an ID3 tag."""
    return head[:4] == b"fLaC" or (head[:3] == b"ID3" and mpegaudio.behind_tag(head)[:4] == b"fLaC")


def is_asf(head: bytes) -> bool:
    """Match ASF: WMV and WMA."""
    return head[:16] == bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")


def is_flv(head: bytes) -> bool:
    """Match Flash video."""
    return head[:4] == b"FLV\x01" and len(head) > 9


def is_mpeg_ps(head: bytes) -> bool:
    """Match MPEG program streams."""
    return head[:4] == b"\x00\x00\x01\xba"


def is_mpeg_video(head: bytes) -> bool:
    """Match a bare MPEG-1 or MPEG-2 video stream."""
    return head[:4] == b"\x00\x00\x01\xb3"


def is_mpeg(head: bytes) -> bool:
    """Match MPEG-1 and MPEG-2: program streams, and pictures alone."""
    return is_mpeg_ps(head) or is_mpeg_video(head)


def is_mpeg_ts(head: bytes) -> bool:
    """Match MPEG transport streams, of 188 bytes a packet or 192 (with a time stamp before each)."""
    return any(
        len(head) > start + 4 * step and all(head[start + index * step] == 0x47 for index in range(5))
        for start, step in ((0, 188), (4, 192))
    )


def is_adts(head: bytes) -> bool:
    """Match raw AAC with frame headers."""
    return mpegaudio.looks_like(head, adts=True)


def is_mp3(head: bytes) -> bool:
    """Match MP3 and MP2: an ID3 tag, or frames that follow each other."""
    return not is_flac(head) and not is_adts(head) and mpegaudio.looks_like(head, adts=False)


CONTAINERS = (
    Container(name="isobmff", demuxer="mov", match=is_isobmff, reader=isobmff.read),
    Container(name="matroska", demuxer="matroska", match=_is_ebml, reader=matroska.read),
    Container(name="avi", demuxer="avi", match=is_avi, reader=avi.read),
    Container(name="wav", demuxer="wav", match=is_wav, reader=wav.read),
    Container(name="ogg", demuxer="ogg", match=is_ogg, reader=ogg.read),
    Container(name="aiff", demuxer="aiff", match=is_aiff, reader=apple_audio.read_aiff),
    Container(name="caf", demuxer="caf", match=is_caf, reader=apple_audio.read_caf),
    Container(name="amr", demuxer="amr", match=lambda head: is_amr(head) or is_awb(head), reader=plain_audio.read_amr),
    Container(name="au", demuxer="au", match=is_au),
    Container(name="asf", demuxer="asf", match=is_asf),
    Container(name="flv", demuxer="flv", match=is_flv),
    Container(name="mpeg", demuxer="mpeg", match=is_mpeg_ps),
    Container(name="mpeg", demuxer="mpegvideo", match=is_mpeg_video),
    Container(name="mpegts", demuxer="mpegts", match=is_mpeg_ts),
    Container(name="flac", demuxer="flac", match=is_flac, reader=plain_audio.read_flac),
    Container(name="adts", demuxer="aac", match=is_adts, reader=mpegaudio.read_adts),
    Container(name="mp3", demuxer="mp3", match=is_mp3, reader=mpegaudio.read_mp3),
)
"""In this order: firm signatures first, frames that merely follow each other last."""

_NOT_FINAL = frozenset({"unreadable", "unsupported"})
"""What a reader of ours may be wrong about; ffmpeg, which mends more, is asked before the file is refused."""


def container_of(head: bytes) -> Container:
    """Name the container; raises AssetError ``unsupported``."""
    for row in CONTAINERS:
        if row.match(head):
            return row
    raise AssetError("unsupported", "the file is not a video or sound container that mediaprep reads")


def read_headers(source: Source, bounds: Bounds) -> Clip | None:
    """Read a file's facts with our own reader alone; None where there is none. Raises AssetError."""
    row = container_of(source.head)
    if row.reader is None:
        return None
    with source.open() as stream:
        within = Bounded(stream, source.size_bytes, bounds.max_header_bytes, max_tracks=bounds.max_tracks)
        return row.reader(within)


def read(source: Source, bounds: Bounds) -> Clip:
    """Read a file's facts, with our own reader if there is one, else from ffmpeg's log and list of packets.

    Raises AssetError (see the readers) and ToolError where ffmpeg is needed and cannot run.
    """
    row = container_of(source.head)
    try:
        clip = read_headers(source, bounds)
    except AssetError as error:
        if error.code not in _NOT_FINAL:
            raise
        try:
            return _asked(source, row, bounds)
        except AssetError:
            raise error from None
    if clip is None or clip.tracks == 0 or (clip.duration_s is None and clip.demuxer != "wav"):
        logged = _asked(source, row, bounds)
        if clip is None or clip.tracks == 0:
            return logged
        if logged.duration_s is not None:
            return replace(clip, duration_s=logged.duration_s)
    return clip


def _asked(source: Source, row: Container, bounds: Bounds) -> Clip:
    """Ask ffmpeg."""
    log, tracks = ffmpeg.read_packets(source.path, row.demuxer, bounds)
    return timed(clip_from(log, row.name, row.demuxer), tracks)
