"""How far mediaprep's score agrees with SSIMULACRA2, and what it costs.

    python benchmarks/score_agreement.py --pictures DIR [--cache FILE] [--fresh] [--write FILE.md]
    python benchmarks/score_agreement.py --pictures DIR --fit

Every picture below DIR is seen at one view size; ten renditions of it (JPEG of many qualities, chroma
layouts and dimensions, palette PNG, WebP) are judged by both. The pictures are split by name into a half
that fits the coefficients and a half that judges them, so no figure comes from a picture that was fitted.
``--fit`` prints the coefficients for ``mediaprep/score.py``. Both need ``pip install mediaprep[bench]``.
SSIMULACRA2 takes about a second per pair: ``--cache`` keeps its answers, ``--shard 0/2`` and ``--shard 1/2``
fill two caches side by side (``--cache`` may repeat).
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import platform
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from PIL import __version__ as pillow_version

from mediaprep import score as scoring

VIEWS = (640, 800, 960, 1200)
SMALLEST_LONG_EDGE = 400
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
SEED = "mediaprep-view/1"


@dataclass(frozen=True, slots=True)
class Pair:
    """One rendition of one picture, by recipe: ``scale`` is its long edge over the view's."""

    picture: str
    view: int
    media: str
    quality: int
    scale: float
    full_chroma: bool

    @property
    def key(self) -> str:
        """Name the pair in the cache of judgements."""
        chroma = "444" if self.full_chroma else "420"
        return f"{self.picture}|{self.view}|{self.media}|{self.quality}|{self.scale:.3f}|{chroma}"


def held_out(picture: str) -> bool:
    """Tell whether a picture judges (True) or fits (False), from its name alone."""
    return hashlib.sha256(picture.encode()).digest()[0] % 2 == 1


def recipes(picture: str, long_edge: int) -> list[Pair]:
    """Ten renditions that spread over quality, dimensions and formats, the same in every run."""
    rng = random.Random(f"{SEED}:{picture}")
    view = min(rng.choice(VIEWS), long_edge)
    larger = min(long_edge / view, 4 / 3)
    plan: list[tuple[str, int, float]] = [
        ("jpeg", rng.randint(10, 25), 1.0),
        ("jpeg", rng.randint(26, 50), 1.0),
        ("jpeg", rng.randint(51, 74), 1.0),
        ("jpeg", rng.randint(75, 89), 1.0),
        ("jpeg", rng.randint(90, 97), 1.0),
        ("jpeg", rng.randint(30, 95), larger),
        ("jpeg", rng.randint(20, 95), rng.uniform(0.25, 0.5)),
        ("jpeg", rng.randint(40, 97), rng.uniform(0.5, 0.95)),
        ("png", rng.choice((8, 16, 32, 64, 128, 256)), rng.choice((1.0, 1.0, rng.uniform(0.4, 1.0)))),
        ("webp", rng.randint(10, 97), rng.choice((1.0, 1.0, rng.uniform(0.3, 1.0)))),
    ]
    return [Pair(picture, view, media, q, scale, rng.random() < 0.4) for media, q, scale in plan]


def rendition(asset: Image.Image, pair: Pair) -> Image.Image:
    """Make the rendition and decode it again."""
    long_edge = max(1, round(pair.view * pair.scale))
    small = at_long_edge(asset, long_edge, Image.Resampling.LANCZOS)
    target = io.BytesIO()
    if pair.media == "jpeg":
        small.save(target, "JPEG", quality=pair.quality, optimize=True, subsampling=0 if pair.full_chroma else 2)
    elif pair.media == "webp":
        small.save(target, "WEBP", quality=pair.quality, method=3)
    else:
        dither = Image.Dither.FLOYDSTEINBERG if pair.full_chroma else Image.Dither.NONE
        palette = small.quantize(pair.quality, method=Image.Quantize.MEDIANCUT)
        small.quantize(pair.quality, palette=palette, dither=dither).save(target, "PNG")
    return Image.open(target).convert(asset.mode)


def at_long_edge(picture: Image.Image, long_edge: int, resample: Image.Resampling) -> Image.Image:
    """Reduce a picture to a long edge; a smaller one stays."""
    if max(picture.size) <= long_edge:
        return picture
    ratio = long_edge / max(picture.size)
    size = (max(1, round(picture.width * ratio)), max(1, round(picture.height * ratio)))
    return picture.resize(size, resample)


def judge(reference: Image.Image, seen: Image.Image) -> float:
    """Ask SSIMULACRA2 about two pictures of one size."""
    from ssimulacra2 import compute_ssimulacra2

    files = []
    for picture in (reference, seen):
        file = io.BytesIO()
        picture.convert("RGB").save(file, "PPM")
        file.seek(0)
        files.append(file)
    return float(compute_ssimulacra2(*files))


def pictures(folder: Path) -> list[Path]:
    """List the pictures below a folder in one order everywhere."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)


def load(path: Path) -> Image.Image:
    """Open a picture upright, grey or RGB."""
    with Image.open(path) as opened:
        upright = ImageOps.exif_transpose(opened)
        return upright.convert("L" if upright.mode == "L" else "RGB")


def gather(folder: Path, caches: list[Path], shard: tuple[int, int]) -> tuple[list[Pair], np.ndarray, np.ndarray]:
    """Make every pair and measure it both ways: the pairs, their faults (n x features), SSIMULACRA2."""
    known: dict[str, float] = {}
    for cache in caches:
        known.update(json.loads(cache.read_text()) if cache.exists() else {})
    pairs: list[Pair] = []
    faults: list[list[float]] = []
    truths: list[float] = []
    for path in pictures(folder)[shard[0] :: shard[1]]:
        asset = load(path)
        if max(asset.size) < SMALLEST_LONG_EDGE:
            continue
        plan = recipes(path.stem, max(asset.size))
        scorer = scoring.Scorer(asset, plan[0].view)
        reference = at_long_edge(asset, plan[0].view, Image.Resampling.BICUBIC)
        for pair in plan:
            made = rendition(asset, pair)
            if pair.key not in known:
                seen = made if made.size == reference.size else made.resize(reference.size, Image.Resampling.BICUBIC)
                known[pair.key] = judge(reference, seen)
            pairs.append(pair)
            faults.append(scorer.faults(made))
            truths.append(known[pair.key])
        if caches:
            caches[-1].write_text(json.dumps(known, indent=0))
    return pairs, np.array(faults), np.array(truths)


def scores(faults: np.ndarray, weights: np.ndarray, exponent: float) -> np.ndarray:
    """Turn faults into scores as ``mediaprep.score`` does, without its cut at 0 and 100."""
    return 100.0 - 10.0 * np.maximum(faults @ weights, 1e-12) ** exponent


def fit(faults: np.ndarray, truths: np.ndarray) -> tuple[np.ndarray, float]:
    """Find weights (none negative) and the exponent that come nearest in score points; the few far-off count less.

    What SSIMULACRA2 puts below 0 need only land at or below 0. A small price on the weights' sum keeps
    faults that say the same from sharing out one weight at random.
    """
    from scipy.optimize import least_squares

    spread = faults.std(axis=0) + 1e-9
    scaled = faults / spread

    def residuals(guess: np.ndarray) -> np.ndarray:
        found = scores(scaled, guess[:-1], guess[-1])
        apart = np.where((truths <= 0) & (found < 0), 0.0, found - np.clip(truths, -20.0, 100.0))
        price = np.sqrt(0.002 * len(truths) * guess[:-1].sum())
        return np.append(np.clip(apart, -60.0, 60.0), price)

    count = faults.shape[1]
    start = np.append(np.full(count, 1.0), 0.6)
    bounds = (np.append(np.zeros(count), 0.4), np.append(np.full(count, np.inf), 1.0))
    found = least_squares(residuals, start, bounds=bounds, loss="soft_l1", f_scale=4.0, max_nfev=500).x
    return found[:-1] / spread, float(found[-1])


def agreement(ours: np.ndarray, truths: np.ndarray) -> dict[str, float]:
    """Compare two lists of scores; SSIMULACRA2 is cut to 0..100 for distances, not for ranks."""
    from scipy.stats import spearmanr

    cut = np.clip(truths, 0.0, 100.0)
    apart = np.abs(ours - cut)
    return {
        "pairs": len(ours),
        "Spearman": float(spearmanr(ours, truths).statistic),
        "mean error": float(apart.mean()),
        "bias": float((ours - cut).mean()),
        "p95 error": float(np.quantile(apart, 0.95)),
        "worst error": float(apart.max()),
        "cap 90 same side": float(np.mean((ours >= 90) == (truths >= 90))),
        "cap 90 same side or within 3": float(np.mean(((ours >= 90) == (truths >= 90)) | (apart <= 3))),
        "floor 30 same side": float(np.mean((ours >= 30) == (truths >= 30))),
        "floor 30 same side or within 3": float(np.mean(((ours >= 30) == (truths >= 30)) | (apart <= 3))),
    }


def groups(pairs: list[Pair], *, fresh: bool) -> dict[str, np.ndarray]:
    """Name the groups that the table has a row for."""
    unseen = np.array([fresh or held_out(pair.picture) for pair in pairs])
    media = np.array([pair.media for pair in pairs])
    scale = np.array([pair.scale for pair in pairs])
    chroma = np.array([pair.full_chroma for pair in pairs])
    rows = {"unseen pictures, all": unseen, "fitted pictures": ~unseen}
    rows |= {f"unseen, {name}": unseen & (media == name) for name in ("jpeg", "png", "webp")}
    rows["unseen, JPEG 4:2:0"] = unseen & (media == "jpeg") & ~chroma
    rows["unseen, JPEG 4:4:4"] = unseen & (media == "jpeg") & chroma
    rows["unseen, under half the view"] = unseen & (scale < 0.5)
    rows["unseen, 0.5 to 1 of the view"] = unseen & (scale >= 0.5) & (scale < 1)
    rows["unseen, the view's size"] = unseen & (scale == 1)
    rows["unseen, larger than the view"] = unseen & (scale > 1)
    return {name: chosen for name, chosen in rows.items() if chosen.any()}


def steps_back(folder: Path) -> tuple[int, int, int, float]:
    """Walk JPEG quality 10 to 95 in fives on a third of the unseen pictures.

    Gives the steps, those where our score fell, those of them where SSIMULACRA2 fell too, the deepest fall.
    """
    steps, back, both, deepest = 0, 0, 0, 0.0
    for path in [path for path in pictures(folder) if held_out(path.stem)][::3]:
        asset = load(path)
        view = at_long_edge(asset, 960, Image.Resampling.BICUBIC)
        scorer = scoring.Scorer(view, 960)
        last, before = 0.0, view
        for quality in range(10, 96, 5):
            target = io.BytesIO()
            view.save(target, "JPEG", quality=quality, subsampling=2)
            made = Image.open(target).convert(asset.mode)
            found = scorer.score(made)
            steps += 1
            if found < last:
                back += 1
                both += judge(view, made) < judge(view, before)
                deepest = max(deepest, last - found)
            last, before = found, made
    return steps, back, both, deepest


def costs(asset: Image.Image) -> dict[str, float]:
    """Compare one score with one optimised sequential encode at 1200 x 900, by CPU (medians of one run)."""
    view = ImageOps.fit(asset.convert("RGB"), (1200, 900))
    large = ImageOps.fit(asset.convert("RGB"), (1600, 1200))
    small = view.resize((800, 600))
    scorer = scoring.Scorer(view, 1200)
    encode = _cpu_s(lambda: view.save(io.BytesIO(), "JPEG", quality=80, optimize=True))
    return {
        "encode_ms": 1e3 * encode,
        "preparing the reference": _cpu_s(lambda: scoring.Scorer(view, 1200)) / encode,
        "rendition 1200x900": _cpu_s(lambda: scorer.score(view)) / encode,
        "rendition 1600x1200": _cpu_s(lambda: scorer.score(large)) / encode,
        "rendition 800x600": _cpu_s(lambda: scorer.score(small)) / encode,
    }


def _cpu_s(work: Callable[[], object], repeats: int = 15) -> float:
    taken = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return sorted(taken)[repeats // 2]


def _machine() -> str:
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"


def _shown(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.3f}" if abs(value) <= 1 else f"{value:.2f}"


def report(folder: Path, pairs: list[Pair], faults: np.ndarray, truths: np.ndarray, *, fresh: bool) -> str:
    """Write the tables as Markdown."""
    weights = np.array(list(scoring.WEIGHTS.values()))
    ours = np.clip(scores(faults, weights, scoring.EXPONENT), 0.0, 100.0)
    names = {pair.picture for pair in pairs}
    unseen = sum(fresh or held_out(name) for name in names)
    rows = {name: agreement(ours[chosen], truths[chosen]) for name, chosen in groups(pairs, fresh=fresh).items()}
    heads = list(next(iter(rows.values())))
    lines = [
        "# Our score beside SSIMULACRA2",
        "",
        "`python benchmarks/score_agreement.py --pictures DIR --write FILE.md` wrote this.",
        f"{len(pairs)} pairs of {len(names)} pictures; {unseen} pictures were not used for fitting.",
        "",
        "| group | " + " | ".join(heads) + " |",
        "| --- |" + " --- |" * len(heads),
    ]
    lines += [f"| {name} | " + " | ".join(_shown(value) for value in row.values()) + " |" for name, row in rows.items()]
    steps, back, both, deepest = steps_back(folder)
    lines += [
        "",
        f"JPEG quality 10 to 95 in fives, 4:2:0: our score fell at {back} of {steps} steps, by {deepest:.1f} at most.",
        f"At {both} of these {back} SSIMULACRA2 fell too.",
    ]
    middle = sorted(pictures(folder), key=lambda path: path.stat().st_size)[len(names) // 2]
    cost = costs(load(middle))
    lines += [
        "",
        f"CPU over one optimised sequential JPEG encode at 1200x900 ({cost.pop('encode_ms'):.1f} ms, middling detail):",
        "",
        *(f"- {name}: {ratio:.2f}" for name, ratio in cost.items()),
        "",
        f"Machine: {_machine()}, Python {platform.python_version()}, numpy {np.__version__}, Pillow {pillow_version}.",
    ]
    return "\n".join(lines) + "\n"


def main(argv: list[str]) -> int:
    """Run the comparison, or the fit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, required=True, help="folder of pictures, walked")
    parser.add_argument("--cache", type=Path, action="append", default=[], help="JSON of SSIMULACRA2's answers")
    parser.add_argument("--shard", default="0/1", help="only every Nth picture, such as 1/2")
    parser.add_argument("--fit", action="store_true", help="print coefficients for mediaprep/score.py")
    parser.add_argument("--fresh", action="store_true", help="no picture of DIR was ever fitted: all of them judge")
    parser.add_argument("--write", type=Path, help="also write the tables to this file")
    options = parser.parse_args(argv)
    first, every = (int(part) for part in options.shard.split("/"))
    pairs, faults, truths = gather(options.pictures, options.cache, (first, every))
    if not pairs:
        print(f"no picture of at least {SMALLEST_LONG_EDGE} pixels below {options.pictures}", file=sys.stderr)
        return 2
    if options.fit:
        seen = np.array([not held_out(pair.picture) for pair in pairs])
        weights, exponent = fit(faults[seen], truths[seen])
        for name, weight in zip(scoring.WEIGHTS, weights, strict=True):
            print(f'    "{name}": {weight:.5g},' if weight > 0.01 else f'    "{name}": 0.0,')
        print(f"EXPONENT = {exponent:.5f}")
        print(agreement(np.clip(scores(faults[~seen], weights, exponent), 0, 100), truths[~seen]))
        return 0
    text = report(options.pictures, pairs, faults, truths, fresh=options.fresh)
    print(text)
    if options.write:
        options.write.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
