"""What a shared budget buys: the lowest part's score, how full the message gets, and what that costs.

Against two splits that phones make, carried out by the same fits: even (Android's message app) and in proportion to
the parts' files (QUIK). The cost is the message's CPU against the sum of the CPU of its parts fitted alone, each to the
bytes that it got. CPU of this process and its children; ratios within one run.

    python benchmarks/messages.py                          # three of the samples at a time, at three limits
    python benchmarks/messages.py DIR [DIR ...]            # other media: cases drawn from the folders, seeded
    python benchmarks/messages.py --still ...              # photographs and graphics only
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mediaprep import api
from mediaprep.errors import MediaprepError
from mediaprep.kinds import identify
from mediaprep.message import Draft, Result, Wish
from mediaprep.model import KindName, Outcome
from mediaprep.options import Bounds
from mediaprep.storage import open_source

ROOT = Path(__file__).resolve().parents[1]
LIMITS_BYTES = (150_000, 300_000, 600_000)
VISUAL = (KindName.IMAGE, KindName.ANIMATION, KindName.VIDEO)
STILLS = (KindName.IMAGE,)
SEED = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One message at one limit."""

    names: tuple[str, ...]
    limit_bytes: int
    result: Result
    even: float
    proportional: float
    cpu_s: float
    alone_s: float

    @property
    def lowest(self) -> float:
        """The score of the part that looks worst; 0 where there is no message."""
        done = bool(self.result.parts) and all(part.done for part in self.result.parts)
        return min(map(_score, self.result.parts)) if done and self.result.envelope is not None else 0.0

    @property
    def could_fill(self) -> bool:
        """Whether some part would still look better with more bytes."""
        return any(_score(part) < 89.5 for part in self.result.parts)

    @property
    def filled(self) -> float:
        """Share of the target that the finished message has."""
        return (self.result.size_bytes or 0) / (self.result.target_bytes or 1)


def main(argv: list[str]) -> int:
    """Run the cases and print a table with a summary."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--still", action="store_true")
    parser.add_argument("--cases", type=int, default=30, help="How many messages to draw from the assets.")
    parser.add_argument("--smallest", type=int, default=60_000, help="Bytes under which an asset is left out.")
    asked = parser.parse_args(argv)
    cases = []
    for paths, limit in _drawn(asked):
        case = _case(paths, limit)
        if case is None:
            continue
        cases.append(case)
        print(_line(case), flush=True)
    _summary(cases)
    return 0


def _drawn(asked: argparse.Namespace) -> Iterator[tuple[tuple[Path, ...], int]]:
    kinds = STILLS if asked.still else VISUAL
    folders = asked.folders or [ROOT / "samples"]
    every = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    assets = [path for path in every if path.stat().st_size >= asked.smallest and _kind(path) in kinds]
    trios = list(itertools.combinations(assets, 3))
    random.Random(SEED).shuffle(trios)  # a fixed order, not a secret
    trios = trios[: asked.cases]
    for number, trio in enumerate(trios):
        yield trio, LIMITS_BYTES[number % len(LIMITS_BYTES)]


def _kind(path: Path) -> KindName | None:
    """Give the kind of an asset that can be fitted at all, judged from its headers."""
    try:
        source = open_source(path, 100_000_000)
        known = identify(source)
        if known is None:
            return None
        kind, form = known
        info = kind.probe(source, form, Bounds())
    except MediaprepError:
        return None
    return None if info.media_type == "image/heic-sequence" or (info.duration_s or 0) > 20 else kind.name


def _case(paths: Sequence[Path], limit: int) -> Case | None:
    route = api.route(max_bytes=limit)
    draft = Draft(
        name="case", parts=tuple(Wish(asset=path.name, path=path) for path in paths), text="Sale. Reply STOP to end."
    )
    before = _cpu_s()
    result = api.fit_message(draft, route, isolation="none")
    cpu = _cpu_s() - before
    room = sum(part.size_bytes or 0 for part in result.parts) if result.envelope is not None else limit - 1_500
    room = max(room, int(0.985 * limit))
    if len(result.parts) != len(paths) or any(part.verdict in ("refused", "failed") for part in result.parts):
        print("left out:", *(path.name for path in paths), *(found.message for found in result.violations), flush=True)
        return None
    files = [path.stat().st_size for path in paths]
    if sum(files) <= room:
        return None
    before = _cpu_s()
    for path, part in zip(paths, result.parts, strict=True):
        _alone(path, part.size_bytes or limit)
    alone = _cpu_s() - before
    even = min(_score(_alone(path, room // 3)) for path in paths)
    by_size = min(_score(_alone(path, room * size // sum(files))) for path, size in zip(paths, files, strict=True))
    return Case(
        names=tuple(path.name for path in paths), limit_bytes=limit, result=result, even=even, proportional=by_size,
        cpu_s=cpu, alone_s=alone,
    )  # fmt: skip


def _alone(path: Path, size_bytes: int) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        on = api.route(max_bytes=max(size_bytes, 1))
        return api.fit(path, on, Path(folder) / "out", isolation="none")


def _score(outcome: Outcome) -> float:
    """What passes untouched scores 100; what does not pass at all scores nothing."""
    if not outcome.done:
        return 0.0
    return outcome.score if outcome.score is not None else 100.0


def _cpu_s() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _line(case: Case) -> str:
    parts = " ".join(f"{part.size_bytes or 0:>7,}/{_score(part):4.1f}" for part in case.result.parts)
    return (
        f"{case.limit_bytes:>7,} {case.lowest:5.1f} even {case.even:5.1f} proportional {case.proportional:5.1f} "
        f"filled {case.filled:6.1%} cpu {case.cpu_s:5.2f} = {case.cpu_s / max(case.alone_s, 1e-6):4.2f}x  {parts}  "
        f"{' '.join(name[:24] for name in case.names)}"
    )


def _summary(cases: Sequence[Case]) -> None:
    won = [case for case in cases if case.lowest >= max(case.even, case.proportional)]
    near = [case for case in cases if case.lowest >= max(case.even, case.proportional) - 0.5]
    fillable = [case for case in cases if case.could_fill]
    ratios = sorted(case.cpu_s / max(case.alone_s, 1e-6) for case in cases)
    total = sum(case.cpu_s for case in cases) / max(sum(case.alone_s for case in cases), 1e-6)
    print(f"\nmessages {len(cases)}")
    print(
        f"lowest score at least both splits' {len(won)} = {len(won) / len(cases):.0%}; within half a point {len(near)}"
    )
    gains = [case.lowest - case.even for case in cases]
    print(
        f"lowest score over the even split: median {statistics.median(gains):+.1f}, mean {statistics.mean(gains):+.1f}"
    )
    gains = [case.lowest - case.proportional for case in cases]
    print(f"over the proportional split: median {statistics.median(gains):+.1f}, mean {statistics.mean(gains):+.1f}")
    if fillable:
        print(
            f"filled where bytes are wanted: least {min(c.filled for c in fillable):.1%}, "
            f"median {statistics.median(c.filled for c in fillable):.1%}, "
            f"97 % or more in {sum(c.filled >= 0.97 for c in fillable)} of {len(fillable)}"
        )
    print(
        f"CPU against the parts alone: median {statistics.median(ratios):.2f}, "
        f"90th percentile {ratios[int(0.9 * (len(ratios) - 1))]:.2f}, all together {total:.2f}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
