"""Memory above start of one fit of a 48-megapixel JPEG to 1600 pixels: sequential and progressive.

    python benchmarks/stills_memory.py

The picture is ``samples/landscape_photo.jpg`` enlarged to 8000 x 6000. Each fit runs in a process of its own, whose
start is taken after a fit of a small picture has loaded the libraries. Linux only.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
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


def main() -> None:
    """Make the pictures, run a child on each, print Markdown."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Image.open(PHOTO) as opened:
            photo = opened.convert("RGB")
        photo.resize((720, 540)).save(folder / "small.jpg", quality=95)
        megapixels = SIZE[0] * SIZE[1] / 1e6
        goals = {False: 64.0, True: 3.2 * megapixels * 1e6 / 2**20 + 64}
        print("| 48 megapixels to 1600 pixels | bytes | MiB above start | goal |\n| --- | --- | --- | --- |")
        for progressive, goal in goals.items():
            path = folder / "large.jpg"
            photo.resize(SIZE, Image.Resampling.BICUBIC).save(path, quality=88, progressive=progressive)
            words = [sys.executable, __file__, str(path), str(folder / "small.jpg")]
            above = float(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
            kind = "progressive" if progressive else "sequential"
            print(f"| {kind} | {path.stat().st_size:,} | {above:.0f} | {goal:.0f} |")


if __name__ == "__main__":
    child(Path(sys.argv[1]), Path(sys.argv[2])) if len(sys.argv) == 3 else main()
