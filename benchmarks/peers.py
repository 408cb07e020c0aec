"""Other tools on the same work: one photograph to a limit of bytes. Only those that are installed are run.

Install some with ``apt-get install jpegoptim imagemagick``. The judge is SSIMULACRA2 (``pip install ssimulacra2``) on
the picture as a handset shows it, 1200 pixels on its long edge: not our own score.
"""

from __future__ import annotations

import io
import os
import resource
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageOps

from mediaprep.job import Job
from mediaprep.limits import Limits, Route
from mediaprep.model import KindName
from mediaprep.pipeline import run

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
PICTURES = ("phone_photo.jpg", "texture_photo.jpg", "landscape_photo.jpg")
LIMITS_BYTES = (100_000, 300_000)
VIEW = 1200

Peer = Callable[[Path, int, Path], None]


def ours(source: Path, limit: int, target: Path) -> None:
    """Fit with mediaprep, in this process."""
    limits = Limits(kind=KindName.IMAGE, limit_bytes=limit, target_bytes=limit, types=("image/jpeg",))
    route = Route(name="limit", folder="limit", channel="mms", limits=(limits,))
    run(Job(asset=source.name, path=source, routes=(route,), mode="fit", outputs=(target,), exact=True))


def jpegoptim(source: Path, limit: int, target: Path) -> None:
    """Ask jpegoptim for a size; it counts whole KiB."""
    with target.open("wb") as stream:
        command = ["jpegoptim", "-q", f"--size={limit // 1024}k", "--strip-all", "--stdout", str(source)]
        subprocess.run(command, stdout=stream, check=True)


def imagemagick(source: Path, limit: int, target: Path) -> None:
    """Ask ImageMagick's JPEG writer for an extent."""
    command = ["convert", str(source), "-auto-orient", "-strip", "-define", f"jpeg:extent={limit}B", f"jpg:{target}"]
    subprocess.run(command, env={**os.environ, "MAGICK_THREAD_LIMIT": "1"}, check=True)


def bisection(source: Path, limit: int, target: Path) -> None:
    """Do what most scripts do: 1600 pixels, whole qualities, Pillow."""
    with Image.open(source) as image:
        picture = ImageOps.exif_transpose(image).convert("RGB")
    picture.thumbnail((1600, 1600), Image.Resampling.LANCZOS)
    low, high, best = 1, 95, b""
    while low <= high:
        middle = (low + high) // 2
        made = io.BytesIO()
        picture.save(made, "JPEG", quality=middle, optimize=True)
        if made.tell() <= limit:
            best, low = made.getvalue(), middle + 1
        else:
            high = middle - 1
    target.write_bytes(best)


PEERS: dict[str, tuple[Peer, str | None]] = {
    "mediaprep": (ours, None),
    "Pillow bisection": (bisection, None),
    "jpegoptim": (jpegoptim, "jpegoptim"),
    "ImageMagick": (imagemagick, "convert"),
}


def installed() -> dict[str, Peer]:
    """Give the peers that can be run here."""
    return {name: peer for name, (peer, program) in PEERS.items() if program is None or shutil.which(program)}


def versions() -> str:
    """Give the first line that each installed program says of its version."""
    said = []
    for name, (_, program) in PEERS.items():
        if program and shutil.which(program):
            done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
            said.append(f"{name} ({done.stdout.strip().splitlines()[0][:60]})")
    return ", ".join(said)


def seen(path: Path) -> Image.Image:
    """Give a picture as a handset shows it."""
    with Image.open(path) as image:
        picture = ImageOps.exif_transpose(image).convert("RGB")
    picture.thumbnail((VIEW, VIEW), Image.Resampling.LANCZOS)
    return picture


def judged(source: Path, made: Path) -> float | None:
    """Score with SSIMULACRA2; None where it is not installed."""
    try:
        from ssimulacra2 import compute_ssimulacra2
    except ImportError:
        return None
    before, after = seen(source), seen(made)
    if after.size != before.size:
        turned = (after.width > after.height) != (before.width > before.height)
        after = (after.rotate(270, expand=True) if turned else after).resize(before.size, Image.Resampling.LANCZOS)
    files = []
    for picture in (before, after):
        file = io.BytesIO()
        picture.save(file, "PPM")
        file.seek(0)
        files.append(file)
    return float(compute_ssimulacra2(*files))


def cpu_s() -> float:
    """Give the CPU seconds of this process and of the children it waited for."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def table() -> str:
    """Write Markdown: one row a peer and limit, ratios against ours in this run."""
    lines = [
        "## Peers: photographs to a limit", "",
        f"{', '.join(PICTURES)}; means. CPU as a ratio to mediaprep's, which includes scoring and reading back.", "",
        "| tool | limit | over the limit | of the limit used | SSIMULACRA2 | CPU | GPS left in |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]  # fmt: skip
    for limit in LIMITS_BYTES:
        base = 0.0
        for name, peer in installed().items():
            fills, scores, spent, gps = [], [], 0.0, 0
            for picture in PICTURES:
                with tempfile.TemporaryDirectory() as folder:
                    target = Path(folder, "made.jpg")
                    if name == "mediaprep":
                        peer(SAMPLES / picture, limit, target)  # once to load its libraries
                    begun = cpu_s()
                    peer(SAMPLES / picture, limit, target)
                    spent += cpu_s() - begun
                    if not target.exists() or not target.stat().st_size:
                        continue
                    fills.append(target.stat().st_size / limit)
                    score = judged(SAMPLES / picture, target)
                    scores += [] if score is None else [score]
                    with Image.open(target) as image:
                        gps += bool(image.getexif().get_ifd(0x8825))
            base = base or spent
            score_words = f"{statistics.mean(scores):.0f}" if scores else "-"
            fill = f"{statistics.mean(fills):.0%}" if fills else "-"
            over = sum(each > 1 for each in fills)
            lines.append(
                f"| {name} | {limit:,} | {over} of {len(PICTURES)} | {fill} | {score_words} "
                f"| {spent / base:.1f}x | {gps} |"
            )
    return "\n".join(lines)
