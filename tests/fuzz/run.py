"""Fuzz parsers for a time: ``python tests/fuzz/run.py [TARGET...] --seconds 1200 --work DIR [--seeds FOLDER]``.

Findings do not end the run: each new one is written to DIR/TARGET/findings with its traceback, and the run goes on.
``keep.py`` shrinks what runs have learnt to the small corpus that is committed and replayed by the tests.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import resource
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "kinds"), str(HERE.parents[1])]

MOST_CPU_S = 4.0
"""CPU that one input may take under coverage, which costs about five times; a second is far more than any needs."""

MOST_MEMORY_MB = 1_500

_SAME = 2
"""Findings of one place that are kept."""


def main() -> None:
    """Read the command line, load our code once with its branches counted, and fuzz each target in a fork."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="TARGET", help="parsers by name, one after the other; none: all")
    parser.add_argument("--list", action="store_true", help="print the names")
    parser.add_argument("--figures", action="store_true", help="print what the runs in --work came to, as a table")
    parser.add_argument("--seconds", type=float, default=60.0, help="CPU seconds for each (60)")
    parser.add_argument("--rounds", type=int, default=1, help="how often to go over all of them (1)")
    parser.add_argument("--work", type=Path, default=Path("fuzzing"), help="where inputs and findings go (fuzzing)")
    parser.add_argument("--seeds", type=Path, help="a folder of real files to begin with")
    given = parser.parse_args()
    if given.figures:
        sys.stdout.write(figures(given.work))
        return
    import atheris

    with atheris.instrument_imports(include=["mediaprep"]):
        from target import targets

        known = targets()
    if given.list:
        sys.stdout.write("".join(f"{name}\n" for name in known))
    names = [] if given.list else (given.names or list(known)) * given.rounds
    for name in names:
        if (child := os.fork()) == 0:
            fuzz(known[name], given.seeds, given.work / name, given.seconds)
        if os.waitpid(child, 0)[1]:
            sys.stderr.write(f"{name} ended before its time; {given.work / name / 'log'} says why\n")


def fuzz(target, seeds: Path | None, work: Path, seconds: float) -> None:
    """Fuzz one target until its CPU is used up; this never returns."""
    import atheris

    for name in ("corpus", "findings"):
        (work / name).mkdir(parents=True, exist_ok=True)
    begin(target, seeds, work)
    log = os.open(work / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 2)
    (work / "words").write_text("".join(map(_quoted, target.words)))
    flags = [f"-max_len={target.longest}", f"-rss_limit_mb={MOST_MEMORY_MB}", "-timeout=300"]
    flags += [f"-artifact_prefix={work / 'findings'}/"]  # libFuzzer's own, of inputs that took long, go there, too
    flags += [f"-dict={work / 'words'}"] if target.words else []  # an empty one ends libFuzzer
    atheris.Setup([sys.argv[0], *flags, str(work / "corpus")], Run(target.attempt, work, seconds).one)
    atheris.Fuzz()


def figures(work: Path) -> str:
    """Give executions, CPU, branches and features of each target whose runs are in a folder, as rows of Markdown."""
    rows = []
    for path in sorted(work.glob("*/stats.json")):
        told = json.loads(path.read_text())
        seen = re.findall(r"cov: (\d+) ft: (\d+)", (path.parent / "log").read_text(errors="replace"))
        branches, features = (max(int(pair[at]) for pair in seen) if seen else 0 for at in (0, 1))
        kept = sum(1 for _ in (path.parent / "corpus").iterdir())
        rows.append(
            f"| {path.parent.name} | {told['executions']:,} | {told['cpu_s'] / 60:.1f} | {branches:,} | {features:,} | "
            f"{kept:,} | {len(told['findings'])} |\n"
        )
    return "".join(rows)


def _quoted(word: bytes) -> str:
    return '"' + "".join(f"\\x{byte:02x}" for byte in word) + '"\n'


def begin(target, seeds: Path | None, work: Path) -> None:
    """Put the seeds, the corpus that is kept and fitting files of a folder into the working corpus."""
    from keep import kept

    for data in (*target.seeds(), *kept(target.name), *_files(seeds, target)):
        (work / "corpus" / hashlib.sha256(data).hexdigest()[:40]).write_bytes(data[: target.longest])


def _files(folder: Path | None, target) -> Iterator[bytes]:
    for path in sorted(folder.rglob("*")) if folder else ():
        if path.is_file() and path.name.lower().endswith(target.suffixes or ("\0",)):
            with path.open("rb") as stream:
                yield stream.read(target.longest)


class Run:
    """Counts executions and CPU, keeps findings, and ends the process when its CPU is used up."""

    def __init__(self, attempt, work: Path, seconds: float) -> None:
        """Go on counting where an earlier run in the same folder ended."""
        self._attempt = attempt
        self._work = work
        self._seconds = seconds
        self._stats = work / "stats.json"
        before = json.loads(self._stats.read_text()) if self._stats.exists() else {}
        self._earlier = before
        self._start_s = _cpu_s()
        self._count = 0
        self._seen: dict[str, int] = {}

    def one(self, data: bytes) -> None:
        """Try one input."""
        before = _cpu_s()
        try:
            self._attempt(data)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001  # everything that comes out is a finding
            self._found(data, error, error.__traceback__)
        after = _cpu_s()
        if after - before > MOST_CPU_S:
            self._found(data, TimeoutError(f"{after - before:.1f} s of CPU"), None)
        self._count += 1
        used = after - self._start_s
        if self._count % 200 == 0 or used > self._seconds:
            self._save(used)
        if used > self._seconds:
            sys.stderr.flush()
            os._exit(0)

    def _save(self, cpu_s: float) -> None:
        total = {
            "executions": self._earlier.get("executions", 0) + self._count,
            "cpu_s": round(self._earlier.get("cpu_s", 0) + cpu_s, 1),
            "findings": {**self._earlier.get("findings", {}), **self._seen},
        }
        self._stats.write_text(json.dumps(total, indent=1))

    def _found(self, data: bytes, error: BaseException, trace: TracebackType | None) -> None:
        frames = [f for f in traceback.extract_tb(trace) if "mediaprep" in f.filename or "targets" in f.filename]
        where = f"{os.path.basename(frames[-1].filename)}-{frames[-1].lineno}" if frames else "slow"
        label = f"{type(error).__name__}-{where}"
        self._seen[label] = self._seen.get(label, 0) + 1
        if self._seen[label] <= _SAME:
            digest = hashlib.sha256(data).hexdigest()[:8]
            (self._work / "findings" / f"{label}-{digest}").write_bytes(data)
            text = "".join(traceback.format_exception(type(error), error, trace))
            (self._work / "findings" / f"{label}-{digest}.txt").write_text(text, errors="backslashreplace")


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
