"""Batches measured: scaling, overhead per job, the second run, memory of the driver, CPU per asset as work grows.

    python benchmarks/batch.py GOAL... [--out FILE.json]

Goals: scaling, overhead, rerun, memory, limit, growth, plot. CPU is what the system counted for this process and the
children that it collected; other work on the machine changes wall time, these figures by a few per cent at most.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image, ImageEnhance

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
PHOTOS = ("phone_photo.jpg", "landscape_photo.jpg", "portrait_photo.jpg", "texture_photo.jpg")


def pictures(folder: Path, count: int, long_edge: int) -> None:
    """Write distinct photographs: crops of the samples at other places and brightness."""
    folder.mkdir(parents=True)
    opened = [Image.open(SAMPLES / name).convert("RGB") for name in PHOTOS]
    for each in opened:
        each.thumbnail((long_edge * 3 // 2, long_edge * 3 // 2))
    for number in range(count):
        picture = opened[number % len(opened)]
        width, height = min(long_edge, picture.width), min(long_edge * 3 // 4, picture.height)
        left = number * 7 % (picture.width - width + 1)
        top = number * 11 % (picture.height - height + 1)
        crop = picture.crop((left, top, left + width, top + height))
        data = io.BytesIO()
        ImageEnhance.Brightness(crop).enhance(0.8 + number % 41 / 100).save(data, "JPEG", quality=90)
        (folder / f"{number:05}.jpg").write_bytes(data.getvalue())


def run(*argv: str, cwd: Path) -> dict[str, float]:
    """Run one command; give wall and CPU seconds, the largest memory of any process, and its summary."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-m", "mediaprep", "batch", "run", *argv, "--fail-on", "never"],
                          cwd=cwd, stdout=subprocess.PIPE, text=True, check=False)  # fmt: skip
    wall = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def number(words: str) -> int:
        match = re.search(rf"([\d,]+) {words}", done.stdout)
        return int(match[1].replace(",", "")) if match else 0

    return {"wall_s": wall, "cpu_s": cpu, "encodes": number("encodes?"), "assets": number("assets?"),
            "reused": number("of them from earlier runs")}  # fmt: skip


def scaling(work: Path) -> dict[str, object]:
    """Serial against two processes on the same stills, alternating, best of three of each."""
    pictures(work / "in", 120, 1600)
    found: dict[str, list[dict[str, float]]] = {"serial": [], "processes": []}
    for turn in range(3):
        for engine, rows in found.items():
            argv = ["in", "--max-bytes", "100000", "-o", f"{engine}{turn}", "--engine", engine, "--jobs", "2"]
            rows.append(run(*argv, cwd=work))
    best = {engine: min(row["wall_s"] for row in rows) for engine, rows in found.items()}
    cpu = {engine: min(row["cpu_s"] for row in rows) / 120 for engine, rows in found.items()}
    return {"best_wall_s": best, "ratio": best["serial"] / best["processes"], "cpu_s_per_asset": cpu,
            "cpu_ratio": cpu["processes"] / cpu["serial"], "load": os.getloadavg(), "rows": found}  # fmt: skip


def overhead(work: Path) -> dict[str, object]:
    """CPU per job beside the encode: slope over jobs of each engine, less the slope of the bare pipeline."""
    few, many = 300, 1_500
    for name, count in (("few", few), ("many", many)):
        (work / name).mkdir()
        for number in range(count):  # texts that fit: next to nothing to do, so that the overhead is not lost in noise
            (work / name / f"{number}.txt").write_text(f"Offer {number}: reply STOP to opt out.")
    found: dict[str, float] = {}
    for engine in ("processes", "serial", "dask"):
        rows = [
            min(
                run(name, "--max-bytes", "6000", "-o", f"{engine}-{name}-{turn}", "--engine", engine, "--jobs", "2",
                    cwd=work)["cpu_s"]
                for turn in range(2)
            )
            for name in ("few", "many")
        ]  # fmt: skip
        found[engine] = (rows[1] - rows[0]) / (many - few)
    code = (
        "import sys, time; from pathlib import Path; from mediaprep import api, pipeline, Job\n"
        "route = api.route(None, max_bytes=6000)\n"
        "paths = sorted(Path(sys.argv[1]).iterdir()); out = Path(sys.argv[2])\n"
        "def go(path): pipeline.run(Job(asset=path.name, path=path, routes=(route,), mode='fit', "
        "outputs=(out / path.stem,)))\n"
        "for path in paths[:20]: go(path)\n"
        "before = time.process_time()\n"
        "for path in paths: go(path)\n"
        "print((time.process_time() - before) / len(paths))"
    )
    env = os.environ | {"OMP_NUM_THREADS": "1", "VIPS_CONCURRENCY": "1"}
    bare = min(
        float(subprocess.run([sys.executable, "-c", code, "many", f"bare{turn}"], cwd=work, capture_output=True,
                             text=True, check=True, env=env).stdout)
        for turn in range(3)
    )  # fmt: skip
    return {"bare_ms": bare * 1e3, "per_job_ms": {e: s * 1e3 for e, s in found.items()},
            "overhead_ms": {e: (s - bare) * 1e3 for e, s in found.items()}}  # fmt: skip


def rerun(work: Path) -> dict[str, object]:
    """1,000 stills on eight routes, then the same command again."""
    pictures(work / "in", 1_000, 480)
    groups = "us;ca;au;intl;att;verizon;tmobile;rcs/us"
    rows = ["asset,routes"] + [f"in/{path.name},{groups}" for path in sorted((work / "in").iterdir())]
    (work / "list.csv").write_text("\n".join(rows))
    first = run("list.csv", "--max-bytes", "20000", "-o", "out", "--jobs", "2", cwd=work)
    second = run("list.csv", "--max-bytes", "20000", "-o", "out", "--jobs", "2", cwd=work)
    return {"first": first, "second": second, "cpu_share": second["cpu_s"] / first["cpu_s"]}


def memory(work: Path) -> dict[str, object]:
    """The driver's peak memory and CPU over whole runs of 10^3 to 10^5 rows on two routes: plan, journal, index.json.

    The work itself is left out: an executor of our own answers each job with one and the same outcome of a real fit.
    """
    shutil.copy(SAMPLES / "message.txt", work)
    code = (
        "import resource, sys, time; from concurrent.futures import Executor, Future; from dataclasses import replace\n"
        "from mediaprep import fit, fit_batch, route; from mediaprep.executors import Result\n"
        "on = [route('us'), route('att')]; made = [fit('message.txt', each, 'made.txt') for each in on]\n"
        "class Canned(Executor):\n"
        "    def submit(self, fn, function, jobs, *rest):\n"
        "        future = Future()\n"
        "        future.set_result([Result(value=tuple(replace(o, asset=job.asset) for o in made)) for job in jobs])\n"
        "        return future\n"
        "before = time.process_time(); summary = fit_batch(sys.argv[1], on, sys.argv[2], engine=Canned(), workers=2)\n"
        "spent = (time.process_time() - before) / summary.assets\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, spent, summary.assets)"
    )
    found = {}
    for count in (1_000, 10_000, 100_000):
        path = work / f"{count}.csv"
        path.write_text("asset\n" + "".join(f"{n % 97}/{n}.txt\n" for n in range(count)))
        argv = [sys.executable, "-c", code, path, f"out{count}"]
        done = subprocess.run(argv, cwd=work, capture_output=True, text=True, check=True)
        peak, spent, assets = done.stdout.split()
        found[count] = {"driver_peak_bytes": int(peak), "cpu_ms_per_asset": float(spent) * 1e3, "assets": int(assets)}
    return {"rows": found}


def limit(work: Path) -> dict[str, object]:
    """The most that two workers with their ffmpeg hold at any moment under ``--limit-memory``: large stills, clips."""
    import imageio_ffmpeg

    (work / "in").mkdir()
    for name, megapixels in (("phone_photo.jpg", 12), ("landscape_photo.jpg", 24), ("texture_photo.jpg", 48)):
        picture = Image.open(SAMPLES / name).convert("RGB")
        factor = (megapixels * 1e6 / (picture.width * picture.height)) ** 0.5
        picture.resize((int(picture.width * factor), int(picture.height * factor))).save(work / f"in/{name}")
    Image.open(SAMPLES / "landscape_photo.jpg").convert("RGB").resize((6_000, 4_000)).save(work / "in/24mp.png")
    for size in ("1280x720", "1920x1080", "3840x2160", "7680x4320"):
        source = ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate=30", "-f", "lavfi", "-i", "sine", "-t", "0.7"]
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *source, "-pix_fmt", "yuv420p", f"in/{size}.mp4"]
        subprocess.run(command, cwd=work, check=True)
    found: dict[str, object] = {}
    for most in ("300MB", "1GB"):
        command = [sys.executable, "-m", "mediaprep", "batch", "run", "in", "--to", "us", "-o", f"out{most}", "--json"]
        argv = [*command, "--jobs", "2", "--limit-memory", most]
        peak_bytes = 0
        with (work / "said").open("w") as said, subprocess.Popen(argv, cwd=work, stdout=said) as driver:
            while driver.poll() is None:
                peak_bytes = max(peak_bytes, below(driver.pid))
                time.sleep(0.01)
        *records, summary = map(json.loads, (work / "said").read_text().splitlines())
        others = {r["asset"]: [v["code"] for v in r["violations"]] for r in records if r["verdict"] != "fitted"}
        found[most] = {"workers_peak_bytes": peak_bytes, "verdicts": summary["verdicts"], "others": others}
    return found


def below(pid: int) -> int:
    """Give the resident bytes of all processes below one (Linux); pages that two of them share count twice."""
    parents: dict[int, int] = {}
    for name in filter(str.isdecimal, os.listdir("/proc")):
        try:
            parents[int(name)] = int(Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    family = {pid}
    while grown := {child for child, parent in parents.items() if parent in family} - family:
        family |= grown
    held = 0
    for child in family - {pid}:
        try:
            held += int(Path(f"/proc/{child}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except (OSError, IndexError):
            continue
    return held


def growth(work: Path) -> dict[str, object]:
    """CPU per asset and the driver's peak memory for 10^2, 10^3 and 10^4 assets: texts that fit, stills to be fitted.

    The stills are crops of four photographs in turn, in one order for every count: each holds the same mix.
    """
    (work / "text").mkdir()
    for number in range(10_000):
        (work / f"text/{number:05}.txt").write_text(f"Offer {number}: reply STOP to opt out.")
    pictures(work / "still", 10_000, 480)
    return {"text": _grown(work, "text", "txt", "4000"), "still": _grown(work, "still", "jpg", "16000")}


def _grown(work: Path, kind: str, suffix: str, max_bytes: str) -> dict[str, object]:
    """Run one kind in its three counts."""
    code = (
        "import resource, sys; from mediaprep.cli import run\n"
        "run(sys.argv[1:]); print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, file=sys.stderr)"
    )
    rows = {}
    for count in (100, 1_000, 10_000):
        manifest = f"{kind}{count}.csv"
        (work / manifest).write_text("asset\n" + "".join(f"{kind}/{n:05}.{suffix}\n" for n in range(count)))
        argv = ["batch", "run", manifest, "--max-bytes", max_bytes, "-o", f"{kind}{count}", "--jobs", "2"]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [sys.executable, "-c", code, *argv], cwd=work, capture_output=True, text=True, check=False
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        rows[count] = {"cpu_s": cpu, "driver_peak_bytes": int(done.stderr.split()[-1])}
    start = rows[100]["cpu_s"] - 100 * (rows[1_000]["cpu_s"] - rows[100]["cpu_s"]) / 900
    for count, row in rows.items():
        row["cpu_s_per_asset_without_start"] = (row["cpu_s"] - start) / count
    return {"start_cpu_s": start, "rows": rows}


def plot(found: dict[str, dict[str, dict[str, dict[str, dict[str, float]]]]], path: Path) -> None:
    """Draw CPU per asset over the number of assets, a line for each kind."""
    import math

    kinds = {kind: found["growth"][kind]["rows"] for kind in ("still", "text")}
    width, height, left, bottom = 560, 300, 60, 40
    top = max(row["cpu_s_per_asset_without_start"] for rows in kinds.values() for row in rows.values()) * 1.25e3

    def xy(count: int, ms: float) -> tuple[float, float]:
        x = left + (math.log10(count) - 2) / 2 * (width - left - 30)
        return x, height - bottom - ms / top * (height - bottom - 30)

    drawn = []
    for (kind, rows), colour in zip(kinds.items(), ("#1565c0", "#2e7d32"), strict=True):
        points = [(int(count), row["cpu_s_per_asset_without_start"] * 1e3) for count, row in rows.items()]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in (xy(*point) for point in points))
        drawn.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for count, ms in points:
            x, y = xy(count, ms)
            words = f"{ms:.1f}" if count > 100 else f"{kind}s {ms:.1f}"
            drawn.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>'
                f'<text x="{x:.1f}" y="{y - 10:.1f}" text-anchor="middle">{words}</text>'
                f'<text x="{x:.1f}" y="{height - 18}" text-anchor="middle">{count:,}</text>'
            )
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" '
        f'font-size="12"><rect width="100%" height="100%" fill="white"/><text x="{left}" y="18">CPU per asset '
        f'(ms) over the number of assets</text><line x1="{left}" y1="{height - bottom}" x2="{width - 20}" '
        f'y2="{height - bottom}" stroke="#888"/>{"".join(drawn)}</svg>\n'
    )


GOALS = {"scaling": scaling, "overhead": overhead, "rerun": rerun, "memory": memory, "limit": limit, "growth": growth}


def main() -> None:
    """Measure the goals named and print them as JSON; figures of earlier calls in the same file stay."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("goals", nargs="+", choices=[*GOALS, "plot"])
    parser.add_argument("--out", type=Path, default=Path("batch.json"))
    given = parser.parse_args()
    for goal in given.goals:
        found = json.loads(given.out.read_text()) if given.out.is_file() else {}
        if goal == "plot":
            plot(found, given.out.with_suffix(".svg"))
            continue
        work = Path(tempfile.mkdtemp(prefix="batch-bench-"))
        try:
            found[goal] = GOALS[goal](work)
        finally:
            shutil.rmtree(work, ignore_errors=True)
        given.out.write_text(json.dumps(found, indent=1))
        print(goal, json.dumps(found[goal]))


if __name__ == "__main__":
    main()
