"""Truncate and flip every file of a folder, put all of it through ``check`` and a seeded part through ``fit``.

    python tests/mutations.py [FOLDER] --seed 1 --out FOLDER       every file: whole, 20 times cut, 20 times flipped
    python tests/mutations.py [FOLDER] --seed 1 --out FOLDER --fits 1500
    python tests/mutations.py --out FOLDER --summary               what is in the results so far

The same seed gives the same bytes. Results are kept as they come, so a run goes on where it was stopped, and
``--part 1/4`` does a quarter. A file's own bytes (``whole``) are held against the folder's MANIFEST.tsv, if it has one.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import resource
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import readers

from mediaprep.api import route
from mediaprep.errors import AssetError, MediaprepError
from mediaprep.job import Job
from mediaprep.limits import Route
from mediaprep.model import Outcome, Treatment
from mediaprep.options import FitOptions
from mediaprep.pipeline import run
from mediaprep.sandbox import Workers

MAX_CPU_S = 30.0
MAX_RSS_BYTES = 1 << 30
HEADER_BYTES = 4_096
"""Every other flip falls into a file's first bytes, where its lengths, counts and tables are."""

ROUTES = ("us", "att", "verizon", "tmobile", "intl", "gb", "au", "rcs/us", "whatsapp", "image_rich")
LIMITS = (3_000, 20_000, 60_000, 100_000, 300_000, 600_000, 1_000_000)


@dataclass(frozen=True, slots=True)
class Case:
    """One mutation of one file; ``how`` is whole, cut or flip."""

    file: str
    how: str
    index: int

    def made(self, data: bytes, seed: int) -> bytes:
        """Give the mutated bytes."""
        chance = random.Random(f"{seed} {self.file} {self.how} {self.index}")
        if self.how == "cut":
            return data[: chance.randrange(max(len(data), 1))]
        if self.how == "flip" and data:
            end = len(data) if self.index % 2 else min(len(data), HEADER_BYTES)
            at = chance.randrange(end)
            return data[:at] + bytes([data[at] ^ chance.randrange(1, 256)]) + data[at + 1 :]
        return data


def measured(job: Job, *, on_event: Any = None) -> tuple[Any, ...]:
    """Carry out a job inside a worker; give its outcomes, its CPU seconds, and the most memory it and ffmpeg held."""
    before = _cpu_s()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # start the high-water mark anew
    outcomes = run(job, on_event)
    status = Path("/proc/self/status").read_text(encoding="ascii")
    own = next(int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("VmHWM"))
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10
    return (outcomes, _cpu_s() - before, own, children)


def _cpu_s() -> float:
    found = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in found)


def cases(files: list[str], per_file: int, fits: int, seed: int) -> list[Case]:
    """Give all cases, or a seeded choice of ``fits`` of the mutated ones."""
    mutated = [Case(f, how, i) for f in files for how in ("cut", "flip") for i in range(per_file)]
    if fits:
        return random.Random(seed).sample(mutated, min(fits, len(mutated)))
    return [Case(f, "whole", 0) for f in files] + mutated


def asked(case: Case, seed: int) -> tuple[Route, FitOptions]:
    """Draw the route and the options of a fit."""
    chance = random.Random(f"{seed} {case} fit")
    limit = chance.choice((None, *LIMITS))
    options = FitOptions(
        effort=chance.choice(("fast", "balanced", "balanced", "max")), allow=chance.choice(((), (), ("mp4",))),
        still=chance.random() < 0.1, as_gif=chance.random() < 0.1, trim=chance.choice((None, None, None, "2")),
        allow_below_floor=chance.random() < 0.5, max_bytes=limit,
    )  # fmt: skip
    return route(chance.choice(ROUTES)), options


def tried(workers: Workers, path: Path, case: Case, *, fit: bool, seed: int) -> dict[str, Any]:
    """Put one mutated file through; give what came of it and what is wrong with that."""
    on, options = asked(case, seed) if fit else (route("us"), FitOptions())
    found: dict[str, Any] = {**asdict(case), "route": on.name, "max_bytes": options.max_bytes, "wrong": []}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out")
        out.mkdir()
        job = Job(
            asset=case.file, path=path, routes=(on,), mode="fit" if fit else "check", options=options,
            outputs=(out / "rendition",) if fit else None, scratch=Path(folder),
        )  # fmt: skip
        try:
            (outcome,), cpu_s, own, children = workers.run("mutations:measured", job, bounds=job.bounds)
        except AssetError as error:
            return {**found, "verdict": "refused", "code": error.code, "text": error.message, "wrong": [error.code]}
        except Exception as error:  # noqa: BLE001  # what the run is there to find
            code = "traceback" if not isinstance(error, MediaprepError) else "failed"
            return {**found, "verdict": "none", "code": type(error).__name__, "text": str(error), "wrong": [code]}
        found.update(_facts(outcome), cpu_s=round(cpu_s, 2), rss_bytes=own, children_rss_bytes=children)
        if outcome.verdict == "failed":
            found["wrong"].append("failed")
        if cpu_s > MAX_CPU_S:
            found["wrong"].append("cpu")
        if max(own, children) > MAX_RSS_BYTES:
            found["wrong"].append("memory")
        written = sorted(p.name for p in out.iterdir())
        if fit:
            found["wrong"] += _judged(outcome, written)
    return found


def _facts(outcome: Outcome) -> dict[str, Any]:
    reason = outcome.violations[0] if outcome.violations else None
    code, text = (reason.code, reason.message) if reason else (None, "")
    return {
        "verdict": str(outcome.verdict), "code": code, "text": text,
        "kind": str(outcome.kind), "treatment": str(outcome.treatment), "media_type": outcome.media_type,
        "size_bytes": outcome.size_bytes, "limit_bytes": outcome.limit_bytes, "score": outcome.score,
    }  # fmt: skip


def _judged(outcome: Outcome, written: list[str]) -> Iterator[str]:
    """Say what is wrong with what was written."""
    named = [Path(o).name for o in (outcome.output, *(c.output for c in outcome.companions)) if o]
    if sorted(named) != written:
        yield f"stray output: {written}"
    if outcome.output is None:
        return
    size = os.path.getsize(outcome.output)
    if outcome.limit_bytes is not None and size > outcome.limit_bytes:
        yield "over the limit"
    trouble = readers.trouble(Path(outcome.output), outcome.media_type or "")
    if trouble is not None and (trouble.unreadable or outcome.treatment == Treatment.TRANSCODE):
        yield f"reader: {trouble.text}"


def folder_of(files: Path) -> list[str]:
    """Name the files below a folder, its own lists left out."""
    found = (p.relative_to(files) for p in files.rglob("*") if p.is_file())
    return sorted(str(name) for name in found if len(name.parts) > 1 or name.suffix not in {".md", ".tsv"})


def expected(files: Path) -> dict[str, str]:
    """Read what the folder's manifest expects of each file; nothing where it has none."""
    manifest = files / "MANIFEST.tsv"
    if not manifest.exists():
        return {}
    with manifest.open(encoding="utf-8", newline="") as stream:
        return {row["path"]: row["expected"] for row in csv.DictReader(stream, delimiter="\t")}


def sweep(args: argparse.Namespace) -> None:
    """Try every case of this part that has no result yet."""
    names = folder_of(args.folder)
    part, parts = (int(number) for number in args.part.split("/"))
    wanted = cases(names, args.per_file, args.fits, args.seed)[part - 1 :: parts]
    name = f"{'fit' if args.fits else 'check'}-{args.seed}-{part}of{parts}.ndjson"
    args.out.mkdir(parents=True, exist_ok=True)
    results = args.out / name
    done = {(r["file"], r["how"], r["index"]) for r in _read(results)} if results.exists() else set()
    hopes = expected(args.folder)
    with results.open("a", encoding="utf-8") as stream, Workers() as workers, tempfile.TemporaryDirectory() as folder:
        for number, case in enumerate(wanted):
            if (case.file, case.how, case.index) in done:
                continue
            path = Path(folder, f"asset{Path(case.file).suffix}")
            path.write_bytes(case.made((args.folder / case.file).read_bytes(), args.seed))
            found = tried(workers, path, case, fit=bool(args.fits), seed=args.seed)
            hope = hopes.get(case.file) if case.how == "whole" else None
            if hope is not None and not _as_expected(hope, found["verdict"]):
                found["wrong"].append(f"expected {hope}")
            if found["wrong"]:
                kept = args.out / "found"
                kept.mkdir(exist_ok=True)
                shutil.copy(path, kept / f"{case.how}-{case.index}-{case.file.replace('/', '__')}")
            print(json.dumps(found), file=stream, flush=True)
            path.unlink()
            if sys.stderr.isatty():
                print(f"\r{number + 1}/{len(wanted)}", end="", file=sys.stderr)


def _as_expected(hope: str, verdict: str) -> bool:
    if hope.startswith("readable"):
        return verdict in {"fits", "needs_fit", "cannot_fit"}
    return verdict == "refused" if hope == "refuse" else verdict not in {"failed", "none"}


def _read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def summary(out: Path) -> str:
    """Put the results into words: what was tried, what came of it, and each finding."""
    lines = []
    for mode in ("check", "fit"):
        read = (row for path in sorted(out.glob(f"{mode}-*.ndjson")) for row in _read(path))
        rows = list({(row["file"], row["how"], row["index"]): row for row in read}.values())
        if not rows:
            continue
        cpu, own = (max(row.get(name, 0) for row in rows) for name in ("cpu_s", "rss_bytes"))
        children = max(row.get("children_rss_bytes", 0) for row in rows)
        most = f"most CPU {cpu:.1f} s, worker {own / 1e6:.0f} MB, ffmpeg {children / 1e6:.0f} MB"
        lines.append(f"{mode}: {len(rows):,} tried; {most}")
        for how in ("whole", "cut", "flip"):
            counts = Counter(row["verdict"] for row in rows if row["how"] == how)
            lines.append(
                f"  {how}: {sum(counts.values()):,}  " + ", ".join(f"{k} {n:,}" for k, n in counts.most_common())
            )
        codes = Counter(row["code"] for row in rows if row["verdict"] == "refused")
        lines.append("  refused as " + ", ".join(f"{code} {count:,}" for code, count in codes.most_common()))
        wrong = [row for row in rows if row["wrong"]]
        lines.append(f"  wrong: {len(wrong)}")
        lines += [f"    {r['wrong']} {r['file']} {r['how']} {r['index']} {r['code']} {r['text'][:150]}" for r in wrong]
    return "\n".join(lines)


def main() -> None:
    """Read the arguments and go."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).resolve().parents[1] / "samples")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True, help="where results are kept")
    parser.add_argument("--per-file", type=int, default=20, help="cuts, and flips, of each file")
    parser.add_argument("--fits", type=int, default=0, help="fit so many, chosen by the seed, instead of checking all")
    parser.add_argument("--part", default="1/1")
    parser.add_argument("--summary", action="store_true")
    args = parser.parse_args()
    if not args.summary:
        sweep(args)
    print(summary(args.out))


if __name__ == "__main__":
    main()
