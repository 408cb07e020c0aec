"""How far the score of a JPEG's tiles (what fits of stills use) agrees with SSIMULACRA2 and with the whole picture's.

    python benchmarks/score_tiles.py --pictures DIR [--write FILE.md]

The JPEG renditions of ``score_agreement.py``, of pictures below DIR: each is judged by SSIMULACRA2 at its view size,
by ``Scorer`` on the whole view, and by ``TileJudge`` on its tiles. Needs ``pip install mediaprep[bench]``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import score_agreement as whole

from mediaprep import score as scoring
from mediaprep.kinds._still_judge import TileJudge

NAMES = ("pairs", "Spearman", "mean error", "bias", "p95 error", "worst error", "cap 90 same side or within 3")


def tiled(asset: whole.Image.Image, made: whole.Image.Image, view: int) -> float | None:
    """Judge a rendition as a fit does; None where it has too few pixels for tiles."""
    if not TileJudge.suits(made.size, view):
        return None
    resample = whole.Image.Resampling.LANCZOS
    small = whole.at_long_edge(asset, max(made.size), resample)
    larger = whole.at_long_edge(asset, view, resample) if max(made.size) < min(view, max(asset.size)) else None
    return TileJudge(np.asarray(small), view, larger).score(made)


def gather(folder: Path) -> tuple[list[whole.Pair], np.ndarray]:
    """Judge every JPEG rendition three ways: the pairs, and n x (SSIMULACRA2, whole, tiles)."""
    pairs: list[whole.Pair] = []
    found: list[tuple[float, float, float]] = []
    for path in whole.pictures(folder):
        asset = whole.load(path)
        if max(asset.size) < whole.SMALLEST_LONG_EDGE:
            continue
        plan = [pair for pair in whole.recipes(path.stem, max(asset.size)) if pair.media == "jpeg"]
        scorer = scoring.Scorer(asset, plan[0].view)
        reference = whole.at_long_edge(asset, plan[0].view, whole.Image.Resampling.BICUBIC)
        for pair in plan:
            made = whole.rendition(asset, pair)
            by_tiles = tiled(asset, made, pair.view)
            if by_tiles is None:
                continue
            seen = made.resize(reference.size, whole.Image.Resampling.BICUBIC)
            truth = whole.judge(reference, made if made.size == reference.size else seen)
            pairs.append(pair)
            found.append((truth, scorer.score(made), by_tiles))
    return pairs, np.array(found)


def table(pairs: list[whole.Pair], found: np.ndarray) -> str:
    """Write a row for each group and each of our two scores."""
    lines = [f"| group | judged by | {' | '.join(NAMES)} |", "| --- " * (len(NAMES) + 2) + "|"]
    truths = found[:, 0]
    scale = np.array([pair.scale for pair in pairs])
    rows = {
        "all": np.full(len(pairs), True), "60 and better": truths >= 60, "under the view's size": scale < 1,
        "the view's size": scale == 1, "larger": scale > 1,
    }  # fmt: skip
    for group, chosen in rows.items():
        if not chosen.any():
            continue
        for name, column in (("the whole", 1), ("tiles", 2)):
            figures = whole.agreement(found[chosen, column], truths[chosen])
            cells = " | ".join(f"{figures[each]:.3g}" for each in NAMES)
            lines.append(f"| {group} | {name} | {cells} |")
    apart = np.sqrt(np.mean((found[:, 2] - found[:, 1]) ** 2))
    return "\n".join([*lines, "", f"Tiles and whole, root mean square: {apart:.2f} points."])


def main() -> None:
    """Carry out the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, required=True)
    parser.add_argument("--write", type=Path)
    given = parser.parse_args()
    text = table(*gather(given.pictures))
    print(text)
    if given.write:
        given.write.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
