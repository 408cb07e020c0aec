"""The score of a JPEG from a few of its tiles, and samples of a picture that foretell its size."""

import io

import numpy as np
import pytest
from PIL import Image

from mediaprep.encoders.jpeg_pillow import ENCODER
from mediaprep.kinds._still_judge import TileJudge
from mediaprep.kinds._still_sample import tiles


@pytest.fixture(scope="module")
def photo(samples):
    """A photograph at the size that is sent."""
    with Image.open(samples / "landscape_photo.jpg") as opened:
        picture = opened.convert("RGB")
    picture.thumbnail((1600, 1600))
    return picture


def decoded(picture, quality, **how):
    """Encode and decode again."""
    with Image.open(io.BytesIO(ENCODER.encode(picture, quality, **how))) as opened:
        opened.load()
        return opened


@pytest.mark.parametrize("full_chroma", [False, True])
@pytest.mark.parametrize("quality", [20, 60, 88, 95])
def test_tiles_encoded_alone_score_as_the_whole_does(photo, quality, full_chroma):
    """What a tile loses alone is what it loses in its picture, so the whole need not be encoded to be judged."""
    judge = TileJudge(np.asarray(photo), 1200)

    alone = judge.score_tiles(decoded(judge.mosaic, quality, full_chroma=full_chroma))
    whole = judge.score(decoded(photo, quality, full_chroma=full_chroma))

    assert abs(alone - whole) < 0.1


def test_the_picture_itself_scores_one_hundred(photo):
    """Nothing differs, so nothing is lost, in colour and in grey."""
    assert TileJudge(np.asarray(photo), 1200).score(photo) == 100.0
    assert TileJudge(np.asarray(photo.convert("L")), 1200).score(photo.convert("L")) == 100.0


def test_quality_that_rises_never_scores_lower(photo):
    """A search over quality can trust the score's direction."""
    judge = TileJudge(np.asarray(photo), 1200)
    found = [judge.score_tiles(decoded(judge.mosaic, quality)) for quality in range(10, 98, 8)]

    assert found == sorted(found)


def test_fewer_pixels_than_the_view_cost(photo):
    """Renditions under the view size are judged against the larger asset: less detail, lower score."""
    found = []
    for edge in (1000, 700, 400):
        small = photo.resize((edge, round(photo.height * edge / photo.width)), Image.Resampling.LANCZOS)
        found.append(TileJudge(np.asarray(small), 1200, photo).score(small))

    assert found == sorted(found, reverse=True)
    assert found[-1] < 60


@pytest.mark.parametrize("size", [(1, 1), (3000, 9), (100, 100), (4000, 150)])
def test_pictures_without_whole_tiles_are_left_to_the_other_judge(size):
    """Where no tile with its margins fits, the judge says so beforehand."""
    assert not TileJudge.suits(size, 1200)


@pytest.mark.parametrize("size", [(192, 192), (193, 900), (1205, 333), (3000, 600), (601, 3000)])
def test_every_shape_that_suits_is_judged(size, photo):
    """From the smallest that suits to long strips, a score comes out, and a flat red picture scores low."""
    assert TileJudge.suits(size, 1200)
    picture = photo.resize(size)
    judge = TileJudge(np.asarray(picture), 1200)

    assert judge.score(picture) == 100.0
    assert judge.score(Image.new("RGB", size, "red")) < 50.0


@pytest.mark.parametrize("quality", [60, 80, 92])
def test_a_sample_foretells_the_size(photo, quality):
    """A sample of lively and quiet tiles in the picture's own shares is within some per cent of the whole's level."""
    sample, ratio = tiles(np.asarray(photo))

    foretold = len(ENCODER.encode(sample, quality)) * ratio

    assert abs(foretold / len(ENCODER.encode(photo, quality)) - 1.0) < 0.12
    assert sample.width * sample.height < 0.25 * photo.width * photo.height
