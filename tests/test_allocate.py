"""One budget for several parts: nothing wasted, nobody under the floor, the worst part helped first."""

from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediaprep.allocate import Share, allocate, score_at, worth


@st.composite
def curves(draw):
    """Make a rising curve as codecs have them: much gained at first, little later."""
    size, score, gain = draw(st.integers(500, 30_000)), draw(st.floats(5, 40)), draw(st.floats(10, 40))
    points = [(size, score)]
    for _ in range(draw(st.integers(1, 5))):
        size = int(size * draw(st.floats(1.3, 2.5))) + 1
        score = min(99.0, score + gain)
        gain *= draw(st.floats(0.3, 0.9))
        points.append((size, score))
    return tuple(points)


@st.composite
def shares(draw):
    """Make the wishes of one part."""
    curve = draw(curves())
    return Share(name=draw(st.text("abc", max_size=3)), floor_bytes=curve[0][0], most_bytes=curve[-1][0], curve=curve)


@st.composite
def unscored(draw):
    """Make the wishes of a part without a score, sound for one."""
    floor = draw(st.integers(0, 50_000))
    return Share(name="s", floor_bytes=floor, most_bytes=floor + draw(st.integers(0, 400_000)))


@st.composite
def odd_shares(draw):
    """Make the wishes of a part whose curve is flat, steep or falls in places, as noisy scores and dithers make it."""
    sizes = sorted(draw(st.sets(st.integers(500, 900_000), min_size=1, max_size=7)))
    curve = tuple((size, draw(st.floats(0, 100))) for size in sizes)
    floor = draw(st.integers(0, sizes[0]))
    return Share(name="odd", floor_bytes=floor, most_bytes=draw(st.integers(sizes[-1], 1_000_000)), curve=curve)


def even(parts, budget):
    """Split evenly, as Android's message app does."""
    return tuple(min(budget // len(parts), part.most_bytes) for part in parts)


def proportional(parts, budget):
    """Split by what each part would like to have, as QUIK does."""
    wishes = sum(part.most_bytes for part in parts) or 1
    return tuple(min(budget * part.most_bytes // wishes, part.most_bytes) for part in parts)


@settings(max_examples=200, deadline=None)
@given(st.lists(shares() | odd_shares(), min_size=1, max_size=5), st.floats(0.1, 1.5))
def test_the_budget_and_every_floor_are_kept(parts, portion):
    """Together never over the budget, each part between its floor and its most, nothing left while one can grow."""
    budget = int(sum(part.most_bytes for part in parts) * portion)
    found = allocate(parts, budget)
    floors = sum(part.floor_bytes for part in parts)
    if floors > budget:
        assert (found.possible, found.short_bytes) == (False, floors - budget)
        return
    assert sum(found.given) == min(budget, sum(part.most_bytes for part in parts))
    for part, size in zip(parts, found.given, strict=True):
        assert part.floor_bytes <= size <= part.most_bytes


@settings(max_examples=100, deadline=None)
@given(st.lists(shares(), min_size=2, max_size=4), st.floats(0.3, 1.0))
def test_no_split_is_worth_more(parts, portion):
    """Neither the even split nor the proportional one gains more worth than the allocation, within its steps."""
    budget = int(sum(part.most_bytes for part in parts) * portion)
    found = allocate(parts, budget)
    if not found.possible:
        return

    def total(sizes):
        return sum(worth(score_at(part.curve, size)) for part, size in zip(parts, sizes, strict=True))

    for other in (even(parts, budget), proportional(parts, budget)):
        if all(size >= part.floor_bytes for part, size in zip(parts, other, strict=True)):
            assert total(found.given) >= total(other) - 0.05


@given(st.lists(shares(), min_size=1, max_size=4), st.integers(1_000, 400_000), st.integers(1, 50_000))
@settings(max_examples=100, deadline=None)
def test_more_bytes_never_lower_a_part(parts, budget, more):
    """A larger budget gives every part as much or more: what is fitted once stays good."""
    smaller, larger = allocate(parts, budget), allocate(parts, budget + more)
    if smaller.possible:
        assert all(a <= b for a, b in zip(smaller.given, larger.given, strict=True))


def test_like_parts_get_alike():
    """Two equal parts share evenly, to within one step of their curve."""
    curve = ((1_000, 20.0), (10_000, 60.0), (40_000, 85.0), (100_000, 95.0))
    part = Share(name="a", floor_bytes=1_000, most_bytes=100_000, curve=curve)
    first, second = allocate((part, part), 80_000).given
    assert abs(first - second) <= max(b[0] - a[0] for a, b in pairwise(curve)) / 12 + 1


def test_the_worst_part_is_helped_first():
    """A part that looks bad gets bytes before one that looks good already, though that one would like more."""
    bad = Share(name="bad", floor_bytes=5_000, most_bytes=60_000, curve=((5_000, 20.0), (60_000, 70.0)))
    good = Share(name="good", floor_bytes=5_000, most_bytes=300_000, curve=((5_000, 75.0), (300_000, 95.0)))
    given_bytes = allocate((good, bad), 80_000).given
    assert given_bytes[1] == 60_000


def test_what_one_cannot_use_goes_to_the_others():
    """A part at the end of its curve passes the rest on."""
    small = Share(name="small", floor_bytes=100, most_bytes=2_000, curve=((100, 50.0), (2_000, 90.0)))
    large = Share(name="large", floor_bytes=100, most_bytes=90_000, curve=((100, 5.0), (90_000, 90.0)))
    assert allocate((small, large), 80_000).given == (2_000, 78_000)


def test_sound_stands_between_its_floor_and_its_most():
    """What has no score gets its floor, and more as far as the message can fulfil all wishes."""
    sound = Share(name="sound", floor_bytes=10_000, most_bytes=50_000)
    picture = Share(name="picture", floor_bytes=10_000, most_bytes=110_000, curve=((10_000, 20.0), (110_000, 95.0)))
    assert allocate((sound, picture), 20_000).given == (10_000, 10_000)
    assert allocate((sound, picture), 90_000).given == (30_000, 60_000)
    assert allocate((sound, picture), 500_000).given == (50_000, 110_000)


@settings(max_examples=60, deadline=None)
@given(st.lists(shares(), min_size=2, max_size=3), st.floats(0.2, 1.0))
def test_no_split_of_a_grid_is_worth_more(parts, portion):
    """Of all splits in 24 steps of what is above the floors, none gains more, within one piece of a curve."""
    floors = sum(part.floor_bytes for part in parts)
    rest = int(sum(part.most_bytes for part in parts) * portion) - floors
    if rest < 24:
        return
    found = allocate(parts, floors + rest)

    def total(sizes):
        return sum(worth(score_at(part.curve, size)) for part, size in zip(parts, sizes, strict=True))

    for split in product(range(25), repeat=len(parts)):
        if sum(split) == 24:
            sizes = [part.floor_bytes + rest * share // 24 for part, share in zip(parts, split, strict=True)]
            if all(size <= part.most_bytes for part, size in zip(parts, sizes, strict=True)):
                assert total(found.given) >= total(sizes) - 0.02


@settings(max_examples=100, deadline=None)
@given(st.lists(shares() | unscored(), min_size=1, max_size=5), st.floats(0.1, 1.2), st.randoms())
def test_the_order_of_parts_decides_nothing(parts, portion, random):
    """A part gets the same wherever it stands, to within the bytes of one step that two parts tie for."""
    budget = int(sum(part.most_bytes for part in parts) * portion)
    places = list(range(len(parts)))
    random.shuffle(places)
    found, other = allocate(parts, budget), allocate([parts[at] for at in places], budget)

    assert (found.possible, found.short_bytes) == (other.possible, other.short_bytes)
    assert sum(found.given) == sum(other.given)
    worths = [
        sum(worth(score_at(part.curve, size)) for part, size in zip(group, given, strict=True) if part.curve)
        for group, given in ((parts, found.given), ([parts[at] for at in places], other.given))
    ]
    assert abs(worths[0] - worths[1]) <= 0.02


@settings(max_examples=100, deadline=None)
@given(st.lists(unscored(), max_size=4) | st.lists(shares() | unscored(), max_size=6), st.floats(-0.1, 1.3))
def test_what_has_no_score_keeps_the_budget_too(parts, portion):
    """Sound beside pictures: floors first, nobody above what it can use, and nothing over the budget."""
    budget = int(sum(part.most_bytes for part in parts) * portion)
    found = allocate(parts, budget)
    floors = [min(part.floor_bytes, part.most_bytes) for part in parts]
    if not found.possible:
        assert found.short_bytes == sum(floors) - budget > 0
        assert not any(found.given)
        return
    assert sum(found.given) <= max(budget, 0)
    for part, floor, size in zip(parts, floors, found.given, strict=True):
        assert floor <= size <= part.most_bytes
    if any(size < part.most_bytes for part, size in zip(parts, found.given, strict=True)):
        assert sum(found.given) == budget, "bytes were left while a part could use them"


def test_a_point_counts_more_the_worse_a_part_looks():
    """A point at score 50 weighs about six times one at 80, which is what makes the worst part come first."""
    assert (worth(50.5) - worth(49.5)) / (worth(80.5) - worth(79.5)) == pytest.approx(6.25, rel=0.01)


def test_a_part_that_gains_late_is_paid_at_once():
    """Little at first and much later is bought as a whole or not at all, never the dull beginning alone."""
    late = Share(
        name="late", floor_bytes=1_000, most_bytes=60_000, curve=((1_000, 50.0), (50_000, 50.5), (60_000, 80.0))
    )
    steady = Share(name="steady", floor_bytes=1_000, most_bytes=60_000, curve=((1_000, 60.0), (60_000, 66.0)))

    assert allocate((late, steady), 80_000).given[0] >= 59_000
