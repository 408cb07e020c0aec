"""Films of animations: several are tried, and the one that looks best is kept."""

from __future__ import annotations

import stat
from collections.abc import Generator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mediaprep import ffmpeg
from mediaprep.encoders import Picturing
from mediaprep.encoders.mp4_h264_aac import ENCODER
from mediaprep.job import Job
from mediaprep.kinds import Encoded, Step, identify
from mediaprep.kinds import _clip_vmaf as vmaf
from mediaprep.kinds import _video_drawn as drawn
from mediaprep.kinds._video_ladder import Rung, ladder
from mediaprep.limits import Limits, Route
from mediaprep.model import KindName, Outcome
from mediaprep.options import Bounds, FitOptions
from mediaprep.pipeline import run
from mediaprep.storage import open_source

from .timed_media import make

LIMIT = 33_864


def film(samples: Path, tmp_path: Path, limit_bytes: int = LIMIT, **options: str) -> Outcome:
    """Fit the looping sample as a film."""
    return film_of(samples / "film_loop.gif", tmp_path, limit_bytes, **options)


def film_of(
    path: Path, tmp_path: Path, limit_bytes: int, target_bytes: int = 0, floor_score: float = 30.0, **options: str
) -> Outcome:
    """Fit an animation as a film; without a target that is the limit."""
    gif, clip = (
        Limits(kind=kind, limit_bytes=limit_bytes, target_bytes=target_bytes or limit_bytes, types=(media_type,))
        for kind, media_type in ((KindName.ANIMATION, "image/gif"), (KindName.VIDEO, "video/mp4"))
    )
    limits = (gif, replace(clip, floor_score=floor_score))
    job = Job(
        asset=path.name, path=path, routes=(Route(name="r", folder="r", channel="mms", limits=limits),), mode="fit",
        outputs=(tmp_path / "out",), scratch=tmp_path, options=FitOptions(allow=("mp4",), **options),
    )  # fmt: skip
    return run(job)[0]


@pytest.fixture
def without_vmaf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put an ffmpeg before the real one that has no libvmaf."""
    program = tmp_path / "ffmpeg"
    refusal = "echo \"No such filter: 'libvmaf'\" >&2; exit 1"
    program.write_text(f'#!/bin/sh\ncase "$*" in *libvmaf*) {refusal};; esac\nexec "{ffmpeg.binary()}" "$@"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv(ffmpeg.ENVIRONMENT_NAME, str(program))


@pytest.mark.slow
def test_the_best_of_several_films_is_kept(samples: Path, tmp_path: Path) -> None:
    """Other dimensions and manners are tried within the limit, and what is sent has a measured score."""
    quick = film(samples, tmp_path / "quick", effort="fast")
    best = film(samples, tmp_path / "best")

    assert best.media_type == "video/mp4"
    assert best.size_bytes <= LIMIT
    assert best.score_metric == vmaf.METRIC
    assert best.score >= 96.0
    assert len({(attempt.width, attempt.size_bytes) for attempt in best.attempts}) > 4
    assert quick.score_metric != vmaf.METRIC
    assert len({attempt.width for attempt in quick.attempts}) == 1


def test_what_looks_the_same_is_not_tried_again(samples: Path, tmp_path: Path) -> None:
    """A first film that phones cannot tell from the animation ends the search."""
    outcome = film(samples, tmp_path, 83_621)

    assert outcome.score == 100.0
    assert {attempt.width for attempt in outcome.attempts if attempt.size_bytes} == {320}


@pytest.mark.slow
def test_noise_of_a_few_frames_takes_no_more_encodes_than_a_route_has(tmp_path: Path) -> None:
    """Where no film is good enough at the target, both searches share the encodes, and the best of theirs is sent."""
    rng = np.random.default_rng(3)
    yy, xx = np.mgrid[0:160, 0:160]
    frames = []
    for i in range(8):
        waves = (np.sin((xx + i * 9) / 7) * np.cos(yy / 5), np.sin((yy - i * 5) / 9), (xx * yy / 100 + i * 20) % 256)
        shown = np.stack([127 + 120 * waves[0], 127 + 120 * waves[1], waves[2]], -1) + rng.normal(0, 12, (160, 160, 3))
        frames.append(Image.fromarray(shown.clip(0, 255).astype(np.uint8)))
    path = tmp_path / "noise.gif"
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=100, loop=0)

    outcome = film_of(path, tmp_path, 12_000, 3_000, floor_score=85.0)

    assert outcome.media_type == "video/mp4"
    assert outcome.size_bytes is not None
    assert 3_000 < outcome.size_bytes <= 12_000
    assert outcome.score is not None
    assert outcome.score > 90.0
    films = [attempt for attempt in outcome.attempts if attempt.media_type == "video/mp4"]
    assert 10 < len(films) <= drawn.MOST_ENCODES


@pytest.mark.parametrize("slowed", [True, False])
def test_from_a_slowed_start_the_smallest_dimensions_are_tried_at_full_rate(slowed: bool, tmp_path: Path) -> None:
    """They are what is nearest to it; from any other start that rung itself is not tried anew."""
    path = make(tmp_path / "source.mp4", "-c:v", "libx264", "-qp", "4", sound=False)
    coarse = make(tmp_path / "coarse.mp4", "-c:v", "libx264", "-qp", "44", sound=False)
    source = open_source(path, 10**9)
    kind, form = identify(source)
    tried: list[Rung] = []

    def coded(rung: Rung, _: str) -> Generator[Step, Encoded, tuple[None, None]]:
        tried.append(rung)
        yield from ()
        return None, None

    with kind.open(source, kind.probe(source, form, Bounds()), FitOptions(), Bounds()) as session:
        rungs = ladder(96, 64, Fraction(25), Limits(kind=KindName.VIDEO))
        start = replace(rungs[0], fps=Fraction(25, 2)) if slowed else rungs[0]
        step = Step(encoder="mp4_h264_aac", media_type="video/mp4", quality=1.0)
        first = Encoded(step=step, size_bytes=coarse.stat().st_size, path=coarse)
        with pytest.raises(StopIteration):
            next(drawn.best(session, drawn.Encodes(), rungs, (), start, first, coded))

    assert tried[0] == rungs[0 if slowed else 1]


@pytest.mark.usefixtures("without_vmaf")
def test_where_films_cannot_be_measured_the_first_is_sent(samples: Path, tmp_path: Path) -> None:
    """With an ffmpeg that has no libvmaf a film is sent all the same, with an estimated score."""
    outcome = film(samples, tmp_path)

    assert outcome.done
    assert outcome.score_metric == "mediaprep-clip-estimate/1"
    assert {attempt.width for attempt in outcome.attempts} == {320}


def test_a_film_is_alike_to_itself_and_less_to_a_coarse_one(tmp_path: Path) -> None:
    """The same frames come to 100 on a phone; coarsely coded ones, of other dimensions, to less."""
    fine = make(tmp_path / "fine.mp4", "-c:v", "libx264", "-qp", "4", sound=False)
    coarse = make(tmp_path / "coarse.mp4", "-c:v", "libx264", "-qp", "44", "-vf", "scale=48:32", sound=False)
    source = ffmpeg.Input(path=fine, demuxer="mov")

    same = vmaf.likeness(fine, "mov", source, (96, 64), Bounds())
    less = vmaf.likeness(coarse, "mov", source, (96, 64), Bounds())

    assert same is not None
    assert less is not None
    assert same.phone == 100.0
    assert less < same
    assert less.phone < 60


@pytest.mark.parametrize("manner", ENCODER.manners)
def test_each_manner_codes_frames_for_the_profile_asked_for(manner: str, tmp_path: Path) -> None:
    """Every way to code gives H.264 of the Main profile that plays."""
    how = Picturing(
        width=96, height=64, fps=25.0, bit_rate_bps=60_000, effort="balanced", profile="main", level=3.0,
        b_frames=True, even=True, manner=manner,
    )  # fmt: skip
    statistics = tmp_path / "statistics"
    make(tmp_path / "first.mp4", *ENCODER.arguments(how, turn=1, statistics=statistics), sound=False)
    path = make(tmp_path / "made.mp4", *ENCODER.arguments(how, turn=2, statistics=statistics), sound=False)

    log = ffmpeg.decode_check(path, "mov", ("v:0",), Bounds()).log
    assert log is not None
    assert log.streams[0].profile == "main"
