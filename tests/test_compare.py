"""Two folders of renditions, made by a careless script and by a fit, against the same originals."""

from __future__ import annotations

import json
import shutil
from itertools import pairwise

import numpy as np
import pytest
from command_line import jpeg
from PIL import Image, ImageOps

import mediaprep
from mediaprep.api import fit
from mediaprep.cli import run
from mediaprep.compare import Comparison, totals
from mediaprep.errors import UsageError
from mediaprep.likeness import likeness
from mediaprep.limits import Route
from mediaprep.options import Bounds

LIMIT_BYTES = 60_000


def route() -> Route:
    """Give a route that is nothing but a size."""
    return mediaprep.route(None, max_bytes=LIMIT_BYTES)


@pytest.fixture(scope="module")
def folders(tmp_path_factory, samples, loop):
    """Lay out originals, what a careless script made of them, and what fit made."""
    root = tmp_path_factory.mktemp("compare")
    originals, old, new = (root / name for name in ("originals", "old", "new"))
    for folder in (originals, old):
        folder.mkdir()
    for path in (samples / "phone_photo.jpg", loop, samples / "flyer_coupon.png"):
        shutil.copy(path, originals / path.name)
    with Image.open(originals / "phone_photo.jpg") as image:
        exif = image.getexif()
        exif[0x0112] = 1  # the script drops the flag and keeps the place
        image.draft("RGB", (1000, 750))
        image.convert("RGB").resize((800, 600)).save(old / "phone_photo.jpg", quality=88, exif=exif)
    with Image.open(originals / "film_loop.gif") as image:
        image.convert("RGB").save(old / "film_loop.jpg", quality=80)
    with Image.open(originals / "flyer_coupon.png") as image:
        ImageOps.contain(image.convert("RGB"), (160, 160)).save(old / "flyer_coupon.jpg", quality=20)
    run(["fit", str(originals), "--max-bytes", str(LIMIT_BYTES), "-o", str(new), "--isolation", "none"])
    return originals, old, new


@pytest.fixture(scope="module")
def pairs(folders):
    """Compare the folders with their originals, in this process."""
    originals, old, new = folders
    with Comparison(old, new, (route(),), originals, "none") as comparison:
        return {pair.asset: pair for pair in comparison.pairs()}


def test_a_careless_script_is_found_out(pairs):
    """Over the limit, GPS left in, on its side, stopped, a code that no longer scans: each is named at its file."""
    photo, loop, flyer = (pairs[name].old for name in ("phone_photo", "film_loop", "flyer_coupon"))
    assert photo.over_limit
    assert photo.gps
    assert photo.sideways
    assert photo.likeness.turned_deg in (90, 270)
    assert loop.likeness.stopped
    assert flyer.likeness.codes_lost == 1
    assert {w.name for w in photo.outcome.warnings} >= {"gps", "sideways"}


def test_a_fit_has_none_of_these(pairs):
    """The same files, made by fit, keep the limit, lie upright, move and scan."""
    _, sums = totals(list(pairs.values()))
    assert sums.files == 3
    assert (sums.over_limit, sums.gps, sums.sideways, sums.stopped, sums.codes_lost, sums.refused) == (0,) * 6
    assert sums.mean_score > 40
    assert all(pair.new.likeness.score is not None for pair in pairs.values())


def test_a_gif_has_the_score_that_its_fit_recorded(tmp_path):
    """Both look at the same moments at the same size: one rendition, one number."""
    chance = np.random.default_rng(5)
    small = [chance.integers(0, 256, (18, 24, 3), dtype=np.uint8) for _ in range(3)]
    slides = [Image.fromarray(pixels).resize((240, 180)) for pixels in small]
    frames, delays = [], []
    for one, other in pairwise([*slides, slides[0]]):
        frames += [Image.blend(one, other, share / 4) for share in range(4)]
        delays += [700, 100, 100, 100]
    original, made = tmp_path / "slides.gif", tmp_path / "made.gif"
    frames[0].save(original, save_all=True, append_images=frames[1:], duration=delays, loop=0)
    outcome = fit(original, mediaprep.route(None, max_bytes=30_000), made, isolation="none")

    assert outcome.score is not None
    assert outcome.score < 90
    assert abs(likeness(original, made, Bounds())[0] - outcome.score) < 0.3


def test_a_picture_is_most_like_itself(folders):
    """Compared with its own originals each file scores 100."""
    originals, _, _ = folders
    with Comparison(originals, originals, (route(),), originals, "none") as comparison:
        scores = {pair.asset: pair.old.likeness.score for pair in comparison.pairs()}
    assert scores == {"phone_photo": 100.0, "film_loop": 100.0, "flyer_coupon": 100.0}


def test_assets_that_differ_by_suffix_only_are_told_apart(tmp_path):
    """Fitted, they keep the suffix in their names; each is held against its own original."""
    originals, new = tmp_path / "originals", tmp_path / "new"
    originals.mkdir()
    for number, name in enumerate(("map.jpg", "map.png")):
        Image.new("RGB", (200, 100), ("red", "blue")[number]).save(originals / name)
    run(["fit", str(originals), "--max-bytes", str(LIMIT_BYTES), "-o", str(new), "--isolation", "none"])

    with Comparison(new, new, (route(),), originals, "none") as comparison:
        found = {pair.asset: pair for pair in comparison.pairs()}

    assert {name: pair.original.name for name, pair in found.items()} == {"map-jpg": "map.jpg", "map-png": "map.png"}
    assert all(pair.new.likeness.score > 95 for pair in found.values())


def test_folders_that_share_nothing_are_a_usage_error(tmp_path):
    """A mistyped folder says how files are paired."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.jpg").write_bytes(jpeg())
    with (
        Comparison(tmp_path / "a", tmp_path / "b", (route(),), None, "none") as comparison,
        pytest.raises(UsageError, match="no asset in common"),
    ):
        list(comparison.pairs())
    with pytest.raises(UsageError, match="is not a folder"):
        Comparison(tmp_path / "nowhere", tmp_path / "b", (route(),))


def test_the_command_ends_in_sums_and_a_page(pairs, folders, capsys):
    """The table has both sides and their sums, --json a record a pair, the page the original beside both."""
    originals, old, new = folders
    call = ["compare", str(old), str(new), "--originals", str(originals), "--max-bytes", "60000"]
    page = new.parent / "page.html"
    assert run([*call, "--isolation", "none", "--report", str(page)]) == 0
    words = " ".join(capsys.readouterr().out.split())
    assert "GPS left in 1 0" in words
    assert "stopped animations 1 0" in words
    assert "codes that no longer scan 1 0" in words
    text = page.read_text(encoding="utf-8")
    assert text.count('class="look after"') == 6
    assert "MP439" in text
    assert run([*call, "--isolation", "none", "--json"]) == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [record["schema"] for record in records] == ["mediaprep.comparison/1"] * 3


def test_a_new_side_that_breaks_a_limit_is_exit_3(pairs, folders, capsys):
    """The exit code is about NEW."""
    originals, old, new = folders
    code = run(["compare", str(new), str(old), "--max-bytes", "60000", "--isolation", "none"])
    assert code == 3
    assert "over the limit" in capsys.readouterr().out
    assert originals.is_dir()
