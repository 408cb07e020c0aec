"""MP4, QuickTime, 3GP and M4A: read the boxes of an ISO base media file without touching its media data.

ISO/IEC 14496-12; QuickTime File Format; 3GPP TS 26.244. `moov` is read whole (within the bound on header
bytes), everything else is stepped over. A length is believed only where it fits the file.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from mediaprep.errors import AssetError
from mediaprep.kinds._bounded import Bounded, uint, unreadable
from mediaprep.kinds._clip import Clip, Picture, Sound, pace, quick_ticks
from mediaprep.kinds._isobmff_boxes import Span, boxes, name
from mediaprep.kinds._isobmff_fragments import Run, add_fragment, read_defaults
from mediaprep.kinds._isobmff_meta import Metadata
from mediaprep.kinds._isobmff_track import UPRIGHT, Matrix, Track, multiplied, read_matrix, read_track, rotation_deg
from mediaprep.kinds._mpegaudio import mpeg_frame
from mediaprep.kinds._pcm import pcm_bits
from mediaprep.units import format_size

MAX_META_BYTES = 1_000_000
"""What is read of a `uuid`, `udta` or `meta` box beside the movie, in search of a place."""

_TOP = frozenset({
    b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"moof", b"sidx", b"ssix", b"styp", b"emsg", b"mfra",
    b"uuid", b"meta", b"udta", b"PICT", b"prft", b"pdin", b"junk", b"mpvd", b"sefd", b"bloc", b"gps ", b"thum",
})  # fmt: skip
"""Boxes known to stand at the top of a file; others are passed over, but not as its first box."""


@dataclass(slots=True)
class _File:
    """What one walk over the top-level boxes found."""

    brand: str | None = None
    movie: bytes | None = None
    movie_at: int = 0
    media_at: int | None = None
    fragments: int = 0
    cut: bool = False
    metadata: Metadata = field(default_factory=Metadata)
    runs: dict[int, Run] = field(default_factory=dict)
    whole_ticks: int = 0


def read(source: Bounded) -> Clip:
    """Read a file's facts.

    Raises AssetError: ``no_index`` (no `moov`), ``truncated``, ``encrypted``, ``points_elsewhere``,
    ``stream_bound``, ``header_bound``, ``unreadable``.
    """
    file = _walk(source)
    if file.movie is None:
        raise AssetError("no_index", "the file has no movie index (`moov`), as after a recording that was cut off")
    return _clip(source, file, file.movie)


def _walk(source: Bounded) -> _File:
    file, at = _File(), 0
    while at + 8 <= source.size:
        source.step()
        head = source.upto(at, 16)
        size, kind, body = int.from_bytes(head[:4], "big"), head[4:8], at + 8
        if size == 1:
            size, body = uint(head, 8, 8), at + 16
        elif size == 0:
            size = source.size - at
        if at == 0 and kind not in _TOP:
            raise unreadable(f"the file begins with {name(kind)}, which is not a video box")
        if size < body - at:
            if file.movie is None:
                raise unreadable(f"the box {name(kind)} says it has {size} bytes, fewer than its own header")
            break  # junk after the last box
        end = at + size
        if end > source.size:
            file.cut = True
            if kind in {b"moov", b"moof"}:
                raise AssetError(
                    "truncated", f"the file ends inside its {name(kind)} box", allowed=None, actual=source.size
                )
            end = source.size
        _take(source, file, kind, at, (body, end))
        at = end
    return file


def _take(source: Bounded, file: _File, kind: bytes, at: int, span: Span) -> None:
    start, end = span
    if kind == b"ftyp" and file.brand is None:
        file.brand = source.exactly(start, 4).decode("latin-1").strip() if end - start >= 4 else None
    elif kind == b"moov" and file.movie is None:
        file.movie, file.movie_at = source.exactly(start, end - start), at
        file.runs, file.whole_ticks = read_defaults(file.movie, (0, len(file.movie)))
    elif kind == b"mdat":
        file.media_at = at if file.media_at is None else file.media_at
    elif kind == b"moof":
        file.fragments += 1
        add_fragment(source.exactly(start, end - start), file.runs)
    elif kind == b"uuid":
        file.metadata.read_uuid(source.upto(start, min(end - start, MAX_META_BYTES)))
    elif kind in {b"udta", b"meta"}:
        data = source.upto(start, min(end - start, MAX_META_BYTES))
        look = file.metadata.read_user_data if kind == b"udta" else file.metadata.read_meta
        look(data, 0, len(data))
    elif kind == b"gps ":
        file.metadata.gps = True


def _clip(source: Bounded, file: _File, movie: bytes) -> Clip:
    timescale, matrix, whole_ticks = 0, UPRIGHT, 0
    tracks: list[Track] = []
    others = 0
    for kind, start, end in boxes(movie, 0, len(movie)):
        source.step()
        if kind == b"mvhd":
            timescale, whole_ticks, matrix = _movie_head(movie, start)
        elif kind == b"trak":
            track = read_track(movie, (start, end))
            if track is None:
                others += 1
            else:
                tracks.append(track)
            source.keep_tracks(len(tracks) + others)
        elif kind == b"cmov":
            raise AssetError("unsupported", "the movie index is compressed (`cmov`), as only old QuickTime writes it")
        elif kind == b"rmra":
            raise AssetError("points_elsewhere", "this is a QuickTime reference movie: it only points at other files")
        elif kind in {b"udta", b"meta"}:
            look = file.metadata.read_user_data if kind == b"udta" else file.metadata.read_meta
            look(movie, start, end)
        elif kind == b"uuid":
            file.metadata.read_uuid(movie[start : min(end, start + MAX_META_BYTES)])
        elif kind == b"gps ":
            file.metadata.gps = True
    if timescale == 0:
        raise unreadable("the movie index has no header (`mvhd`)")
    _refuse_cut(source, file, tracks)
    shown = [_times(track, file.runs.get(track.number), timescale) for track in tracks]
    early_s = min((_empty_s(track, timescale) for track in tracks if track.picture or track.sound), default=0.0)
    shown = [end_s and max(end_s - early_s, 0.0) for end_s in shown]
    # what is seen and heard: a camera's telemetry may go on for a second
    media = [end_s for track, end_s in zip(tracks, shown, strict=True) if end_s and (track.picture or track.sound)]
    duration_s = max(media or [end_s for end_s in shown if end_s], default=None)
    if not duration_s:
        duration_s = (file.whole_ticks or whole_ticks) / timescale or None
    pictures, sounds, rest = _sort(source, file, tracks, shown, matrix)
    container = container_name(file.brand)
    if container == "mp4" and not pictures:
        container = "m4a"
    return Clip(
        container=container,
        demuxer="mov",
        duration_s=duration_s,
        pictures=tuple(pictures),
        sounds=tuple(sounds),
        others=others + rest,
        brand=file.brand,
        faststart=file.media_at is None or file.movie_at < file.media_at,
        skipped_s=max((_skipped_s(track) for track in tracks if track.picture or track.sound), default=0.0),
        gps=file.metadata.gps,
        metadata=tuple(sorted(file.metadata.homes)),
    )


def _movie_head(data: bytes, at: int) -> tuple[int, int, Matrix]:
    wide = uint(data, at, 1) == 1
    timescale = uint(data, at + (20 if wide else 12), 4)
    ticks = uint(data, at + (24 if wide else 16), 8 if wide else 4)
    return timescale, 0 if ticks >= 0xFFFF_FFFF else ticks, read_matrix(data, at + (48 if wide else 36))


def _refuse_cut(source: Bounded, file: _File, tracks: list[Track]) -> None:
    """Refuse a file whose index needs bytes that are not there."""
    need = max((track.samples.end for track in tracks if track.picture or track.sound), default=0)
    if need > source.size or (file.cut and file.fragments):
        raise AssetError(
            "truncated",
            f"the file has {format_size(source.size)}, but its index needs {format_size(max(need, source.size + 1))}",
            allowed=None,
            actual=source.size,
        )


def _times(track: Track, run: Run | None, movie_scale: int) -> float | None:
    """Give when a track's presentation ends, in seconds: edits if there are any, else its samples."""
    ticks = track.samples.ticks or track.media_ticks
    if run is not None and run.count:
        ticks = track.samples.ticks + run.ticks
    media_s = ticks / track.timescale
    if not track.edits or movie_scale == 0:
        return media_s or None
    end_s = 0.0
    for index, (duration, time) in enumerate(track.edits):
        if duration == 0 and time >= 0 and index == len(track.edits) - 1:
            # a fragmented file does not know its length when it is begun: "all the rest"
            end_s += max(0.0, media_s - time / track.timescale)
        else:
            end_s += duration / movie_scale
    return end_s or media_s or None


def _empty_s(track: Track, movie_scale: int) -> float:
    """Give how long nothing of a track is shown at first. Where that is so of all, time begins behind it."""
    empty = 0
    for duration, time in track.edits:
        if time >= 0:
            return empty / movie_scale
        empty += duration
    return 0.0


def _skipped_s(track: Track) -> float:
    """Give how much of a track's media is before the first that is shown or heard."""
    return next((time / track.timescale for _, time in track.edits if time >= 0), 0.0)


def _sort(
    source: Bounded, file: _File, tracks: list[Track], shown: list[float | None], matrix: Matrix
) -> tuple[list[Picture], list[Sound], int]:
    pictures: list[Picture] = []
    sounds: list[Sound] = []
    rest = seen_pictures = seen_sounds = 0
    chapters = {number for track in tracks for number in track.chapters}
    for track, end_s in zip(tracks, shown, strict=True):
        file.metadata.gps = file.metadata.gps or _telemetry_tells_place(source, track)
        if track.handler == b"vide":
            if track.picture is not None and track.number not in chapters:
                pictures.append(_picture(track, file.runs.get(track.number), end_s, matrix, seen_pictures))
            else:
                rest += 1
            seen_pictures += 1
        elif track.handler == b"soun":
            if track.sound is not None:
                sound = _sound(track, file.runs.get(track.number), end_s, seen_sounds)
                sounds.append(_with_frame_header(source, track, sound))
            else:
                rest += 1
            seen_sounds += 1
        else:
            rest += 1
            if track.entry_kind in {b"gpmd", b"camm", b"rtmd"}:
                file.metadata.homes.add("telemetry")
    return pictures, sounds, rest


def _picture(track: Track, run: Run | None, end_s: float | None, matrix: Matrix, ordinal: int) -> Picture:
    assert track.picture is not None
    entry, coding, samples = track.picture, track.picture.coding, track.samples
    frames = samples.count + (run.count if run else 0)
    durations = [*samples.durations, *((many, ticks) for ticks, many in (run.durations.items() if run else ()))]
    constant, frame_ticks = pace(durations)
    reordered = bool(samples.reordered) or bool(run and run.reordered)
    return Picture(
        codec=entry.codec,
        ordinal=ordinal,
        width=entry.width or None,
        height=entry.height or None,
        rotation_deg=rotation_deg(multiplied(track.matrix, matrix)),
        profile=coding.profile,
        level=coding.level,
        pixel_format=coding.pixel_format,
        hdr=coding.hdr,
        transparent=entry.transparent,
        fps=track.timescale / frame_ticks if frame_ticks else None,
        variable_frame_rate=None if constant is None else not constant,
        quick_fps=track.timescale / quick if constant is False and (quick := quick_ticks(durations)) else None,
        frames=frames or None,
        b_frames=reordered,
        bit_rate_bps=_bit_rate(track, run),
        duration_s=end_s,
        default=track.enabled,
    )


def _sound(track: Track, run: Run | None, end_s: float | None, ordinal: int) -> Sound:
    assert track.sound is not None
    entry = track.sound
    bits = pcm_bits(entry.codec)
    if bits is not None and entry.sample_rate_hz and entry.channels:
        rate: int | None = bits * entry.sample_rate_hz * entry.channels
    else:
        rate = _bit_rate(track, run) or entry.bit_rate_bps
    return Sound(
        codec=entry.codec,
        ordinal=ordinal,
        sample_rate_hz=entry.sample_rate_hz,
        channels=entry.channels,
        bit_rate_bps=rate,
        duration_s=end_s,
        default=track.enabled,
    )


def _with_frame_header(source: Bounded, track: Track, sound: Sound) -> Sound:
    """Take an MP3 track's channels and rate from its first frame: writers leave 2 channels in the sample entry."""
    if sound.codec not in {"mp3", "mp2"} or track.samples.first is None:
        return sound
    frame = mpeg_frame(source.upto(track.samples.first[0], 4))
    if frame is None:
        return sound
    return replace(sound, channels=frame.channels, sample_rate_hz=frame.sample_rate_hz)


def _bit_rate(track: Track, run: Run | None) -> int | None:
    size = (track.samples.size_bytes or 0) + (run.size_bytes if run else 0)
    ticks = track.samples.ticks + (run.ticks if run else 0)
    return round(8 * size * track.timescale / ticks) if size and ticks else None


def _telemetry_tells_place(source: Bounded, track: Track) -> bool:
    """Look whether a GoPro's telemetry holds positions (GPMF keys GPS5 and GPS9), in its first sample."""
    if track.entry_kind != b"gpmd" or track.samples.first is None:
        return False
    start, end = track.samples.first
    data = source.upto(start, min(end - start, 65_536))
    return b"GPS5" in data or b"GPS9" in data


def container_name(brand: str | None) -> str:
    """Name the container by its major brand; a file without any is QuickTime's, which came before brands."""
    if brand is None or brand == "qt":
        return "mov"
    if brand.startswith(("3g2", "KDDI")):
        return "3g2"
    if brand.startswith(("3gp", "3gr", "3gs", "3ge", "3gg", "3gt", "3gh")):
        return "3gp"
    return "mp4"
