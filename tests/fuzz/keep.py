"""Shrink what runs have learnt to a small corpus: ``python tests/fuzz/keep.py TARGET... [--work DIR]``.

An input is kept if it takes a way through our code that no smaller one takes; every finding is kept.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

HERE = Path(__file__).resolve().parent

MOST_KEPT_BYTES = 16_000
"""Of one target's corpus, compressed."""

_ENTRY_BYTES = 120
"""What a file costs in an archive beside its data."""


def main() -> None:
    """Read the command line and keep."""
    import run  # noqa: F401  # it says where the targets are
    from target import targets

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="+", metavar="TARGET")
    parser.add_argument("--work", type=Path, default=Path("fuzzing"), help="where the runs were (fuzzing)")
    given = parser.parse_args()
    for name in given.names:
        target = targets()[name]
        folder = given.work / name
        inputs = {*kept(name), *target.seeds(), *(path.read_bytes() for path in (folder / "corpus").iterdir())}
        found = {data for label, data in entries(name) if label.startswith("found")}
        found |= {path.read_bytes() for path in (folder / "findings").iterdir() if path.suffix != ".txt"}
        count = keep(name, telling(target.attempt, sorted(inputs, key=len)), sorted(found))
        sys.stdout.write(f"{name}: {len(inputs)} inputs, {count} kept\n")


def telling(attempt: Callable[[bytes], object], inputs: Iterable[bytes]) -> Iterator[bytes]:
    """Give the inputs, in their order, that take a way from line to line which none before has taken."""
    seen: set[tuple[int, int, int]] = set()
    for data in inputs:
        before = len(seen)
        with contextlib.suppress(Exception), _watching(seen):
            attempt(data)
        if len(seen) > before:
            yield data


@contextlib.contextmanager
def _watching(seen: set[tuple[int, int, int]]) -> Iterator[None]:
    def on_call(frame: FrameType, event: str, arg: Any) -> Any:
        if "/mediaprep/" not in frame.f_code.co_filename:
            return None
        code, last = id(frame.f_code), 0

        def on_line(frame: FrameType, event: str, arg: Any) -> Any:
            nonlocal last
            if event == "line":
                seen.add((code, last, frame.f_lineno))
                last = frame.f_lineno
            return on_line

        return on_line

    before = sys.gettrace()
    sys.settrace(on_call)
    try:
        yield
    finally:
        sys.settrace(before)


def entries(name: str) -> Iterator[tuple[str, bytes]]:
    """Give label and bytes of each input that is committed for a target."""
    path = HERE / "corpus" / f"{name}.zip"
    if path.exists():
        with zipfile.ZipFile(path) as archive:
            for each in sorted(archive.namelist()):
                yield each, archive.read(each)


def kept(name: str) -> tuple[bytes, ...]:
    """Give the inputs that are committed for a target."""
    return tuple(data for _, data in entries(name))


def keep(name: str, inputs: Iterable[bytes], found: Iterable[bytes]) -> int:
    """Write the corpus of a target: every finding, then inputs in their order up to a size. Give how many."""
    path = HERE / "corpus" / f"{name}.zip"
    path.parent.mkdir(exist_ok=True)
    count = size = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for label, group in (("found", found), ("input", inputs)):
            for data in group:
                if label == "input" and size > MOST_KEPT_BYTES:
                    break
                entry = zipfile.ZipInfo(f"{label}-{hashlib.sha256(data).hexdigest()[:12]}", (2026, 1, 1, 0, 0, 0))
                archive.writestr(entry, data, zipfile.ZIP_DEFLATED)
                size += entry.compress_size + _ENTRY_BYTES
                count += 1
    return count


if __name__ == "__main__":
    main()
