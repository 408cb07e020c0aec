"""How far mediaprep's score agrees with SSIMULACRA2, and what it costs.

    python benchmarks/score_agreement.py --pictures DIR [--cache FILE] [--write FILE.md]
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
import platform
import random
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from mediaprep import score as scoring

VIEWS = (640, 800, 960, 1200)
SMALLEST_LONG_EDGE = 400
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


def load(path: Path) -> Image.Image:
    """Open a picture upright, grey or RGB."""
    with Image.open(path) as opened:
        upright = ImageOps.exif_transpose(opened)
        return upright.convert("L" if upright.mode == "L" else "RGB")
