"""How well the score of animations foretells phone VMAF, and the map from one to the other that fits best.

    python benchmarks/animation_scores.py FILE [FILE ...] --out FILE.ndjson     # gather; adds to the file
    python benchmarks/animation_scores.py --read FILE.ndjson                    # errors, and the map

Each file is encoded at nine places of its dial (hold, colours, frames, dimensions; 1 to 100 % of its bytes). Likeness
is that of the moments which a fit judges (``kinds/_animation_score.py``), VMAF libvmaf's 0.6.1 with the phone
transform, of at most 40 frames aligned in time. The map is the nearest rising line through mean likenesses; what it
makes of each moment is averaged. Left out one by one, each file is foretold by the line through all the others.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from animations import Clip, decoded, vmaf

from mediaprep.kinds import identify
from mediaprep.kinds._animation import AnimationSession, Place
from mediaprep.kinds._animation_dial import setting
from mediaprep.kinds._animation_score import Judge, viewed
from mediaprep.options import Bounds, FitOptions
from mediaprep.phone_vmaf import expected
from mediaprep.storage import open_source

DIALS = (8, 14, 20, 28, 36, 45, 55, 70, 88)


def gathered(path: Path) -> list[dict]:
    """Encode a file at each place of its dial; give likeness and VMAF of each."""
    source = open_source(path, 1 << 32)
    found = identify(source)
    assert found is not None
    info = found[0].probe(source, found[1], Bounds())
    rows = []
    with AnimationSession(source, info, FitOptions(), Bounds()) as session:
        size, content = session.size, session.content
        asset = Clip([session.frames.flat(pixels) for pixels in session.frames], list(session.delays_ms))
        judge = Judge(dict(session.views), session.delays_ms, viewed(1200, content))
        for dial in DIALS:
            how = setting(dial, content)
            count = max(2, round(session.motion.frames * how.share))
            step = session.step(how, size, count, dial=dial, place=Place(), final=True)
            data = session.encode(step).data
            seen = vmaf(asset, decoded(data))
            rows.append({"name": path.name, "dial": dial, "alike": judge.alike(data, step), "vmaf": seen})
    return rows


def rising(likeness: np.ndarray, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the rising line nearest to the points (pool adjacent violators)."""
    order = np.argsort(likeness)
    pools: list[tuple[float, list[float]]] = []
    for at in order:
        mean, places = float(seen[at]), [float(likeness[at])]
        while pools and pools[-1][0] > mean:
            before, others = pools.pop()
            mean = (mean * len(places) + before * len(others)) / (len(places) + len(others))
            places = others + places
        pools.append((mean, places))
    return np.array([p for _, places in pools for p in places]), np.array([m for m, ps in pools for _ in ps])


def told(rows: list[dict]) -> str:
    """Say how far the map is off, files left out one by one, and print the line through all."""
    names = np.array([row["name"] for row in rows])
    alike = [np.array(row["alike"]) for row in rows]
    likeness, seen = (np.array(values) for values in ([a.mean() for a in alike], [row["vmaf"] for row in rows]))
    foretold = np.zeros(len(rows))
    for name in np.unique(names):
        out = names == name
        line = rising(likeness[~out], seen[~out])
        foretold[out] = [np.interp(alike[at], *line).mean() for at in np.flatnonzero(out)]
    lines = [f"{len(rows)} renditions of {len(np.unique(names))} animations"]
    shipped = np.array([np.mean([expected(value) for value in row]) for row in alike])
    for label, guess in (("left out one by one", foretold), ("by the shipped map", shipped)):
        error = np.abs(guess - seen)
        high = seen > 40
        lines.append(
            f"{label}: median error {np.median(error):.1f}, 90th percentile {np.quantile(error, 0.9):.1f}; where VMAF "
            f"is over 40: {np.median(error[high]):.1f}, {np.quantile(error[high], 0.9):.1f}"
        )
    line = rising(likeness, seen)
    lines += [f"{at}: {float(np.interp(at, *line)):.1f}" for at in range(-120, 101, 10)]
    return "\n".join(lines)


def main() -> None:
    """Gather, or read what was gathered."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--read", type=Path)
    arguments = parser.parse_args()
    for path in arguments.files:
        rows = gathered(path)
        for row in rows:
            print(json.dumps(row), flush=True)
        if arguments.out:
            with arguments.out.open("a") as target:
                target.writelines(json.dumps(row) + "\n" for row in rows)
    if arguments.read:
        print(told([json.loads(line) for line in arguments.read.read_text().splitlines()]))


if __name__ == "__main__":
    main()
