"""Outcomes for the tests of pages: every verdict, every kind of finding, names that want to act."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from mediaprep.model import Attempt, KindName, MediaInfo, Outcome, Treatment, Verdict, finding

HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>&amp;\u202e\x1b[31m\udce9.jpg'

SOURCE = MediaInfo(
    kind=KindName.IMAGE, media_type="image/png", suffix="png", size_bytes=5_200_000, width=4000, height=3000, gps=True
)
OVER = finding(
    "over_limit", "5,200,000 bytes; att delivers 600,000", profile="att", source="AT&T handbook [T3]", date="2024-02",
    confidence="doc", consequence="rejected",
)  # fmt: skip


def sha(text: str) -> str:
    """Make a digest for a test."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def fitted(asset: str = "in/dish.png", route: str = "att", size: int = 590_000) -> Outcome:
    """Give a picture that was made smaller."""
    return Outcome(
        asset=asset, kind=KindName.IMAGE, route=route, channel="mms", provider="twilio", verdict=Verdict.FITTED,
        treatment=Treatment.TRANSCODE, media_type="image/jpeg", size_bytes=size, limit_bytes=600_000, width=1600,
        height=1200, score=82.4, source=SOURCE, source_sha256=sha(asset), output_sha256=sha(f"{asset} {size}"),
        warnings=(finding("gps", "the asset says where it was made"),),
        attempts=(Attempt(media_type="image/jpeg", size_bytes=size, width=1600, height=1200),),
    )  # fmt: skip


def needs(asset: str = "in/banner.png", route: str = "att") -> Outcome:
    """Give a picture that is too large."""
    return Outcome(
        asset=asset, kind=KindName.IMAGE, route=route, channel="mms", verdict=Verdict.NEEDS_FIT, source=SOURCE,
        size_bytes=5_200_000, limit_bytes=600_000, violations=(OVER,), source_sha256=sha(asset),
    )  # fmt: skip


def refused(asset: str = "in/broken.jpg", route: str = "att") -> Outcome:
    """Give a file that cannot be read."""
    return Outcome(
        asset=asset, route=route, verdict=Verdict.REFUSED, treatment=Treatment.REJECT,
        violations=(finding("truncated", "the file ends before its picture does"),),
    )  # fmt: skip


def every_verdict() -> list[Outcome]:
    """Give an asset for each verdict."""
    return [replace(needs(f"in/{verdict}.png"), verdict=verdict) for verdict in Verdict]
