"""A few key frames of a clip, as large as they are shown: what its detail is judged by."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from mediaprep import ffmpeg
from mediaprep.errors import AssetError, ToolError
from mediaprep.kinds import _clip_detail as details
from mediaprep.kinds import _video_graph as graph
from mediaprep.kinds._video_ladder import Rung

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mediaprep.kinds._video_session import VideoSession


def key_frames(session: VideoSession) -> NDArray[np.uint8]:
    """Decode the brightness of a few key frames: an array of shape (how many, lines, columns); none if that fails."""
    import numpy as np

    scale = min(1.0, details.LONG_EDGE / max(session.size))
    width, height = (max(2, round(edge * scale / 2) * 2) for edge in session.size)
    chain = graph.chain(session.stream, Rung(width=width, height=height, fps=Fraction(1)), paced=False)
    ordinal = session.clip.picture.ordinal if session.clip.picture else 0
    moments = [session.cut.start_s + share * session.picture_s for share in details.LOOKED_AT]
    inputs = [
        ffmpeg.Input(
            path=session.source.path, demuxer=session.clip.demuxer, seek_s=moment,
            options=("-noaccurate_seek", "-skip_frame", "nokey"),
        )
        for moment in moments
    ]  # fmt: skip
    parts = [f"[{n}:v:{ordinal}]trim=end_frame=1,setpts=0,{chain}[k{n}]" for n in range(len(inputs))]
    joined = "".join(f"[k{n}]" for n in range(len(inputs)))
    # as they come: frames with times of their own would be shown twice to keep a pace, more than are read
    options = ("-map", "[p]", "-pix_fmt", "gray", "-fps_mode", "passthrough")
    try:
        made = ffmpeg.transcode(
            inputs,
            [ffmpeg.Output(muxer="rawvideo", options=options)],
            bounds=session.bounds,
            file_bytes=0,
            graph=f"{';'.join(parts)};{joined}concat=n={len(inputs)}[p]",
            max_stdout_bytes=len(inputs) * width * height,
        ).stdout
    except (AssetError, ToolError):
        made = b""  # a file that cannot be sought in: its bits for each pixel decide alone
    whole = len(made) // (width * height)
    return np.frombuffer(made[: whole * width * height], np.uint8).reshape(whole, height, width)
