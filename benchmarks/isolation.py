"""What isolation costs: CPU of the same batch with workers and without, side by side, everything that ran included.

python benchmarks/isolation.py [FOLDER] [--rounds 5] [--to us] [--max-bytes 100KB]

Each round runs the command line twice, in turn first, as a user would: all that starts counts, interpreters and ffmpeg.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

SAMPLES = Path(__file__).resolve().parents[1] / "samples"


def cpu_s(command: list[str]) -> float:
    """Run a command; give the CPU seconds of it and of all that it started."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=False, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Measure both modes of both commands and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=SAMPLES)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--to", default="us")
    parser.add_argument("--max-bytes", default="100KB")
    parser.add_argument("--only", choices=["fit", "check"], help="one command alone")
    asked = parser.parse_args()
    assets = sum(1 for path in asked.folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    print("| command | assets | CPU with workers | without | ratio, median | lowest | highest |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name in (asked.only,) if asked.only else ("fit", "check"):
        seconds: dict[str, list[float]] = {"workers": [], "none": []}
        for number in range(asked.rounds):
            for isolation in sorted(seconds, reverse=bool(number % 2)):
                with tempfile.TemporaryDirectory() as out:
                    command = [
                        sys.executable, "-m", "mediaprep", name, str(asked.folder), "--to", asked.to, "--jobs", "1",
                        "--max-bytes", asked.max_bytes, "--isolation", isolation, "--json",
                    ]  # fmt: skip
                    seconds[isolation].append(cpu_s(command + (["-o", out] if name == "fit" else [])))
        ratios = [a / b for a, b in zip(seconds["workers"], seconds["none"], strict=True)]
        middle = {name: statistics.median(found) for name, found in seconds.items()}
        spread = " | ".join(f"{ratio:.3f}" for ratio in (statistics.median(ratios), min(ratios), max(ratios)))
        print(f"| {name} | {assets} | {middle['workers']:.2f} s | {middle['none']:.2f} s | {spread} |", flush=True)


if __name__ == "__main__":
    main()
