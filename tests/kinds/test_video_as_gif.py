"""A short silent video asked for as a GIF: it moves for as long, loops, and fits; what would lose something is told."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from timed_media import make

from mediaprep.job import Job
from mediaprep.limits import Limits, Route
from mediaprep.model import KindName, Treatment, Verdict
from mediaprep.options import FitOptions
from mediaprep.pipeline import run

LIMIT = 60_000


def route(**numbers):
    """Make a route that delivers GIF, animated PNG and MP4."""
    animation = Limits(
        kind=KindName.ANIMATION, limit_bytes=LIMIT, target_bytes=LIMIT, types=("image/gif", "image/png"), alpha=True,
        **numbers,
    )  # fmt: skip
    video = Limits(kind=KindName.VIDEO, limit_bytes=LIMIT, target_bytes=LIMIT, types=("video/mp4",))
    return Route(name="r", folder="r", channel="mms", limits=(animation, video))


def fitted(path, tmp_path, *routes, **options):
    """Fit with --as-gif."""
    routes = routes or (route(),)
    job = Job(
        asset=path.name, path=path, routes=routes, mode="fit",
        outputs=tuple(tmp_path / f"out{number}" for number in range(len(routes))), scratch=tmp_path,
        options=FitOptions(as_gif=True, **options),
    )  # fmt: skip
    return run(job)[0]


@pytest.fixture
def silent(tmp_path):
    """A second of moving picture without sound."""
    return make(tmp_path / "silent.mp4", "-c:v", "libx264", "-pix_fmt", "yuv420p", sound=False)


def test_a_silent_clip_becomes_a_gif_that_loops(silent, tmp_path):
    """As long as the clip, at a rate that a GIF's delays can state, for ever, within the limit."""
    outcome = fitted(silent, tmp_path)

    assert outcome.verdict == Verdict.FITTED, outcome.violations
    assert (outcome.kind, outcome.media_type, outcome.treatment) == (KindName.VIDEO, "image/gif", Treatment.TRANSCODE)
    assert outcome.source.video_codec == "h264"
    assert outcome.size_bytes == (tmp_path / "out0.gif").stat().st_size <= LIMIT
    with Image.open(tmp_path / "out0.gif") as image:
        assert image.info["loop"] == 0
        assert image.n_frames > 8
        total = 0
        for number in range(image.n_frames):
            image.seek(number)
            assert image.info["duration"] >= 20
            total += image.info["duration"]
    assert total == pytest.approx(1000, abs=85)
    assert [w.name for w in outcome.warnings if w.name == "may_not_move"] == []


def test_the_gif_shows_the_clip(silent, tmp_path):
    """The first picture of the GIF is the first of the clip."""
    fitted(silent, tmp_path)

    make(tmp_path / "first.png", "-frames:v", "1", sound=False)
    with Image.open(tmp_path / "out0.gif") as image, Image.open(tmp_path / "first.png") as first:
        shown = np.asarray(image.convert("RGB"), dtype=int)
        small = np.asarray(first.convert("RGB").resize(image.size, Image.Resampling.LANCZOS), dtype=int)
    assert np.abs(shown - small).mean() < 14


def test_a_clip_with_sound_is_refused_with_what_to_do(tmp_path):
    """Sound is never dropped silently: cannot_fit, MP220, nothing written."""
    path = make(tmp_path / "loud.mp4", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac")

    outcome = fitted(path, tmp_path)

    assert outcome.verdict == Verdict.CANNOT_FIT
    assert [v.code for v in outcome.violations] == ["MP220"]
    assert "without --as-gif" in outcome.violations[0].remedy
    assert not (tmp_path / "out0.gif").exists()


@pytest.mark.parametrize(("name", "end"), [("zeros.mp4", "1"), ("empty.mkv", "0")])
def test_a_track_without_any_sound_is_no_sound(tmp_path, name, end):
    """A sound track of zeros, as recorders of screens write it, or without a sample loses nothing: a GIF is made."""
    path = make(
        tmp_path / name, "-f", "lavfi", "-i", "anullsrc=r=16000:cl=mono", "-t", "1", "-map", "0:v", "-map", "1:a",
        "-af", f"atrim=start=0:end={end}", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", sound=False,
    )  # fmt: skip

    outcome = fitted(path, tmp_path)

    assert outcome.source.audio_tracks == 1
    assert outcome.verdict == Verdict.FITTED, outcome.violations


def test_too_long_a_clip_is_told_and_the_stretch_that_is_asked_for_is_made(silent, tmp_path):
    """Beyond the route's seconds: --trim is proposed, nothing is cut unasked; with it, that stretch is written."""
    short = route(max_duration_s=0.5)

    refused = fitted(silent, tmp_path, short)
    cut = fitted(silent, tmp_path, short, trim="0.2:0.7")

    assert refused.verdict == Verdict.CANNOT_FIT
    assert refused.violations[0].name == "too_long"
    assert refused.proposals == ("--trim 0.5",)
    assert cut.verdict == Verdict.FITTED
    assert cut.duration_s == pytest.approx(0.5, abs=0.085)


def test_half_a_minute_is_the_most_where_the_route_says_nothing(tmp_path):
    """A silent clip of 31 s is told so, whatever it would come to."""
    path = make(
        tmp_path / "long.mp4", "-f", "lavfi", "-i", "color=c=gray:size=64x48:rate=5:duration=31", "-c:v", "libx264",
        "-pix_fmt", "yuv420p", picture=False, sound=False,
    )  # fmt: skip

    outcome = fitted(path, tmp_path)

    assert [v.name for v in outcome.violations] == ["too_long"]
    assert outcome.proposals == ("--trim 30",)


def test_a_route_without_gif_says_so(silent, tmp_path):
    """Where no GIF is delivered, asking for one is an answer, not an MP4 in its place."""
    none = replace(route(), limits=(replace(route().limits[0], types=("image/png",)), route().limits[1]))

    outcome = fitted(silent, tmp_path, none)

    assert outcome.verdict == Verdict.CANNOT_FIT
    assert [v.name for v in outcome.violations] == ["animation_not_delivered"]


def test_what_moves_already_takes_no_notice(loop, tmp_path):
    """--as-gif on a GIF is what a GIF gets anyway."""
    outcome = fitted(loop, tmp_path)

    assert outcome.media_type == "image/gif"
    assert outcome.kind == KindName.ANIMATION
