"""The box for tags leaves a finished MP4, and everything else in it stays where it is found."""

import pytest
from timed_media import box, make

from mediaprep import ffmpeg
from mediaprep.kinds._isobmff_tidy import drop_user_data, without_user_data
from mediaprep.options import Bounds

CODED = ("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac")


def packets(path):
    """Hash every coded packet as ffmpeg reads it."""
    target = ffmpeg.Output(muxer="framemd5", options=("-map", "0", "-c", "copy"))
    read = ffmpeg.transcode([ffmpeg.Input(path=path, demuxer="mov")], [target], bounds=Bounds(), file_bytes=0)
    return read.stdout


@pytest.mark.parametrize("place", [("-movflags", "+faststart"), ()], ids=["index first", "index last"])
def test_the_same_packets_are_found_without_the_tags(tmp_path, place):
    """Sample offsets move with the media where the index comes first, and stay where it comes last."""
    path = make(tmp_path / "a.mp4", *CODED, *place, "-metadata", "title=secret")
    before, size = packets(path), path.stat().st_size
    assert b"udta" in path.read_bytes()
    drop_user_data(path)

    assert b"udta" not in path.read_bytes()
    assert b"secret" not in path.read_bytes()
    assert path.stat().st_size < size
    assert packets(path) == before


@pytest.mark.parametrize("data", [b"", b"not boxes at all", box(b"moov"), box(b"ftyp", b"mp42") + box(b"mdat", b"x")])
def test_other_bytes_stay_as_they_are(data):
    """What has no index, or no tags in it, is given back."""
    assert without_user_data(data) == data
