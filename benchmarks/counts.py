"""Counts that gate: encodes, bytes and score of the samples at fixed limits, against what was committed.

A library's new version moves bytes and scores a little: the tolerances allow that, and no more.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from mediaprep.job import Job
from mediaprep.limits import Limits, Route
from mediaprep.model import KindName
from mediaprep.pipeline import run

HERE = Path(__file__).resolve().parent
SAMPLES = HERE.parent / "samples"
EXPECTED = HERE / "expected.json"

CASES = (
    ("phone_photo.jpg", 100_000), ("phone_photo.jpg", 300_000), ("texture_photo.jpg", 100_000),
    ("texture_photo.jpg", 300_000), ("landscape_photo.jpg", 300_000), ("food_photo.heic", 100_000),
    ("flyer_coupon.png", 60_000), ("screenshot.png", 100_000), ("film_loop.gif", 300_000), ("film_clip.mp4", 300_000),
    ("contact_v30.vcf", 60_000),
)  # fmt: skip

MORE_ENCODES = 1
LESS_SCORE = 1.5
LESS_FILL = 0.04


def measured() -> dict[str, dict[str, Any]]:
    """Fit every case and give what counts."""
    found = {}
    for name, limit in CASES:
        types = {KindName.IMAGE: ("image/jpeg", "image/png"), KindName.ANIMATION: ("image/gif",)}
        limits = tuple(
            Limits(kind=kind, limit_bytes=limit, target_bytes=limit, types=types.get(kind, ())) for kind in KindName
        )
        route = Route(name=str(limit), folder=str(limit), channel="mms", limits=limits)
        with tempfile.TemporaryDirectory() as folder:
            (outcome,) = run(Job(asset=name, path=SAMPLES / name, routes=(route,), mode="fit", scratch=Path(folder)))
        found[f"{name} {limit}"] = {
            "verdict": str(outcome.verdict), "encodes": len(outcome.attempts), "size_bytes": outcome.size_bytes,
            "fill": round((outcome.size_bytes or 0) / limit, 3), "score": outcome.score,
        }  # fmt: skip
    return found


def problems(found: dict[str, dict[str, Any]], expected: dict[str, dict[str, Any]] | None = None) -> list[str]:
    """Say what is worse than was committed, and by how much. What is better is no problem."""
    known = expected if expected is not None else json.loads(EXPECTED.read_text())
    said = [f"{case}: not measured any more" for case in known.keys() - found.keys()]
    for case, now in found.items():
        was = known.get(case)
        limit = int(case.rpartition(" ")[2])
        if was is None:
            said.append(f"{case}: nothing is expected yet; run with --expect")
            continue
        if now["verdict"] != was["verdict"]:
            said.append(f"{case}: {now['verdict']}, expected {was['verdict']}")
        if (now["size_bytes"] or 0) > limit and now["verdict"] in ("fits", "fitted"):
            said.append(f"{case}: {now['size_bytes']:,} bytes are over the limit")
        if now["encodes"] > was["encodes"] + MORE_ENCODES:
            said.append(f"{case}: {now['encodes']} encodes, expected {was['encodes']}")
        scores = (now["score"], was["score"])
        if None not in scores and now["score"] < was["score"] - LESS_SCORE:
            said.append(f"{case}: score {now['score']}, expected {was['score']}")
        if now["fill"] < was["fill"] - LESS_FILL and (now["score"] or 0) < (was["score"] or 0):
            said.append(f"{case}: {now['fill']:.1%} of the limit used, expected {was['fill']:.1%}")
    return said


def table(found: dict[str, dict[str, Any]]) -> str:
    """Write Markdown."""
    lines = [
        "## Counts that gate", "",
        "`python benchmarks/run.py --gate` compares these with `benchmarks/expected.json`.", "",
        "| sample | limit | verdict | encodes | bytes | fill | score |", "| --- | --- | --- | --- | --- | --- | --- |",
    ]  # fmt: skip
    for case, now in found.items():
        name, _, limit = case.rpartition(" ")
        score = "-" if now["score"] is None else f"{now['score']:.0f}"
        lines.append(
            f"| {name} | {int(limit):,} | {now['verdict']} | {now['encodes']} | {now['size_bytes']:,} "
            f"| {now['fill']:.1%} | {score} |"
        )
    return "\n".join(lines)
