"""Video: MP4, QuickTime, 3GP, WebM, Matroska, AVI, MPEG, Ogg, WMV, FLV, and the lists that only point at such files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from mediaprep.errors import AssetError
from mediaprep.formats import Format
from mediaprep.kinds import (
    AnimatingKind,
    CompanionKind,
    Encoded,
    Extra,
    Foretelling,
    ForetellingKind,
    Kept,
    Look,
    Plan,
    PosingKind,
    PreviewingKind,
    RewrappingKind,
    ShowingKind,
    Shown,
    Step,
    TrimmingKind,
)
from mediaprep.kinds import _clip_cut as cutting
from mediaprep.kinds import _clip_wrap as wrapping
from mediaprep.kinds import _containers as containers
from mediaprep.kinds import _timed as timed
from mediaprep.kinds import _video_animation as animating
from mediaprep.kinds import _video_moments as showing
from mediaprep.kinds import _video_plan as strategy
from mediaprep.kinds import _video_poster as posters
from mediaprep.kinds import _video_preview as previewing
from mediaprep.kinds._animation_score import MOST_VIEWED
from mediaprep.kinds._playlists import points_elsewhere
from mediaprep.kinds._video_session import VideoSession
from mediaprep.limits import Limits
from mediaprep.model import Finding, KindName, MediaInfo
from mediaprep.options import Bounds, FitOptions
from mediaprep.storage import Source

if TYPE_CHECKING:
    from PIL.Image import Image

LIST = Format(
    name="list", media_type="application/octet-stream", suffix="m3u8", match=points_elsewhere,
    suffixes=("m3u8", "m3u", "mpd", "sdp", "ffconcat", "pls", "asx", "xspf"),
)  # fmt: skip
"""Never media: claimed here so that it is refused for what it is."""

FORMATS: tuple[Format, ...] = (
    LIST,
    Format(
        name="mp4", media_type="video/mp4", suffix="mp4", match=containers.is_mp4,
        suffixes=("mp4", "m4v", "mpg4", "f4v"), aliases=("video/x-m4v",),
    ),
    Format(
        name="mov", media_type="video/quicktime", suffix="mov", match=containers.is_mov,
        suffixes=("mov", "qt", "movie"),
    ),
    Format(
        name="3gp", media_type="video/3gpp", suffix="3gp", match=containers.is_3gp, suffixes=("3gp", "3gpp"),
        aliases=("video/3gp",),
    ),
    Format(
        name="3g2", media_type="video/3gpp2", suffix="3g2", match=containers.is_3g2, suffixes=("3g2", "3gp2", "3gpp2"),
        aliases=("video/3g2",),
    ),
    Format(name="webm", media_type="video/webm", suffix="webm", match=containers.is_webm),
    Format(
        name="mkv", media_type="video/x-matroska", suffix="mkv", match=containers.is_matroska,
        suffixes=("mkv", "mk3d", "webm"), aliases=("video/matroska",),
    ),
    Format(
        name="avi", media_type="video/x-msvideo", suffix="avi", match=containers.is_avi, suffixes=("avi", "divx"),
        aliases=("video/avi", "video/msvideo", "video/vnd.avi"),
    ),
    Format(
        name="mpeg", media_type="video/mpeg", suffix="mpg", match=containers.is_mpeg,
        suffixes=("mpg", "mpeg", "mpe", "m1v", "m2v", "vob"),
    ),
    Format(
        name="mpegts", media_type="video/mp2t", suffix="ts", match=containers.is_mpeg_ts,
        suffixes=("ts", "mts", "m2ts", "m2t", "tsv"),
    ),
    Format(name="ogv", media_type="video/ogg", suffix="ogv", match=containers.is_ogg, suffixes=("ogv", "ogg", "ogx")),
    Format(
        name="wmv", media_type="video/x-ms-wmv", suffix="wmv", match=containers.is_asf, suffixes=("wmv", "asf"),
        aliases=("video/x-ms-asf",),
    ),
    Format(name="flv", media_type="video/x-flv", suffix="flv", match=containers.is_flv),
)  # fmt: skip


class Video:
    """The kind of moving pictures with or without sound."""

    name = KindName.VIDEO
    rank = 30
    formats = FORMATS
    cures = wrapping.CURES

    def claims(self, source: Source, form: Format) -> bool:
        """Claim lists and what holds a moving picture; also what cannot be told, to refuse it with a reason."""
        return form is LIST or timed.has_pictures(source, unknown=not containers.is_m4a(source.head))

    def probe(self, source: Source, form: Format, bounds: Bounds) -> MediaInfo:
        """Read facts from headers, without touching media data (a millisecond; 30 where ffmpeg's log is needed).

        Raises AssetError ``points_elsewhere``, ``no_index``, ``truncated``, ``encrypted``, ``unreadable``,
        ``unsupported``, ``no_picture`` or a bound's code.
        """
        if form is LIST:
            raise AssetError(
                "points_elsewhere", f"{source.name} is a list that points at other files; nothing it names was opened"
            )
        clip = containers.read(source, bounds)
        timed.keep_bounds(clip, bounds)
        if not clip.tracks:
            raise AssetError("no_picture", f"{source.name} holds neither pictures nor sound")
        return timed.describe(clip, source, self.name, form.media_type, form.suffix)

    def confirm(self, source: Source, info: MediaInfo, bounds: Bounds) -> MediaInfo:
        """Decode the first frames of picture and sound; adds what only a decoder sees (pixel format, profile)."""
        clip = timed.decoded(source, bounds)
        timed.keep_bounds(clip, bounds)
        return timed.describe(clip, source, self.name, info.media_type, info.suffix)

    def shortened(self, info: MediaInfo, options: FitOptions) -> MediaInfo:
        """Give the facts of the stretch that ``--trim`` keeps."""
        return cutting.shortened(info, options)

    def open(self, source: Source, info: MediaInfo, options: FitOptions, bounds: Bounds) -> VideoSession:
        """Open a clip for fitting on any number of routes; it is decoded when first needed."""
        return VideoSession(source, info, options, bounds)

    def keep(self, session: VideoSession, limits: Limits) -> Kept | None:
        """Give the same bytes, or the same frames in a new wrapper; None where frames must change."""
        return wrapping.kept(session, limits)

    def plan(self, session: VideoSession, limits: Limits) -> Plan:
        """Choose dimensions and rates, and fill the limit."""
        return strategy.plan(session, limits)

    def foretell(self, session: VideoSession, limits: Limits, sizes: tuple[int, ...]) -> Foretelling:
        """Foretell how clips of several sizes would look, from one first turn."""
        return strategy.foretell(session, limits, sizes)

    def encode(self, session: VideoSession, step: Step) -> Encoded:
        """Carry out one step."""
        return session.encode(step)

    def unsuited(self, session: VideoSession, limits: Limits) -> tuple[Finding, ...]:
        """Say why the clip cannot be a GIF: it has sound, or lasts too long."""
        return animating.unsuited(session, limits)

    def animate(self, session: VideoSession, limits: Limits, folder: Path) -> Path:
        """Write the clip as an animated PNG, without loss, at the rate and dimensions that a GIF may have."""
        return animating.written(session, limits, folder)

    def pose(self, session: VideoSession, folder: Path) -> Path:
        """Write the clip's most telling frame near the start."""
        return posters.still(session, folder)

    def moments(self, session: VideoSession, count: int) -> Iterator[Image]:
        """Give frames spread over the clip."""
        return showing.moments(session, count)

    def previews(self, session: VideoSession, look: Look, *, as_is: bool) -> Iterator[Shown]:
        """Show the poster and the first seconds."""
        return previewing.previews(session, look, as_is=as_is)

    def judged_edge(self, session: VideoSession) -> int:
        """Give the size at which films of animations are compared with them, too."""
        return MOST_VIEWED

    def companions(self, session: VideoSession, limits: Limits) -> tuple[Extra, ...]:
        """Give a poster where the route wants one."""
        return (posters.poster(session, limits),) if limits.poster else ()


class _Offered(
    ForetellingKind[VideoSession],
    RewrappingKind[VideoSession],
    TrimmingKind,
    CompanionKind[VideoSession],
    ShowingKind[VideoSession],
    PreviewingKind[VideoSession],
    AnimatingKind[VideoSession],
    PosingKind[VideoSession],
    Protocol,
):
    """All that this kind is asked for."""


KIND: _Offered = Video()
