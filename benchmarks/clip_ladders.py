"""How far the rung that a fit chooses is behind the best one: every rung around it, encoded and judged.

For each clip and limit the fit is run once; then every rung from two below to two above the chosen one (and the rung
that bits per pixel alone would take) is encoded at the bit rate that the fit's pictures had, with the same preset, and
judged by phone VMAF (every third frame). One line of JSON a rung, so that a run can be stopped and gone on with.

    python benchmarks/clip_ladders.py CLIP:LIMIT [CLIP:LIMIT ...] --out ladders.ndjson
    python benchmarks/clip_ladders.py --read ladders.ndjson
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import defaultdict
from pathlib import Path

from clips import BOUNDS, phone_vmaf, route_of

from mediaprep.encoders import Picturing
from mediaprep.job import Job
from mediaprep.kinds import Step, identify
from mediaprep.kinds import _video_graph as graph
from mediaprep.kinds import _video_ladder as rungs
from mediaprep.options import FitOptions
from mediaprep.pipeline import run
from mediaprep.storage import open_source

AROUND = 2
EVERY = 3


def measured(path: Path, limit_bytes: int, known: set[tuple[str, int, int]]):
    """Yield a record for each rung that is not known yet."""
    route = route_of(limit_bytes)
    with tempfile.TemporaryDirectory() as folder:
        job = Job(
            asset=path.name, path=path.absolute(), routes=(route,), mode="fit",
            options=FitOptions(allow_below_floor=True), bounds=BOUNDS, outputs=(Path(folder) / "ours",),
        )  # fmt: skip
        (outcome,) = run(job)
    if outcome.treatment != "transcode" or not outcome.attempts[-1].quality:
        return
    last = outcome.attempts[-1]
    source = open_source(path, 10**10)
    kind, form = identify(source)
    info = kind.probe(source, form, BOUNDS)
    with kind.open(source, info, FitOptions(), BOUNDS) as session:
        fps = rungs.frame_rate(info.fps, variable=bool(info.variable_frame_rate), limits=route.limits[0])
        ladder = rungs.ladder(*session.size, fps, route.limits[0])
        chosen = next(i for i, rung in enumerate(ladder) if (rung.width, rung.height) == (last.width, last.height))
        rate = int(1000 * last.quality)
        for index in sorted(range(len(ladder)), key=lambda i: abs(i - chosen)):
            rung = ladder[index]
            if abs(index - chosen) > AROUND or (path.name, limit_bytes, rung.height) in known:
                continue
            how = Picturing(
                width=rung.width, height=rung.height, fps=float(fps), bit_rate_bps=rate, effort="balanced",
                profile="main", level=rungs.level_of(rung.width, rung.height, float(fps)), b_frames=True,
                matrix=graph.matrix(session.stream),
            )  # fmt: skip
            step = Step(
                encoder="mp4_h264_aac", media_type="video/mp4", quality=rate / 1000, width=rung.width,
                height=rung.height, fps=float(fps), picturing=how,
            )  # fmt: skip
            looked = step.to_learn()
            session.encode(looked)  # a turn of its own, which a fit saves where a rung nearby had one
            first = session.quantiser(looked)
            made = session.encode(step)
            yield {
                "clip": path.name, "limit": limit_bytes, "height": rung.height, "width": rung.width,
                "chosen": index == chosen, "bpp": round(rung.bpp(rate), 5), "quantiser": round(first or 0.0, 2),
                "bytes": made.size_bytes, "asked": round(rate * session.picture_s / 8),
                "vmaf": phone_vmaf(session, made.path, fps, every=EVERY), "source": session.size, "fps": float(fps),
                "estimate": round(session.score(made, 1280), 1),
            }  # fmt: skip


def read(path: Path) -> None:
    """Print each ladder with the distance of the chosen rung from the best."""
    ladders = defaultdict(list)
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        ladders[record["clip"], record["limit"]].append(record)
    print("| clip | limit KB | lines: phone VMAF (bpp, first turn's quantiser); chosen in bold | behind |")
    print("| --- | --- | --- | --- |")
    behind = []
    for (clip, limit), rows in sorted(ladders.items()):
        best = max(row["vmaf"] for row in rows)
        chosen = next(row for row in rows if row["chosen"])
        behind.append(best - chosen["vmaf"])
        cells = [
            f"{'**' if row['chosen'] else ''}{min(row['width'], row['height'])}: {row['vmaf']:.1f} "
            f"({row['bpp']:.3f}, {row['quantiser']:.1f}){'**' if row['chosen'] else ''}"
            for row in sorted(rows, key=lambda row: row["height"])
        ]
        print(f"| {clip[:28]} | {limit // 1000} | {'; '.join(cells)} | {behind[-1]:.1f} |")
    near = sum(value <= 1.0 for value in behind)
    print(f"\n- <= 1.0 behind on {near} of {len(behind)}; most {max(behind):.1f}, mean {sum(behind) / len(behind):.2f}")


def main() -> None:
    """Measure or read."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--read", type=Path)
    asked = parser.parse_args()
    if asked.read:
        read(asked.read)
        return
    known = set()
    if asked.out.exists():
        rows = [json.loads(line) for line in asked.out.read_text(encoding="utf-8").splitlines()]
        known = {(row["clip"], row["limit"], row["height"]) for row in rows}
    with asked.out.open("a", encoding="utf-8") as out:
        for case in asked.cases:
            name, _, limit = case.rpartition(":")
            for record in measured(Path(name), int(limit), known):
                out.write(json.dumps(record) + "\n")
                out.flush()


if __name__ == "__main__":
    main()
