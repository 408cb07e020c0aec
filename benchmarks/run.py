"""Every benchmark in one command, with peers where they are installed, as one Markdown page.

    python benchmarks/run.py                     # counts, all suites and peers on the samples; prints Markdown
    python benchmarks/run.py -o DIR              # into DIR/summary_DATE.md, with plots of the peers beside it
    python benchmarks/run.py --only counts,stills_peers --bin DIR   # DIR holds peers that are not on PATH
    python benchmarks/run.py --gate              # counts against benchmarks/expected.json; exit 1 where they are off
    python benchmarks/run.py --expect            # write benchmarks/expected.json anew, after a change that was meant

Counts (encodes, bytes, score) gate CI; CPU is shown as ratios within one run and gates nothing.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path

import counts
import peers

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """One program of this folder. ``peers`` are given what else is installed, and draw a plot."""

    title: str
    command: tuple[str, ...]
    peers: bool = False


SUITE_BOUND_S = 3_600
"""Seconds on the clock for one suite; each peer in it has its own bound (peers.py)."""
PHOTOGRAPHS = tuple(f"samples/{name}_photo.jpg" for name in ("phone", "texture", "landscape"))
SUITES = {
    "stills": Suite(title="Stills: cost against the bound, fill, naive bisection", command=("stills.py",)),
    "stills_peers": Suite(
        title="Photographs beside other tools", peers=True,
        command=("stills_peers.py", *PHOTOGRAPHS, "--limits", "100000", "300000"),
    ),
    "stills_loop": Suite(title="A thousand flyers through one Fitter", command=("stills_loop.py", "--count", "100")),
    "animations": Suite(title="Animations: fill, encodes, cost", command=("animations.py",)),
    "clips": Suite(
        title="Clips: cost against the bound, fill, beside plain two-pass",
        command=("clips.py", "samples/film_clip.mp4", "samples/city_clip.mp4", "--limits", "300000", "600000"),
    ),
    "moving_peers": Suite(
        title="GIFs and clips beside other tools", peers=True,
        command=(
            "moving_peers.py", "samples/film_loop.gif:12%", "samples/film_loop.gif:30%",
            *(f"samples/{clip}_clip.mp4:{limit}" for clip in ("film", "city") for limit in (300_000, 600_000)),
        ),
    ),
    "messages": Suite(title="Messages: one budget, shared", command=("messages.py", "--cases", "12")),
    "batch": Suite(title="Batches: overhead a job", command=("batch.py", "overhead", "--out", os.devnull)),
}  # fmt: skip


def machine() -> str:
    """Describe the machine without naming it."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        named = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = named[0] if named else model
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{model}, {cores} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


def versions(folders: list[Path]) -> str:
    """Give the versions of what the figures depend on."""
    from mediaprep.engine import engine
    from mediaprep.version import VERSION

    return f"mediaprep {VERSION} ({engine()}); peers: {peers.versions(folders) or 'none installed'}"


def suite(name: str, folders: list[Path], plot: Path | None) -> str:
    """Run one suite in a process of its own; give its Markdown, or why there is none."""
    wanted = SUITES[name]
    extra = [word for folder in folders for word in ("--bin", str(folder))] if wanted.peers else []
    extra += ["--plot", str(plot)] if wanted.peers and plot is not None else []
    words = [sys.executable, str(HERE / wanted.command[0]), *wanted.command[1:], *extra]
    started = os.times()
    try:
        done = peers.ran(words, bound_s=SUITE_BOUND_S, folder=HERE.parent)
    except peers.OverBoundError as late:
        return f"## {wanted.title}\n\nIt failed: `{late}`"
    body = done.stdout.decode(errors="replace").strip()
    if "| --- |" not in body:
        body = f"```\n{body}\n```"
    if done.returncode:
        problem = (done.stderr.decode(errors="replace").strip().splitlines() or ["no word why"])[-1]
        body = f"It failed: `{problem}`"
    ended = os.times()
    cpu_s = ended.children_user + ended.children_system - started.children_user - started.children_system
    body += f"\n\nThe suite took {cpu_s:,.0f} s of CPU."
    shown = f"\n\n![{wanted.title}]({plot.name})" if plot is not None and plot.exists() and not done.returncode else ""
    return f"## {wanted.title}\n\n`python benchmarks/{' '.join(wanted.command)}`\n\n{body}{shown}"


def main() -> int:
    """Run what is asked for; exit 1 where a suite failed or a count is off."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--out", type=Path, metavar="DIR")
    parser.add_argument("--only", help=f"some of: counts, {', '.join(SUITES)}")
    parser.add_argument("--bin", action="append", type=Path, default=[], help="a folder with peers")
    parser.add_argument("--gate", action="store_true")
    parser.add_argument("--expect", action="store_true")
    arguments = parser.parse_args()
    if arguments.expect:
        counts.EXPECTED.write_text(json.dumps(counts.measured(), indent=1) + "\n")
        return 0
    if arguments.gate:
        problems = counts.problems(counts.measured())
        print("\n".join(problems) or "counts are as expected")
        return 1 if problems else 0
    wanted = arguments.only.split(",") if arguments.only else ["counts", *SUITES]
    unknown = set(wanted) - {"counts", *SUITES}
    if unknown:
        parser.error(f"no suite named {', '.join(sorted(unknown))}; there are: counts, {', '.join(SUITES)}")
    folders = [folder.absolute() for folder in arguments.bin]
    day = dt.datetime.now(tz=dt.UTC).date()
    if arguments.out:
        arguments.out.mkdir(parents=True, exist_ok=True)
    parts = [f"# Benchmarks, {day}", f"{machine()}. {versions(folders)}."]
    for name in wanted:
        print(f"{name} ...", file=sys.stderr, flush=True)
        plot = (arguments.out / f"{name}_{day}.svg").absolute() if arguments.out else None
        parts.append(counts.table(counts.measured()) if name == "counts" else suite(name, folders, plot))
        text = "\n\n".join(parts) + "\n"
        if arguments.out:  # after each suite: a long run that is stopped leaves what it has
            (arguments.out / f"summary_{day}.md").write_text(text, encoding="utf-8")
    if not arguments.out:
        print(text)
    return int("It failed: `" in text)


if __name__ == "__main__":
    sys.exit(main())
