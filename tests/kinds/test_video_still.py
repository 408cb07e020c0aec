"""One frame of a clip, where ``--still`` asks for it."""

from dataclasses import replace

import pytest
from PIL import Image
from timed_media import make

import mediaprep
from mediaprep.limits import Limits, Route
from mediaprep.model import KindName
from mediaprep.options import FitOptions

PICTURES = Limits(kind=KindName.IMAGE, types=("image/jpeg", "image/png"))
CLIPS = Limits(kind=KindName.VIDEO, types=("video/mp4",), limit_bytes=300_000, target_bytes=300_000)


def still(path, tmp_path, limit=60_000, trim=None, **changes):
    """Fit a clip as a still."""
    pictures = replace(PICTURES, limit_bytes=limit, target_bytes=limit, **changes)
    on = Route(name="t", folder="t", channel="mms", limits=(pictures, CLIPS))
    return mediaprep.fit_many(path, [on], tmp_path / "out", FitOptions(still=True, trim=trim), isolation="none")[0]


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """A black second, then a red one: of 160x90."""
    return make(
        tmp_path_factory.mktemp("clip") / "a.mp4", "-f", "lavfi", "-i",
        "color=black:s=160x90:r=10:d=2,drawbox=c=red:t=fill:enable='gte(t,1)'", "-f", "lavfi", "-i", "sine=d=2",
        "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", picture=False, sound=False,
    )  # fmt: skip


@pytest.mark.parametrize("types", [("image/jpeg",), ("image/jpeg", "image/png"), ()])
def test_a_clip_becomes_a_still(types, clip, tmp_path):
    """It is a picture that phones take, within their limit, as large as the clip; the clip stays the asset."""
    outcome = still(clip, tmp_path, types=types)

    assert outcome.verdict == "fitted"
    assert (outcome.kind, outcome.source.video_codec) == (KindName.VIDEO, "h264")
    assert outcome.media_type in {"image/jpeg", "image/png"}
    with Image.open(outcome.output) as picture:
        assert picture.size == (160, 90)


def test_the_frame_is_of_the_stretch_that_is_kept(clip, tmp_path):
    """``--trim`` says where the frame is to be looked for."""
    with Image.open(still(clip, tmp_path, trim="1.2:2").output) as picture:
        red, _, _ = picture.convert("RGB").getpixel((80, 45))

    assert red > 200


def test_a_clip_of_one_frame_has_a_still(tmp_path):
    """The choice among frames of ffmpeg takes no fewer than two."""
    path = make(tmp_path / "one.mp4", "-frames:v", "1", "-c:v", "libx264", "-pix_fmt", "yuv420p", sound=False)

    assert still(path, tmp_path).done


def test_a_route_without_pictures_takes_no_still(clip, tmp_path):
    """It is told, and no clip is sent in its place."""
    outcome = still(clip, tmp_path, delivered=False)

    assert (outcome.verdict, outcome.output) == ("cannot_fit", None)
    assert "kind_not_delivered" in [found.name for found in outcome.violations]


@pytest.mark.parametrize(("pictures", "proposed"), [(True, ("--still",)), (False, ())])
def test_a_still_is_proposed_where_pictures_go_out_and_clips_do_not(clip, pictures, proposed):
    """Whoever reads that no clip is delivered reads what would be."""
    limits = (replace(PICTURES, delivered=pictures), replace(CLIPS, delivered=False))
    on = Route(name="t", folder="t", channel="mms", limits=limits)

    assert mediaprep.check(clip, on, isolation="none").proposals == proposed
