"""Memory above start of one fit of a 48-megapixel JPEG to 1600 pixels: sequential and progressive.

    python benchmarks/stills_memory.py

The picture is ``samples/landscape_photo.jpg`` enlarged to 8000 x 6000. Each fit runs in a process of its own, whose
start is taken after a fit of a small picture has loaded the libraries. Linux only.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from stills import ROOT, route_of

from mediaprep.job import Job
from mediaprep.pipeline import run

SIZE = (8000, 6000)
PHOTO = ROOT / "samples" / "landscape_photo.jpg"


def peak_mib() -> float:
    """Give the most memory that this process has had; ``getrusage`` would count its parent's too."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def child(large: Path, small: Path) -> None:
    """Fit the small picture, then the large one; print how much the peak rose."""
    with tempfile.TemporaryDirectory() as folder:
        for path in (small, large):
            start = peak_mib()
            run(Job(asset=path.name, path=path, routes=(route_of(30_000 if path == small else 300_000, 1600),),
                    mode="fit", scratch=Path(folder)))  # fmt: skip
    print(peak_mib() - start)


@dataclass(frozen=True, slots=True, kw_only=True)
class Above:
    """Memory above start of one fit, and its goal."""

    progressive: bool
    size_bytes: int
    mib: float
    goal_mib: float


def measured() -> list[Above]:
    """Make the pictures and run a child on each."""
    found = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Image.open(PHOTO) as opened:
            photo = opened.convert("RGB")
        photo.resize((720, 540)).save(folder / "small.jpg", quality=95)
        goals = {False: 64.0, True: 3.2 * SIZE[0] * SIZE[1] / 2**20 + 64}
        for progressive, goal in goals.items():
            path = folder / "large.jpg"
            photo.resize(SIZE, Image.Resampling.BICUBIC).save(path, quality=88, progressive=progressive)
            words = [sys.executable, __file__, str(path), str(folder / "small.jpg")]
            above = float(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
            found.append(Above(progressive=progressive, size_bytes=path.stat().st_size, mib=above, goal_mib=goal))
    return found


def main() -> None:
    """Print Markdown."""
    print("| 48 megapixels to 1600 pixels | bytes | MiB above start | goal |\n| --- | --- | --- | --- |")
    for one in measured():
        kind = "progressive" if one.progressive else "sequential"
        print(f"| {kind} | {one.size_bytes:,} | {one.mib:.0f} | {one.goal_mib:.0f} |")


if __name__ == "__main__":
    child(Path(sys.argv[1]), Path(sys.argv[2])) if len(sys.argv) == 3 else main()
