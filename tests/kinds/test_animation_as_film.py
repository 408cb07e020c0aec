"""An animation may go out as a film: proposed with what it would come to, written only where that is allowed."""

from dataclasses import replace

import pytest
from animated_assets import fitted, route

from mediaprep.limits import Limits
from mediaprep.model import KindName, Verdict


def with_video(limit_bytes):
    """Make a route that delivers GIF and MP4."""
    video = Limits(kind=KindName.VIDEO, limit_bytes=limit_bytes, target_bytes=limit_bytes, types=("video/mp4",))
    gif_route = route(limit_bytes)
    return replace(gif_route, limits=(*gif_route.limits, video))


@pytest.mark.slow
def test_an_mp4_is_proposed_with_its_bytes_and_score(loop, tmp_path):
    """Where the GIF comes out poor and the route delivers video, the outcome says what a film would come to."""
    outcome = fitted(loop, tmp_path, with_video(15_000))[0]

    assert outcome.media_type == "image/gif"
    assert any(text.startswith("--allow mp4 (") and "score" in text for text in outcome.proposals)
    assert [p.suffix for p in (tmp_path / "out").glob("r0*") if p.suffix == ".mp4"] == []


def test_who_keeps_gifs_is_proposed_no_film(loop, tmp_path):
    """With --keep gif no film is made for comparison, nor written though it is allowed."""
    outcome = fitted(loop, tmp_path, with_video(20_000), keep=("gif",))[0]
    both = fitted(loop, tmp_path / "both", with_video(20_000), keep=("gif",), allow=("mp4",))[0]

    assert not any("mp4" in text for text in outcome.proposals)
    assert both.media_type == "image/gif"


def test_an_mp4_is_written_only_when_allowed(loop, tmp_path):
    """With --allow mp4 the film is written instead: as long, better looking, within the same limit."""
    as_gif = fitted(loop, tmp_path / "gif", with_video(40_000))[0]

    outcome = fitted(loop, tmp_path, with_video(40_000), allow=("mp4",))[0]

    assert outcome.media_type == "video/mp4"
    assert outcome.verdict == Verdict.FITTED
    assert outcome.kind == KindName.ANIMATION
    assert (tmp_path / "out" / "r0.mp4").stat().st_size == outcome.size_bytes <= 40_000
    assert outcome.duration_s == pytest.approx(3.6, abs=0.11)
    assert outcome.score > as_gif.score


@pytest.mark.slow
def test_a_film_of_few_bytes_fills_its_limit(samples, tmp_path):
    """Its index is reckoned to the byte; of the films tried the best is sent, which need not be the fullest."""
    outcome = fitted(samples / "film_loop.gif", tmp_path, with_video(33_864), allow=("mp4",))[0]

    assert outcome.media_type == "video/mp4"
    assert 0.94 * 33_864 <= outcome.size_bytes <= 33_864


def test_what_fits_is_no_film(samples, tmp_path):
    """An animation that fits stays what it is, also where a film is allowed."""
    outcome = fitted(samples / "film_loop.gif", tmp_path, with_video(5_000_000), allow=("mp4",))[0]

    assert outcome.verdict == Verdict.FITS
