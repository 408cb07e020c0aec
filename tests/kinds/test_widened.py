"""Where the target would look too bad, all the bytes of the limit are spent."""

import pytest

from mediaprep.kinds import Encoded, Step
from mediaprep.kinds._widened import widened

STEP = Step(encoder="png", media_type="image/png", quality=50.0)


def ended(scores, limit_bytes=100):
    """Run a search that finds renditions of these scores (None: one that is over) by bytes; give bytes, asked too."""
    asked = []

    def within(most_bytes):
        asked.append(most_bytes)
        score = scores[most_bytes]
        if score is None:
            return None, Encoded(step=STEP, size_bytes=most_bytes + 1)
        yield STEP
        return Encoded(step=STEP, size_bytes=most_bytes, score=score), None

    found = []

    def kept():
        found.extend((yield from widened(within, target_bytes=90, limit_bytes=limit_bytes, floor_score=30.0)))

    assert all(step is STEP for step in kept())
    best, nearest = found
    return best and best.size_bytes, nearest and nearest.size_bytes, asked


@pytest.mark.parametrize(
    ("scores", "found"),
    [
        ({90: 30.0}, (90, None, [90])),
        ({90: 29.9, 100: 31.0}, (100, None, [90, 100])),
        ({90: 29.9, 100: 29.9}, (90, None, [90, 100])),
        ({90: 29.9, 100: None}, (90, 101, [90, 100])),
        ({90: None, 100: 12.0}, (100, 91, [90, 100])),
        ({90: None, 100: None}, (None, 101, [90, 100])),
    ],
)
def test_the_limit_is_searched_where_the_target_falls_short(scores, found):
    """At the floor the target does; under it, or where nothing fits, the better of both is taken."""
    assert ended(scores) == found


def test_a_limit_that_is_the_target_is_searched_once():
    """However bad it looks: the same search would find the same."""
    assert ended({90: 5.0}, limit_bytes=90) == (90, None, [90])
