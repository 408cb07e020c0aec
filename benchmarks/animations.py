"""What a fit of an animation is worth: phone VMAF, fill, encodes, CPU, memory.

    python benchmarks/animations.py                              # the sample
    python benchmarks/animations.py FILE [FILE ...] --share 0.4 --share 0.2
    python benchmarks/animations.py FILE ... --films             # beside each GIF a film of a quarter of its bytes
    python benchmarks/animations.py --contact OUT.png FILE FILE FILE
    python benchmarks/animations.py --memory 500x800x600         # peak of a process that fits so many frames

VMAF is libvmaf's 0.6.1 with the phone transform, from imageio-ffmpeg's binary: each frame of the asset beside what the
rendition shows at that moment, scaled to the asset, mean of at most 40 frames; ``moving_peers.py`` has other tools at
the same bytes. CPU of this process as a ratio to decode + scale + ONE encode of
what was chosen + ONE decode of it, measured in the same run; scoring and verification count on our side. "full" are
encodes in units of the one that is sent: pixels of the frames of all encodes, samples among them.
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg
import numpy as np
from PIL import Image, ImageDraw

from mediaprep.encoders import _gif_palette as palettes
from mediaprep.encoders._moving import Moving
from mediaprep.encoders.gif_numpy import ENCODER
from mediaprep.job import Job
from mediaprep.kinds import Encoded, Step
from mediaprep.kinds._animation import AnimationSession
from mediaprep.limits import Limits, Route
from mediaprep.model import KindName, Outcome
from mediaprep.options import FitOptions
from mediaprep.pipeline import run

ROOT = Path(__file__).resolve().parents[1]
FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
MOST_JUDGED = 40


@dataclass(frozen=True, slots=True)
class Clip:
    """Decoded frames (RGB on white) and how long each is shown, in ms."""

    frames: list
    delays_ms: list


def decoded(data: bytes) -> Clip:
    """Decode a GIF as a player shows it."""
    frames, delays = [], []
    with Image.open(io.BytesIO(data)) as image:
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            shown = image.convert("RGBA")
            white = Image.new("RGBA", shown.size, (255, 255, 255, 255))
            white.alpha_composite(shown)
            frames.append(np.asarray(white)[..., :3].copy())
            delay = image.info.get("duration", 0) or 0
            delays.append(delay if delay >= 20 else 100)
    return Clip(frames, delays)


def vmaf(asset: Clip, other: Clip, *, phone: bool = True, model: str = "vmaf_v0.6.1") -> float:
    """Give the mean VMAF of frames aligned in time: on a phone, or on a television seen from three of its heights.

    The model ``vmaf_v0.6.1neg`` gives no credit for sharpening.
    """
    ends = np.cumsum(asset.delays_ms)
    numbers = np.unique(np.linspace(0, len(ends) - 1, min(len(ends), MOST_JUDGED)).astype(int))
    other_ends = np.cumsum(other.delays_ms)
    height, width = (edge - edge % 2 for edge in asset.frames[0].shape[:2])
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log.json")
        with Path(folder, "a").open("wb") as mine, Path(folder, "b").open("wb") as theirs:
            for number in numbers:
                moment = ends[number] - asset.delays_ms[number] / 2
                at = min(int(np.searchsorted(other_ends, moment, side="right")), len(other.frames) - 1)
                shown = other.frames[at]
                if shown.shape != asset.frames[0].shape:
                    size = asset.frames[0].shape[1::-1]
                    shown = np.asarray(Image.fromarray(shown).resize(size, Image.Resampling.BICUBIC))
                mine.write(asset.frames[number][:height, :width].tobytes())
                theirs.write(shown[:height, :width].tobytes())
        raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", "10", "-i"]
        judged = f"[0:v]format=yuv420p[x];[1:v]format=yuv420p[y];[x][y]libvmaf=log_fmt=json:log_path={log}:"
        judged += f"model='version={model}\\:enable_transform={str(phone).lower()}'"
        args = [FFMPEG, "-v", "error", *raw, f"{folder}/b", *raw, f"{folder}/a", "-lavfi", judged, "-f", "null", "-"]
        subprocess.run(args, check=True)
        return json.loads(log.read_text())["pooled_metrics"]["vmaf"]["mean"]


def fitted(path: Path, limit_bytes: int, *, film: bool = False) -> tuple[Outcome, bytes, float]:
    """Fit one file, as a GIF or as a film; give the outcome, its bytes and our CPU seconds."""
    shared = {"limit_bytes": limit_bytes, "target_bytes": limit_bytes}
    limits = Limits(kind=KindName.ANIMATION, types=("image/gif",), alpha=True, **shared)
    video = Limits(kind=KindName.VIDEO, types=("video/mp4",), **shared)
    route = Route(name="r", folder="r", channel="mms", limits=(limits, video))
    with tempfile.TemporaryDirectory() as folder:
        job = Job(
            asset=path.name, path=path, routes=(route,), mode="fit", outputs=(Path(folder, "out"),),
            scratch=Path(folder),
            options=FitOptions(allow_below_floor=True, allow=("mp4",) if film else (), keep=() if film else ("gif",)),
        )  # fmt: skip
        before = time.process_time()
        outcome = run(job)[0]
        cpu_s = time.process_time() - before
        data = Path(outcome.output).read_bytes() if outcome.output else b""
    return outcome, data, cpu_s


@contextmanager
def counted() -> Iterator[list[tuple[int, int]]]:
    """Note what every encode takes (pixels of all its frames, samples too) and its bytes."""
    made: list[tuple[int, int]] = []
    encode = AnimationSession.encode

    def noting(self: AnimationSession, step: Step) -> Encoded:
        encoded = encode(self, step)
        frames = (self.sampled(step) or self.whole(step)).frames
        made.append((step.width * step.height * len(frames), encoded.size_bytes if step.final else 0))
        return encoded

    AnimationSession.encode = noting
    try:
        yield made
    finally:
        AnimationSession.encode = encode


def full_encodes(made: list[tuple[int, int]], outcome: Outcome) -> float:
    """Give the encodes made, samples among them, in units of the one that was sent."""
    sent = next((pixels for pixels, size in made if size == outcome.size_bytes), 0)
    return sum(pixels for pixels, _ in made) / sent if sent else 0.0


def bound_s(path: Path, outcome: Outcome) -> float:
    """Give the CPU seconds of decode + scale + one encode + one decode, at what was chosen."""
    chosen = next((a for a in outcome.attempts if a.size_bytes == outcome.size_bytes), None)
    if chosen is None:
        return 0.0
    before = time.process_time()
    clip = decoded(path.read_bytes())
    step = max(1, round(len(clip.frames) / max(outcome.frames or 1, 1)))
    size = (chosen.width, chosen.height)
    frames = [np.asarray(Image.fromarray(f).resize(size, Image.Resampling.LANCZOS)) for f in clip.frames[::step]]
    moving = Moving(
        size=size, delays_cs=(8,) * len(frames), plays=0, frames=lambda: iter(frames),
        table=palettes.chosen(frames[:: max(1, len(frames) // 8)][:8], chosen.colours or 255).colours,
    )  # fmt: skip
    decoded(ENCODER.encode(moving, chosen.quality, colours=chosen.colours))
    return time.process_time() - before


def films(paths: list[Path], shares: list[float]) -> None:
    """Print each GIF beside the film that a quarter of its bytes hold.

    On a phone, under the stricter yardstick, and under that which gives no credit for sharpening.
    """
    print("| animation | GIF: bytes | phone VMAF, VMAF, neg | film: bytes | phone VMAF, VMAF, neg | GIF / film bytes |")
    print("| --- | --- | --- | --- | --- | --- |")
    for path in paths:
        asset = decoded(path.read_bytes())
        for share in shares:
            _, data, _ = fitted(path, int(path.stat().st_size * share))
            if not data:
                continue
            outcome, film, _ = fitted(path, len(data) // 4, film=True)
            if not film:
                print(f"| {path.name} | {len(data):,} | | none: {outcome.verdict} | | |", flush=True)
                continue
            clips = (decoded(data), film_clip(film))
            cells = [
                f"{vmaf(asset, clip):.1f}, {vmaf(asset, clip, phone=False):.1f}, "
                f"{vmaf(asset, clip, phone=False, model='vmaf_v0.6.1neg'):.1f}"
                for clip in clips
            ]
            print(
                f"| {path.name}, {share:.0%} | {len(data):,} | {cells[0]} | {len(film):,} | {cells[1]} "
                f"| {len(data) / len(film):.1f} |",
                flush=True,
            )


def film_clip(data: bytes) -> Clip:
    """Decode a film: RGB frames at its constant rate."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "film.mp4")
        path.write_bytes(data)
        meta = next(imageio_ffmpeg.read_frames(str(path)))
        width, height = meta["size"]
        args = [FFMPEG, "-v", "error", "-i", str(path), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
        raw = subprocess.run(args, capture_output=True, check=True).stdout
    frames = list(np.frombuffer(raw, dtype=np.uint8).reshape(-1, height, width, 3))
    return Clip(frames, [1000 / meta["fps"]] * len(frames))


def memory(text: str) -> None:
    """Fit a GIF of so many frames, every pixel moving, to a fiftieth in a process of its own; print its peak."""
    frames, width, height = map(int, text.split("x"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "large.gif")
        noise = f"nullsrc=size={width}x{height}:rate=12.5,geq=random(1)*255:128:128,format=rgb24"
        args = [FFMPEG, "-v", "error", "-f", "lavfi", "-i", noise, "-frames:v", str(frames), "-f", "gif", str(path)]
        subprocess.run(args, check=True)
        code = (
            "import sys, resource; sys.path.insert(0, sys.argv[3]); from pathlib import Path\n"
            "from benchmarks.animations import fitted\n"
            "outcome, _, cpu_s = fitted(Path(sys.argv[1]), int(sys.argv[2]))\n"
            "peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
            "print(f'{outcome.verdict} {outcome.size_bytes:,} bytes, {len(outcome.attempts)} encodes, '"
            "f'{cpu_s:.0f} CPU s, peak {peak / 1024:.0f} MiB')"
        )
        size = path.stat().st_size
        made = subprocess.run(
            [sys.executable, "-c", code, str(path), str(size // 50), str(ROOT)],
            capture_output=True,
            text=True,
            check=True,
        )
        print(f"{frames} frames of {width}x{height}, {size:,} bytes: {made.stdout.strip()}")


def contact(paths: list[Path], share: float, target: Path) -> None:
    """Draw three moments of each asset above the same moments of its rendition, and save a small PNG."""
    rows = []
    for path in paths:
        asset = decoded(path.read_bytes())
        limit = int(path.stat().st_size * share)
        outcome, data, _ = fitted(path, limit)
        other = decoded(data)
        pictures = []
        for clip in (asset, other):
            ends = np.cumsum(clip.delays_ms)
            for part in (0.02, 0.4, 0.8):
                at = int(np.searchsorted(ends, part * ends[-1], side="right"))
                pictures.append(Image.fromarray(clip.frames[at]).resize(_cell(asset), Image.Resampling.BICUBIC))
        width, height = pictures[0].size
        sheet = Image.new("RGB", (3 * width, 2 * height + 14), "white")
        label = f"{path.name}: {path.stat().st_size:,} bytes above, {outcome.size_bytes:,} bytes below"
        ImageDraw.Draw(sheet).text(
            (2, 1), f"{label} ({outcome.width}x{outcome.height}, {outcome.frames} frames)", "black"
        )
        for number, picture in enumerate(pictures):
            sheet.paste(picture, (number % 3 * width, 14 + number // 3 * height))
        rows.append(sheet)
    whole = Image.new("RGB", (max(r.width for r in rows), sum(r.height for r in rows)), "white")
    top = 0
    for row in rows:
        whole.paste(row, (0, top))
        top += row.height
    whole.quantize(192, dither=Image.Dither.NONE).save(target, optimize=True)


def _cell(asset: Clip) -> tuple[int, int]:
    height, width = asset.frames[0].shape[:2]
    return 260, max(1, round(260 * height / width))


def main() -> None:
    """Print a Markdown table, or draw the contact sheet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, default=[ROOT / "samples" / "film_loop.gif"])
    parser.add_argument("--share", type=float, action="append", help="limit as a share of the asset's bytes")
    parser.add_argument("--contact", type=Path)
    parser.add_argument("--films", action="store_true")
    parser.add_argument("--memory", metavar="FRAMESxWIDTHxHEIGHT")
    arguments = parser.parse_args()
    if arguments.memory:
        memory(arguments.memory)
        return
    if arguments.films:
        films(arguments.files, arguments.share or [0.3])
        return
    if arguments.contact:
        contact(arguments.files, (arguments.share or [0.25])[0], arguments.contact)
        return
    print("| animation | limit | rendition, frames | encodes (full) | fill | score | VMAF | CPU / bound |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    ratios, fills, fulls = [], [], []
    for path in arguments.files:
        asset = decoded(path.read_bytes())
        for share in arguments.share or [0.4, 0.2, 0.1]:
            limit = int(path.stat().st_size * share)
            with counted() as made:
                outcome, data, cpu_s = fitted(path, limit)
            assert len(data) <= limit
            bound = bound_s(path, outcome)
            ratios += [cpu_s / bound] if bound else []
            fills.append(len(data) / limit)
            fulls.append(full_encodes(made, outcome))
            print(
                f"| {path.name} | {limit:,} | {outcome.width}x{outcome.height}, {outcome.frames}/{len(asset.frames)} "
                f"| {len(outcome.attempts)} ({fulls[-1]:.1f}) | {fills[-1]:.1%} | {outcome.score:.0f} "
                f"| {vmaf(asset, decoded(data)) if data else 0:.1f} | {cpu_s / bound if bound else 0:.2f} |",
                flush=True,
            )
    print(
        f"\nCPU / bound, median: {statistics.median(ratios):.2f}; fill, median {statistics.median(fills):.1%}, "
        f">= 95 %: {sum(f >= 0.95 for f in fills)} of {len(fills)}; full encodes, median "
        f"{statistics.median(fulls):.1f}, most {max(fulls):.1f}",
        file=sys.stdout,
    )


if __name__ == "__main__":
    main()
