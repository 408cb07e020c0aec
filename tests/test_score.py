"""The likeness of a still rendition to its asset."""

from __future__ import annotations

import io
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter

from mediaprep.score import METRIC, WEIGHTS, Scorer

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT.parent / "shared" / "corpus" / "images"
PHOTOGRAPHS = (
    ROOT / "samples" / "landscape_photo.jpg",
    ROOT / "samples" / "portrait_photo.jpg",
    CORPUS / "exiforient__Landscape_1.jpg",
    CORPUS / "exif-samples__jolla.jpg",
)


def scene(width: int = 640, height: int = 480, seed: int = 7) -> Image.Image:
    """Draw something with sky, edges, texture and colour."""
    rng = random.Random(seed)
    picture = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    draw = ImageDraw.Draw(picture)
    for _ in range(60):
        x, y, size = rng.randrange(width), rng.randrange(height), rng.randrange(8, 120)
        draw.ellipse((x, y, x + size, y + size), fill=tuple(rng.randrange(256) for _ in range(3)))
    return Image.blend(picture.filter(ImageFilter.GaussianBlur(1)), grain(picture.size, seed), 0.06)


def grain(size: tuple[int, int], seed: int = 1) -> Image.Image:
    """Make grey noise, the same each time."""
    return Image.frombytes("L", size, random.Random(seed).randbytes(size[0] * size[1])).convert("RGB")


def flyer(background: str, ink: str) -> Image.Image:
    """Set lines of text in colour."""
    picture = Image.new("RGB", (800, 600), background)
    draw = ImageDraw.Draw(picture)
    for line in range(14):
        draw.text((20, 12 + 42 * line), "Half price until Sunday, coupon 2041-77", fill=ink, font_size=30)
    return picture


def through(picture: Image.Image, media: str = "JPEG", **options: object) -> Image.Image:
    """Encode and decode again."""
    target = io.BytesIO()
    picture.save(target, media, **options)
    with Image.open(target) as opened:
        return opened.convert(picture.mode)


def test_the_same_picture_scores_exactly_one_hundred() -> None:
    """Nothing differs, so nothing is lost, whatever the picture."""
    for picture in (scene(), scene(1500, 1000), flyer("white", "black"), scene().convert("L")):
        assert Scorer(picture, 1200).score(picture) == 100.0


def test_quality_that_rises_never_scores_lower() -> None:
    """A search over JPEG quality can trust the score's direction."""
    picture = scene(900, 700)
    scorer = Scorer(picture, 800)
    found = [scorer.score(through(picture, quality=quality)) for quality in range(10, 100, 8)]
    assert found == sorted(found)
    assert found[0] < 50
    assert found[-1] > 88


@pytest.mark.parametrize("path", PHOTOGRAPHS, ids=lambda path: path.stem)
def test_quality_that_rises_never_scores_lower_on_real_photographs(path: Path) -> None:
    """What holds for a drawn scene holds for a photograph."""
    if not path.exists():
        pytest.skip("this real photograph is not here")
    with Image.open(path) as opened:
        picture = opened.convert("RGB")
    picture.thumbnail((1000, 1000))
    scorer = Scorer(picture, 1000)
    found = [scorer.score(through(picture, quality=quality)) for quality in range(10, 96, 12)]
    assert found == sorted(found)


def test_the_scale_s_words_hold() -> None:
    """Quality 97 with full chroma is not told apart (90), quality 10 is visibly worse (50)."""
    picture = scene()
    scorer = Scorer(picture, 640)
    assert scorer.score(through(picture, quality=97, subsampling=0)) >= 88
    assert scorer.score(through(picture, quality=10)) < 50


def test_fewer_pixels_score_lower_step_by_step() -> None:
    """Detail that a smaller rendition lacks is missed at the view size."""
    picture = scene(1200, 900)
    scorer = Scorer(picture, 1200)
    found = [scorer.score(picture.resize((1200 * part // 8, 900 * part // 8))) for part in (8, 6, 4, 2)]
    assert found == sorted(found, reverse=True)
    assert found[-1] < 65


def test_pixels_beyond_the_view_earn_nothing_and_cost_nothing() -> None:
    """A rendition larger than the view is judged at the view, like the asset."""
    picture = scene(1600, 1200)
    scorer = Scorer(picture, 1200)
    assert scorer.score(picture) >= 97
    assert scorer.score(through(picture, quality=85)) >= 60


def test_coloured_text_suffers_from_halved_chroma() -> None:
    """4:2:0 shifts the true brightness of red on green, although luma hardly changes."""
    picture = flyer("#208040", "#e01050")
    scorer = Scorer(picture, 800)
    full = scorer.score(through(picture, quality=90, subsampling=0))
    halved = scorer.score(through(picture, quality=90, subsampling=2))
    assert full > halved + 15


def test_a_fault_in_one_small_place_is_noticed() -> None:
    """Tiles follow what happens in the picture, so a single blurred line of print is not missed anywhere."""
    for left, top in ((20, 20), (620, 210), (820, 430), (300, 640), (880, 830)):
        picture = Image.new("RGB", (1200, 900), "white")
        ImageDraw.Draw(picture).text((left, top), "coupon 2041", fill="black", font_size=32)
        spoilt = picture.copy()
        place = (left - 10, top - 10, left + 300, top + 50)
        spoilt.paste(picture.crop(place).filter(ImageFilter.GaussianBlur(4)), place[:2])
        assert Scorer(picture, 1200).score(spoilt) < 85


def test_few_colours_and_blur_and_noise_all_cost() -> None:
    """A palette's banding, lost detail and added grain are each seen."""
    picture = scene()
    scorer = Scorer(picture, 640)
    few = scorer.score(picture.quantize(8).convert("RGB"))
    many = scorer.score(picture.quantize(256).convert("RGB"))
    assert few < many < 100
    assert scorer.score(picture.filter(ImageFilter.GaussianBlur(3))) < 30
    assert scorer.score(Image.blend(picture, grain(picture.size), 0.3)) < 60


@pytest.mark.parametrize("size", [(1, 1), (3, 500), (940, 2), (2, 2), (63, 65), (4000, 9), (7, 64)])
def test_tiny_and_extreme_shapes_are_judged(size: tuple[int, int]) -> None:
    """No shape is too small or too long for a score."""
    picture = scene().resize(size)
    scorer = Scorer(picture, 1200)
    assert scorer.score(picture) == (100.0 if max(size) <= 1200 else pytest.approx(100.0, abs=5))
    other = Image.new("RGB", size, "red")
    assert 0.0 <= scorer.score(other) < 100.0


def test_a_rendition_whose_sides_were_rounded_is_no_error() -> None:
    """Sizes agree within rounding only; an aspect off by a pixel costs little."""
    picture = scene(641, 479)
    scorer = Scorer(picture, 640)
    assert scorer.score(picture.resize((320, 239))) > 0
    assert scorer.score(picture.resize((640, 479))) > 85


def test_grey_and_colour_meet() -> None:
    """A grey rendition of a grey asset stored as RGB is the same picture; of a coloured one it is not."""
    grey = scene().convert("L")
    assert Scorer(grey, 640).score(grey.convert("RGB")) == 100.0
    assert Scorer(grey.convert("RGB"), 640).score(grey) == 100.0
    assert Scorer(scene(), 640).score(grey) < 90


def test_the_score_is_the_same_every_time_and_from_every_thread() -> None:
    """No chance and no shared state: threads may share one scorer."""
    picture = scene(900, 700)
    made = through(picture, quality=60)
    scorer = Scorer(picture, 800)
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(scorer.score, [made] * 8))
    assert found == {Scorer(picture.copy(), 800).score(made)}


@settings(max_examples=25, deadline=None)
@given(
    st.tuples(st.integers(1, 90), st.integers(1, 90)),
    st.tuples(st.integers(1, 90), st.integers(1, 90)),
    st.integers(1, 120),
    st.integers(0, 2**32),
)
def test_the_score_stays_within_its_scale(size: tuple[int, int], other: tuple[int, int], view: int, seed: int) -> None:
    """Any picture beside any other gives a number from 0 to 100."""
    rng = random.Random(seed)
    one = Image.frombytes("RGB", size, rng.randbytes(3 * size[0] * size[1]))
    two = Image.frombytes("RGB", other, rng.randbytes(3 * other[0] * other[1]))
    assert 0.0 <= Scorer(one, view).score(two) <= 100.0


def test_every_fault_has_a_weight_and_none_rewards() -> None:
    """The weights and the faults are one list; a negative weight would reward damage."""
    picture = scene(200, 200)
    assert len(Scorer(picture, 200).faults(through(picture, quality=30))) == len(WEIGHTS)
    assert all(weight >= 0 for weight in WEIGHTS.values())
    assert METRIC == "mediaprep-view/1"


def test_the_module_loads_without_numpy_and_pillow() -> None:
    """Start-up stays cheap: both load with the first picture."""
    code = "import sys, mediaprep.score; sys.exit(any(name in sys.modules for name in ('numpy', 'PIL')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_it_agrees_with_ssimulacra2() -> None:
    """Three renditions of one scene lie within a few points of the metric that the scale is fitted to."""
    ssimulacra2 = pytest.importorskip("ssimulacra2", reason="the bench extra is not installed")
    picture = scene()
    scorer = Scorer(picture, 640)
    apart = []
    for quality in (15, 60, 95):
        made = through(picture, quality=quality)
        files = [io.BytesIO(), io.BytesIO()]
        for file, shown in zip(files, (picture, made), strict=True):
            shown.save(file, "PPM")
        truth = min(max(ssimulacra2.compute_ssimulacra2(*files), 0.0), 100.0)
        apart.append(abs(scorer.score(made) - truth))
    assert sum(apart) / len(apart) < 6


def test_the_scale_is_the_one_that_was_fitted() -> None:
    """Numbers under this metric's name stay what they were: profiles' floors and kept scores are written in them."""
    asset = scene()
    judge = Scorer(asset, 1200)
    renditions = {
        43.2: through(asset, quality=30),
        66.5: asset.filter(ImageFilter.GaussianBlur(1.2)),
        62.2: Image.blend(asset, grain(asset.size, 3), 0.05),
        72.5: asset.resize((320, 240), Image.Resampling.BICUBIC),
    }

    found = [judge.score(each) for each in renditions.values()]

    assert METRIC == "mediaprep-view/1"
    assert found == pytest.approx(list(renditions), abs=0.2)
