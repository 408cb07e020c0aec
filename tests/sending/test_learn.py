"""What receipts teach about limits: lower ones, never higher."""

import json

import pytest

from mediaprep.cli import run
from mediaprep.sending.learn import Observation, lessons


@pytest.mark.parametrize(
    ("failed", "delivered", "proposed"),
    [
        ([500, 500], [], 499),
        ([400, 450], [300, 380], 380),
        ([400, 501], [], None),
        ([501, 502], [], None),
        ([400, 450], [400, 450], 399),
        ([400, 450], [400, 450, 460], None),
        ([400, 450], [300, 399, 399, 399], 399),
    ],
)
def test_a_lower_limit_is_proposed_by_what_was_too_big(failed, delivered, proposed):
    """Two failures within the limit, its own size with it; more deliveries of such sizes than that speak against it."""
    seen = [
        Observation(network="att", provider="twilio", size_bytes=size, delivered=sizes is delivered)
        for sizes in (failed, delivered)
        for size in sizes
    ]

    (lesson,) = lessons(seen, lambda network, provider: 500)

    assert lesson.proposed_bytes == proposed


def test_learning_only_ever_lowers(tmp_path, capsys):
    """Two sizes within the limit that were too big propose the largest that was not; deliveries above prove nothing."""
    rows = [
        {"carrier": "att", "provider": "twilio", "size_bytes": size, "state": state, "reason": reason}
        for size, state, reason in [
            (300_000, "delivered", None), (450_000, "failed", "too_big"), (460_000, "failed", "too_big"),
            (5_000_000, "delivered", None),
        ]
    ]  # fmt: skip
    rows += [
        {"carrier": "verizon", "provider": "twilio", "size_bytes": 9_000_000, "state": "delivered", "reason": None}
    ]
    rows += [{"carrier": "nobody", "provider": "twilio", "size_bytes": 1, "state": "delivered", "reason": None}]
    file = tmp_path / "seen.ndjson"
    file.write_text("\n".join(map(json.dumps, rows)))

    assert run(["learn", str(file), "--json"]) == 0

    att, nobody, verizon = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert att["proposed_bytes"] == 300_000 < att["limit_bytes"]
    assert verizon["proposed_bytes"] is None
    assert nobody["limit_bytes"] is None


@pytest.mark.parametrize(
    ("rows", "counted"),
    [
        ([("a", "p", "failed"), ("a", "p", "failed")], (0, 1)),
        ([("a", "p", "delivered"), ("a", "p", "failed"), ("a", "p", "sent")], (1, 0)),
        ([(None, "p", "failed"), (None, "p", "failed")], (0, 1)),
        ([("a", "p", "failed"), ("b", "p", "failed"), ("a", "q", "delivered")], (1, 2)),
        ([(None, None, "failed"), (None, None, "failed")], (0, 2)),
    ],
)
def test_a_receipt_that_comes_twice_is_one_message(tmp_path, capsys, rows, counted):
    """Each message counts once, by its last state, in whatever order and how often its web hooks came."""
    file = tmp_path / "seen.ndjson"
    lines = [
        {"carrier": "att", "provider": "twilio", "size_bytes": 400_000, "reason": "too_big", "our_id": our_id,
         "provider_id": provider_id, "state": state}
        for our_id, provider_id, state in rows
    ]  # fmt: skip
    file.write_text("\n".join(map(json.dumps, lines)))

    assert run(["learn", str(file), "--json"]) == 0

    (lesson,) = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (lesson["delivered"], lesson["failed"]) == counted
    assert (lesson["proposed_bytes"] is not None) == (counted in ((0, 2), (1, 2)))
