"""Every benchmark in one command, with peers where they are installed, as one Markdown page.

    python benchmarks/run.py                     # counts, peers, all suites on the samples; prints Markdown
    python benchmarks/run.py -o FILE.md          # into a file
    python benchmarks/run.py --only counts,peers
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
import subprocess
import sys
from pathlib import Path

import counts
import peers

HERE = Path(__file__).resolve().parent
SUITES = {
    "stills": ("Stills: cost against the bound, fill, naive bisection", ["stills.py", "--repeats", "1"]),
    "animations": ("Animations: beside palettegen and gifsicle", ["animations.py"]),
    "clips": ("Clips: beside plain two-pass", ["clips.py"]),
    "messages": ("Messages: one budget, shared", ["messages.py"]),
}


def machine() -> str:
    """Describe the machine without naming it."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        named = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = named[0] if named else model
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{model}, {cores} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


def versions() -> str:
    """Give the versions of what the figures depend on."""
    from mediaprep.engine import engine
    from mediaprep.version import VERSION

    return f"mediaprep {VERSION} ({engine()}); peers: {peers.versions() or 'none installed'}"


def suite(name: str) -> str:
    """Run one suite in a process of its own; give its Markdown, or why there is none."""
    title, command = SUITES[name]
    done = subprocess.run(
        [sys.executable, str(HERE / command[0]), *command[1:]],
        capture_output=True,
        text=True,
        check=False,
        cwd=HERE.parent,
    )
    body = done.stdout.strip() or f"It failed: `{done.stderr.strip().splitlines()[-1:]}`"
    return f"## {title}\n\n`python benchmarks/{' '.join(command)}`\n\n{body}"


def main() -> int:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--out", type=Path)
    parser.add_argument("--only", help=f"some of: counts, peers, {', '.join(SUITES)}")
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
    wanted = arguments.only.split(",") if arguments.only else ["counts", "peers", *SUITES]
    unknown = set(wanted) - {"counts", "peers", *SUITES}
    if unknown:
        parser.error(f"no suite named {', '.join(sorted(unknown))}")
    parts = [f"# Benchmarks, {dt.datetime.now(tz=dt.UTC).date()}", f"{machine()}. {versions()}."]
    for name in wanted:
        print(f"{name} ...", file=sys.stderr, flush=True)
        match name:
            case "counts":
                parts.append(counts.table(counts.measured()))
            case "peers":
                parts.append(peers.table())
            case _:
                parts.append(suite(name))
    text = "\n\n".join(parts) + "\n"
    if arguments.out:
        arguments.out.write_text(text, encoding="utf-8")
    else:
        print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
