"""Our fits of clips beside compress-cli's at the same limits: bytes, CPU, phone VMAF; and a plot of VMAF against bytes.

compress-cli (1.3.0) lives in an environment of its own and finds ffmpeg and ffprobe in PATH; ours runs the bundled
ffmpeg. Its x264 may be older than ours: the table gives what users of either get. Both sides are judged frame by frame
against the source at the source's own rate (every third frame), shown at the source's dimensions (at most 1280).

    python benchmarks/clip_peers.py CLIP:LIMIT [CLIP:LIMIT ...] --peer /path/to/compress --out peers.ndjson
    python benchmarks/clip_peers.py --read peers.ndjson --plot peers.svg
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections import defaultdict
from pathlib import Path

from clips import BOUNDS, cpu_s, phone_vmaf, route_of

from mediaprep.job import Job
from mediaprep.kinds import _video_ladder as rungs
from mediaprep.kinds import identify
from mediaprep.options import FitOptions
from mediaprep.pipeline import run
from mediaprep.storage import open_source

EVERY = 3


def measured(path: Path, limit_bytes: int, peer: str) -> dict:
    """Fit one clip by both; give bytes, CPU seconds and phone VMAF of each."""
    source = open_source(path, 10**10)
    kind, form = identify(source)
    info = kind.probe(source, form, BOUNDS)
    with tempfile.TemporaryDirectory() as folder, kind.open(source, info, FitOptions(), BOUNDS) as session:
        out, theirs = Path(folder) / "ours", Path(folder) / "theirs.mp4"
        job = Job(
            asset=path.name, path=path.absolute(), routes=(route_of(limit_bytes),), mode="fit",
            options=FitOptions(allow_below_floor=True), bounds=BOUNDS, outputs=(out,),
        )  # fmt: skip
        before = cpu_s()
        (outcome,) = run(job)
        ours_s = cpu_s() - before
        before = cpu_s()
        done = subprocess.run(
            [peer, str(path), f"{limit_bytes / 1e6:g}", "-o", str(theirs), "-q"],
            capture_output=True,
            text=True,
            check=False,
        )
        theirs_s = cpu_s() - before
        fps = rungs.frame_rate(
            info.fps, variable=bool(info.variable_frame_rate), limits=route_of(limit_bytes).limits[0]
        )
        found = {"clip": path.name, "limit": limit_bytes, "said": done.stderr.strip()[-200:]}
        for name, clip, cost in (("ours", Path(outcome.output or out), ours_s), ("theirs", theirs, theirs_s)):
            there = clip.exists()
            found[name] = {
                "bytes": clip.stat().st_size if there else None,
                "cpu_s": round(cost, 2),
                "vmaf": phone_vmaf(session, clip, fps, every=EVERY) if there else None,
            }
        return found


def read(path: Path) -> list[dict]:
    """Print the table."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    print("| clip | limit KB | ours: filled %, VMAF | compress-cli: filled %, VMAF | CPU, ours / theirs |")
    print("| --- | --- | --- | --- | --- |")
    better = 0
    for row in rows:
        ours, theirs = row["ours"], row["theirs"]
        ratio = ours["cpu_s"] / theirs["cpu_s"]
        cells = [
            f"{100 * side['bytes'] / row['limit']:.1f}, {side['vmaf']:.1f}" if side["bytes"] else "nothing written"
            for side in (ours, theirs)
        ]
        better += ratio < 1 and (theirs["vmaf"] is None or ours["vmaf"] > theirs["vmaf"])
        print(f"| {row['clip'][:28]} | {row['limit'] // 1000} | {cells[0]} | {cells[1]} | {ratio:.2f} |")
    print(f"\n- better phone VMAF at less CPU on {better} of {len(rows)}")
    return rows


def plot(rows: list[dict], path: Path) -> None:
    """Draw phone VMAF against bytes, one pair of points a case, joined by a line."""
    width, height, left, top = 720, 440, 60, 20
    most = max(row["limit"] for row in rows) * 1.05
    least = min(side["vmaf"] for row in rows for side in (row["ours"], row["theirs"]) if side["vmaf"]) - 2

    def at(side: dict) -> tuple[float, float]:
        across = left + (width - left - 20) * side["bytes"] / most
        return across, top + (height - top - 50) * (100 - side["vmaf"]) / (100 - least)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif"',
        ' font-size="12">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        f'<path d="M{left} {top}V{height - 50}H{width - 20}" fill="none" stroke="#444"/>',
        f'<text x="{width / 2:.0f}" y="{height - 10}" text-anchor="middle">bytes</text>',
        f'<text transform="rotate(-90 14 {height / 2:.0f})" x="14" y="{height / 2:.0f}">phone VMAF</text>',
    ]
    for score in range(int(least) // 10 * 10 + 10, 101, 10):
        y = top + (height - top - 50) * (100 - score) / (100 - least)
        parts.append(
            f'<path d="M{left} {y:.0f}H{width - 20}" stroke="#ddd"/>'
            f'<text x="{left - 28}" y="{y + 4:.0f}">{score}</text>'
        )
    for size in range(100_000, int(most), 100_000 if most < 1.2e6 else 500_000):
        x = left + (width - left - 20) * size / most
        parts.append(f'<text x="{x:.0f}" y="{height - 32}" text-anchor="middle">{size // 1000} KB</text>')
    by_clip = defaultdict(list)
    for row in rows:
        by_clip[row["clip"]].append(row)
    for clip, cases in by_clip.items():
        for name, colour in (("theirs", "#b5541c"), ("ours", "#1c6fb5")):
            points = [at(case[name]) for case in sorted(cases, key=lambda case: case["limit"]) if case[name]["bytes"]]
            line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}"/>')
            parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>' for x, y in points]
            if name == "ours" and points:
                x, y = points[-1]
                parts.append(f'<text x="{x - 6:.0f}" y="{y - 8:.0f}" text-anchor="end">{clip[:18]}</text>')
    parts += [
        f'<text x="{left + 20}" y="{height - 80}" fill="#1c6fb5">mediaprep</text>',
        f'<text x="{left + 20}" y="{height - 62}" fill="#b5541c">compress-cli 1.3.0</text></svg>',
    ]
    path.write_text("\n".join(parts) + "\n", encoding="utf-8")


def main() -> None:
    """Measure, or read and draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*")
    parser.add_argument("--peer", default="compress")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--read", type=Path)
    parser.add_argument("--plot", type=Path)
    asked = parser.parse_args()
    if asked.read:
        rows = read(asked.read)
        if asked.plot:
            plot(rows, asked.plot)
        return
    with asked.out.open("a", encoding="utf-8") as out:
        for case in asked.cases:
            name, _, limit = case.rpartition(":")
            out.write(json.dumps(measured(Path(name), int(limit), asked.peer)) + "\n")
            out.flush()


if __name__ == "__main__":
    main()
