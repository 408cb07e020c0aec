"""The outcome record, exactly: keys, order, types, null for what is absent, ASCII."""

from __future__ import annotations

import json

import pytest

from mediaprep.codes import CODES
from mediaprep.index import index_lines
from mediaprep.limits import Route
from mediaprep.model import (
    Attempt,
    Companion,
    Confidence,
    Finding,
    KindName,
    MediaInfo,
    Outcome,
    Treatment,
    Verdict,
    finding,
)
from mediaprep.plugins import load
from mediaprep.reports import View

KEYS = [
    "schema", "asset", "kind", "route", "channel", "provider", "sender", "verdict", "treatment", "output", "media_type",
    "size_bytes", "target_bytes", "limit_bytes", "counted_as", "width", "height", "frames", "duration_s", "score",
    "score_metric", "source", "rendition", "violations", "warnings", "proposals", "attempts", "companions",
    "shared_with", "confidence", "source_sha256", "output_sha256", "engine", "profiles_digest", "elapsed_s", "reused",
]  # fmt: skip
FINDING_KEYS = [
    "code", "limit", "allowed", "actual", "profile", "source", "date", "confidence", "consequence", "message", "remedy",
]  # fmt: skip
ATTEMPT_KEYS = [
    "media_type", "width", "height", "fps", "colours", "quality", "size_bytes", "score", "elapsed_s",
]  # fmt: skip

FULL = Outcome(
    asset="campaign/caf\udce9\n.heic",
    kind=KindName.IMAGE,
    route="att",
    channel="mms",
    provider="twilio",
    sender="long_code",
    verdict=Verdict.FITTED,
    treatment=Treatment.TRANSCODE,
    output="out/caf_e9_.jpg",
    media_type="image/jpeg",
    size_bytes=598_000,
    target_bytes=600_000,
    limit_bytes=1_000_000,
    counted_as="binary",
    width=1600,
    height=1200,
    frames=1,
    score=81.23456789,
    score_metric="likeness/1",
    source=MediaInfo(
        kind=KindName.IMAGE, media_type="image/heic", suffix="heic", size_bytes=2_400_000, width=4000, height=3000
    ),
    violations=(
        finding(
            "over_limit",
            "2,400,000 bytes; 1,000,000 are delivered",
            limit="limit_bytes",
            allowed=1_000_000,
            actual=2_400_000,
            profile="att",
            source="T3",
            date="2024-02",
            confidence=str(Confidence.DOC),
            consequence="rejected",
        ),
    ),
    warnings=(finding("gps", "it says where it was made"),),
    proposals=("--allow-below-floor",),
    attempts=(Attempt(media_type="image/jpeg", size_bytes=598_000, width=1600, height=1200, quality=82.0),),
    companions=(Companion(role="poster", output="out/p.jpg", media_type="image/jpeg", size_bytes=9, sha256="ab"),),
    shared_with=("verizon",),
    confidence=Confidence.DOC,
    source_sha256="00" * 32,
    output_sha256="11" * 32,
    engine="mediaprep-0.1.0",
    profiles_digest="22" * 16,
    elapsed_s=0.5,
    data=b"never shown",
)
BARE = Outcome(asset="a.jpg", route="us", verdict=Verdict.FAILED)


def record(outcome: Outcome) -> dict:
    """Give the record as a reader of NDJSON gets it."""
    line = load("reports", "json").one([outcome], View(mode="fit"))
    assert line.endswith("\n")
    assert line.count("\n") == 1
    return json.loads(line)


@pytest.mark.parametrize("outcome", [FULL, BARE])
def test_every_key_of_the_contract_is_there_in_its_order(outcome: Outcome) -> None:
    """A reader may index any key of any record: what is absent is null or an empty list."""
    assert list(record(outcome)) == KEYS


def test_what_is_absent_is_null_and_lists_are_empty() -> None:
    """The barest outcome names only its schema, asset, route and verdict."""
    given = {key: value for key, value in record(BARE).items() if value not in (None, [])}
    assert given == {"schema": "mediaprep.outcome/1", "asset": "a.jpg", "route": "us", "verdict": "failed"}


def test_the_types_are_those_of_the_contract() -> None:
    """Sizes and dimensions are whole numbers, scores and seconds are numbers, verdicts are words."""
    found = record(FULL)
    whole = ("size_bytes", "target_bytes", "limit_bytes", "width", "height", "frames")
    assert all(type(found[key]) is int for key in whole)
    assert type(found["score"]) is float
    assert type(found["elapsed_s"]) is float
    assert (found["verdict"], found["kind"], found["treatment"]) == ("fitted", "image", "transcode")
    assert found["confidence"] == "doc"
    assert found["source"]["media_type"] == "image/heic"
    assert found["source"]["size_bytes"] == 2_400_000
    assert found["shared_with"] == ["verizon"]
    assert found["proposals"] == ["--allow-below-floor"]
    assert "never shown" not in json.dumps(found)


def test_findings_attempts_and_companions_have_their_own_keys() -> None:
    """The inner records are as exact as the outer one; a code's id is from the one table."""
    found = record(FULL)
    for item in (*found["violations"], *found["warnings"]):
        assert list(item) == FINDING_KEYS
        assert item["code"] in CODES
    assert list(found["attempts"][0]) == ATTEMPT_KEYS
    assert found["companions"] == [
        {"role": "poster", "output": "out/p.jpg", "media_type": "image/jpeg", "size_bytes": 9, "sha256": "ab"}
    ]
    assert found["violations"][0] == {
        "code": "MP101",
        "limit": "limit_bytes",
        "allowed": 1_000_000,
        "actual": 2_400_000,
        "profile": "att",
        "source": "T3",
        "date": "2024-02",
        "confidence": "doc",
        "consequence": "rejected",
        "message": "2,400,000 bytes; 1,000,000 are delivered",
        "remedy": "Run `mediaprep fit` with the same route.",
    }


def test_a_record_is_one_ascii_line_whatever_the_name() -> None:
    """Line breaks, other alphabets and undecodable bytes are escaped, and come back as they were."""
    line = load("reports", "json").one([FULL], View(mode="fit"))
    assert line.isascii()
    assert json.loads(line)["asset"] == "campaign/caf\udce9\n.heic"


def test_numbers_that_json_does_not_have_become_null() -> None:
    """An infinite score is no number that a reader could parse."""
    odd = Outcome(
        asset="a",
        route="us",
        verdict=Verdict.FITS,
        score=float("nan"),
        violations=(
            Finding(code="MP101", name="x", severity="violation", message="m", remedy="r", actual=float("inf")),
        ),
    )
    assert record(odd)["score"] is None
    assert record(odd)["violations"][0]["actual"] is None


def test_the_index_holds_the_same_records_and_the_routes() -> None:
    """index.json is one ASCII document with schema, version, routes and the records of --json."""
    routes = [Route(name=name, folder=name, channel="mms", limits=()) for name in ("att", "verizon")]
    text = "".join(index_lines([FULL, BARE], routes))
    index = json.loads(text)
    assert text.isascii()
    assert list(index) == ["schema", "version", "routes", "records"]
    assert index["schema"] == "mediaprep.index/1"
    assert [route["folder"] for route in index["routes"]] == ["att", "verizon"]
    assert index["records"] == [record(FULL), record(BARE)]
    assert json.loads("".join(index_lines([], routes[:1])))["records"] == []
