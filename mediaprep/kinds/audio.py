"""Sound: MP3, M4A, AAC, AMR, Ogg, WAV, FLAC, AIFF, CAF, WMA, and video containers that hold sound alone."""

from __future__ import annotations

from typing import Protocol

from mediaprep.errors import AssetError
from mediaprep.formats import Format, starts
from mediaprep.kinds import Encoded, FittingKind, Kept, Plan, RewrappingKind, Step, TrimmingKind
from mediaprep.kinds import _audio_plan as strategy
from mediaprep.kinds import _clip_cut as cutting
from mediaprep.kinds import _containers as containers
from mediaprep.kinds import _timed as timed
from mediaprep.kinds._audio_session import AudioSession
from mediaprep.limits import Limits
from mediaprep.model import KindName, MediaInfo
from mediaprep.options import Bounds, FitOptions
from mediaprep.storage import Source

MIDI = Format(
    name="midi", media_type="audio/midi", suffix="mid", match=starts(b"MThd\0\0\0\6"), suffixes=("mid", "midi", "kar"),
)  # fmt: skip
"""Notes instead of sound: claimed here so that it is refused for what it is."""

FORMATS: tuple[Format, ...] = (
    MIDI,
    Format(
        name="m4a", media_type="audio/mp4", suffix="m4a", match=containers.is_mp4,
        suffixes=("m4a", "m4b", "m4r", "mp4"),
        aliases=("audio/x-m4a", "audio/m4a"),
    ),
    Format(
        name="3gp", media_type="audio/3gpp", suffix="3gp", match=containers.is_3gp,
        suffixes=("3gp", "3gpp", "3ga"),
    ),
    Format(
        name="3g2", media_type="audio/3gpp2", suffix="3g2", match=containers.is_3g2,
        suffixes=("3g2", "3gp2", "3gpp2"),
    ),
    Format(
        name="mov", media_type="video/quicktime", suffix="mov", match=containers.is_mov,
        suffixes=("mov", "qt", "m4a"),
    ),
    Format(
        name="webm", media_type="audio/webm", suffix="webm", match=containers.is_webm,
        suffixes=("webm", "weba"),
    ),
    Format(
        name="mka", media_type="audio/x-matroska", suffix="mka", match=containers.is_matroska,
        suffixes=("mka", "mkv"),
    ),
    Format(
        name="wav", media_type="audio/wav", suffix="wav", match=containers.is_wav,
        suffixes=("wav", "wave", "bwf", "rf64"),
        aliases=("audio/x-wav", "audio/wave", "audio/vnd.wave"),
    ),
    Format(name="avi", media_type="video/x-msvideo", suffix="avi", match=containers.is_avi),
    Format(
        name="ogg", media_type="audio/ogg", suffix="ogg", match=containers.is_ogg,
        suffixes=("ogg", "oga", "opus", "spx"), aliases=("application/ogg", "audio/opus", "audio/vorbis"),
    ),
    Format(
        name="aiff", media_type="audio/aiff", suffix="aiff", match=containers.is_aiff,
        suffixes=("aiff", "aif", "aifc"),
        aliases=("audio/x-aiff",),
    ),
    Format(name="caf", media_type="audio/x-caf", suffix="caf", match=containers.is_caf),
    Format(name="amr", media_type="audio/amr", suffix="amr", match=containers.is_amr, aliases=("audio/AMR",)),
    Format(
        name="awb", media_type="audio/amr-wb", suffix="awb", match=containers.is_awb,
        suffixes=("awb", "amr"),
        aliases=("audio/AMR-WB",),
    ),
    Format(
        name="wma", media_type="audio/x-ms-wma", suffix="wma", match=containers.is_asf,
        suffixes=("wma", "asf"),
        aliases=("video/x-ms-asf",),
    ),
    Format(name="au", media_type="audio/basic", suffix="au", match=containers.is_au, suffixes=("au", "snd")),
    Format(
        name="mpegts", media_type="video/mp2t", suffix="ts", match=containers.is_mpeg_ts,
        suffixes=("ts", "mts", "m2ts", "m2t"),
    ),
    Format(
        name="mpeg", media_type="video/mpeg", suffix="mpg", match=containers.is_mpeg_ps,
        suffixes=("mpg", "mpeg", "mpe", "vob"),
    ),
    Format(name="flv", media_type="video/x-flv", suffix="flv", match=containers.is_flv),
    Format(
        name="flac", media_type="audio/flac", suffix="flac", match=containers.is_flac, aliases=("audio/x-flac",),
    ),
    Format(
        name="aac", media_type="audio/aac", suffix="aac", match=containers.is_adts,
        suffixes=("aac", "adts"),
        aliases=("audio/aacp", "audio/x-aac"),
    ),
    Format(
        name="mp3", media_type="audio/mpeg", suffix="mp3", match=containers.is_mp3,
        suffixes=("mp3", "mp2", "mpga", "mpa"),
        aliases=("audio/mp3", "audio/x-mp3", "audio/x-mpeg"),
    ),
)  # fmt: skip

_MAY_SHOW = frozenset({"m4a", "3gp", "3g2", "mov", "webm", "mka", "avi", "ogg", "wma", "flv", "mpegts", "mpeg"})
"""Formats whose containers hold video as well."""


class Audio:
    """The kind of sound without moving pictures; a cover is no moving picture."""

    name = KindName.AUDIO
    rank = 40
    formats = FORMATS
    cures = frozenset({"type_not_delivered", "container_not_delivered", "over_limit", "over_ingest_limit"})

    def claims(self, source: Source, form: Format) -> bool:
        """Claim what holds no moving picture (video has been asked before, and claims what cannot be told)."""
        return form.name not in _MAY_SHOW or not timed.has_pictures(source, unknown=False)

    def probe(self, source: Source, form: Format, bounds: Bounds) -> MediaInfo:
        """Read facts from headers (about a millisecond; 30 where ffmpeg's log is needed).

        Raises AssetError ``unsupported``, ``truncated``, ``encrypted``, ``unreadable``, ``no_picture`` or
        a bound's code.
        """
        if form is MIDI:
            raise AssetError("unsupported", f"{source.name} is MIDI: notes, which phones do not play, instead of sound")
        clip = containers.read(source, bounds)
        timed.keep_bounds(clip, bounds)
        if not clip.sounds:
            raise AssetError("no_picture", f"{source.name} holds no sound")
        return timed.describe(clip, source, self.name, form.media_type, form.suffix)

    def confirm(self, source: Source, info: MediaInfo, bounds: Bounds) -> MediaInfo:
        """Decode the first second; adds what only a decoder sees (a doubled sample rate)."""
        clip = timed.decoded(source, bounds)
        timed.keep_bounds(clip, bounds)
        return timed.describe(clip, source, self.name, info.media_type, info.suffix)

    def shortened(self, info: MediaInfo, options: FitOptions) -> MediaInfo:
        """Give the facts of the stretch that ``--trim`` keeps."""
        return cutting.shortened(info, options)

    def open(self, source: Source, info: MediaInfo, options: FitOptions, bounds: Bounds) -> AudioSession:
        """Open sound for fitting on any number of routes."""
        return AudioSession(source, info, options, bounds)

    def keep(self, session: AudioSession, limits: Limits) -> Kept | None:
        """Give the same bytes, or the same coded frames without tags; None where sound must be encoded anew."""
        kept: Kept | None = session.kept(limits)
        return kept

    def plan(self, session: AudioSession, limits: Limits) -> Plan:
        """Choose codec and rate, and fill the limit."""
        # sound that cannot be decoded would make an empty rendition, which is no fault of ours
        self.confirm(session.source, session.info, session.bounds)
        return strategy.plan(session, limits)

    def encode(self, session: AudioSession, step: Step) -> Encoded:
        """Carry out one step."""
        return session.encode(step)


class _Offered(FittingKind[AudioSession], RewrappingKind[AudioSession], TrimmingKind, Protocol):
    """All that this kind is asked for."""


KIND: _Offered = Audio()
