"""Traps that stills lay, each met once by a script that did the obvious thing."""

import io

import numpy as np
import pytest
from PIL import Image
from still_assets import mms

from mediaprep.api import fit
from mediaprep.encoders.jpeg_pillow import ENCODER
from mediaprep.kinds import _jpeg as jpeg
from mediaprep.kinds import identify
from mediaprep.kinds._still_curve import HIGH, LOW, log_coarseness, quality_of
from mediaprep.kinds._still_judge import TileJudge
from mediaprep.model import KindName
from mediaprep.options import Bounds
from mediaprep.storage import open_source


@pytest.fixture(scope="module")
def photo(samples):
    """A photograph of 1200 x 900 pixels."""
    with Image.open(samples / "landscape_photo.jpg") as opened:
        return opened.convert("RGB").resize((1200, 900))


def test_a_picture_of_two_eyes_is_one_still(photo, tmp_path):
    """A phone's MPO opens as two frames; it is a still, and the second picture does not go out."""
    path = tmp_path / "stereo.jpg"
    photo.save(path, "MPO", save_all=True, append_images=[photo.rotate(180)], quality=90)

    kind, form = identify(open_source(path, 10**9))
    outcome = fit(path, mms(10_000_000), isolation="none")

    assert (kind.name, form.name) == (KindName.IMAGE, "jpeg")
    assert (str(outcome.verdict), outcome.frames) == ("fitted", 1)
    with Image.open(io.BytesIO(outcome.data)) as sent:
        assert getattr(sent, "n_frames", 1) == 1
        assert np.abs(np.asarray(sent, dtype=int) - np.asarray(photo, dtype=int)).mean() < 5


def test_deep_grey_keeps_its_tones():
    """Grey of 16 bits goes out with as many tones as 8 bits have, not clipped to black and white."""
    raw = io.BytesIO()
    values = np.linspace(0, 65535, 640 * 480).reshape(480, 640).astype(np.uint16)
    Image.fromarray(values).save(raw, "PNG")

    outcome = fit(raw.getvalue(), mms(100_000), isolation="none")

    with Image.open(io.BytesIO(outcome.data)) as sent:
        assert len(np.unique(np.asarray(sent.convert("L")))) > 200


def test_of_many_pages_the_first_is_sent_and_said(photo):
    """A scan of several pages goes out as its first page, with a word about it; too many pages are refused."""
    raw = io.BytesIO()
    page = photo.resize((400, 300))
    page.save(raw, "TIFF", save_all=True, append_images=[page.rotate(180)] * 3)

    sent = fit(raw.getvalue(), mms(100_000), isolation="none")
    refused = fit(raw.getvalue(), mms(100_000), bounds=Bounds(max_pages=3), isolation="none")

    assert "first_page_only" in [w.name for w in sent.warnings]
    assert refused.violations[0].name == "page_bound"


@pytest.mark.parametrize("limit", [60_000, 150_000])
def test_every_jpeg_that_goes_out_is_one_scan(photo, limit):
    """Progressive JPEGs come out sequential: phones must know no other, and their sizes do not rise with quality."""
    raw = io.BytesIO()
    photo.save(raw, "JPEG", quality=95, progressive=True)

    data = fit(raw.getvalue(), mms(limit), isolation="none").data

    structure = jpeg.read_structure(data, max_scans=10)
    assert (structure.progressive, structure.scans) == (False, 1)


def test_bytes_follow_what_tables_hold_not_their_scale(photo):
    """Where tables do not change no byte does, and each step of coarseness costs bytes: no search is led astray."""
    crop = photo.crop((200, 200, 840, 680))
    qualities = [88.0 + 0.25 * i for i in range(32)]
    coarse = [log_coarseness(quality) for quality in qualities]
    sizes = np.log([len(ENCODER.encode(crop, quality)) - 610 for quality in qualities])
    line = np.polyval(np.polyfit(coarse, sizes, 3), coarse)

    assert np.sqrt(np.mean((sizes - line) ** 2)) < 0.012
    assert all(abs(log_coarseness(quality_of(x)) - x) < 1e-5 for x in coarse)
    assert (quality_of(99.0), quality_of(-9.0)) == (LOW, HIGH)


@pytest.mark.parametrize("quality", [70, 88])
def test_the_tiles_of_the_score_foretell_the_size_too(photo, quality):
    """Lively tiles are drawn more often than they occur; the foretold size takes that back."""
    judge = TileJudge(np.asarray(photo), 1200)

    foretold = len(ENCODER.encode(judge.mosaic, quality, plain=True)) * judge.bytes_ratio

    assert 0.7 < foretold / len(ENCODER.encode(photo, quality)) < 1.4


def test_few_bytes_buy_fewer_pixels_not_coarser_ones(samples):
    """At 60 KB a portrait of six megapixels goes out smaller than it is seen: two points better than at view size."""
    outcome = fit(samples / "portrait_photo.jpg", mms(60_000), isolation="none")

    assert 600 <= outcome.height <= 1100
    assert outcome.attempts[-1].quality >= 66
