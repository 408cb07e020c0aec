"""Frames of a clip as they are looked at: raw, through a chain of ffmpeg's filters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediaprep import ffmpeg

if TYPE_CHECKING:
    from mediaprep.kinds._video_session import VideoSession


def raw_frames(
    session: VideoSession, source: ffmpeg.Input, filters: str, size: tuple[int, int], *, count: int = 1, bands: int = 3
) -> list[bytes]:
    """Give the first frames that come out of the filters, of ``bands`` bytes a pixel; fewer where there are fewer.

    Raises AssetError and ToolError.
    """
    ordinal = session.clip.picture.ordinal if session.clip.picture else 0
    frame_bytes = bands * size[0] * size[1]
    made = ffmpeg.transcode(
        [source],
        [ffmpeg.Output(muxer="rawvideo", options=("-map", "[p]", "-frames:v", str(count)))],
        bounds=session.bounds,
        file_bytes=0,
        graph=f"[0:v:{ordinal}]{filters}[p]",
        max_stdout_bytes=frame_bytes * count + 1,
    ).stdout
    return [made[at : at + frame_bytes] for at in range(0, len(made) - frame_bytes + 1, frame_bytes)]
