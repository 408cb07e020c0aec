"""What holds for every route over the shipped profiles, whatever names are put together."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediaprep.errors import MediaprepError, RouteError, UsageError
from mediaprep.limits import SenderType
from mediaprep.model import KindName
from mediaprep.profiles.compose import stated
from mediaprep.profiles.load import Profiles
from mediaprep.profiles.names import parse_group, parse_sender
from mediaprep.profiles.route import resolve

PROFILES = Profiles.load()
NAMES = sorted({*PROFILES.names("carrier"), *PROFILES.names("region")})
PROVIDERS = st.none() | st.sampled_from(PROFILES.names("provider"))
SENDERS = st.none() | st.sampled_from(["long_code", "toll_free", "short_code"])
GROUPS = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3)

_NUMBERS = (
    "limit_bytes", "target_bytes", "max_width", "max_height", "max_pixels", "max_long_edge", "max_frames", "max_fps",
    "max_duration_s", "max_level", "max_bit_rate_bps", "max_audio_tracks", "max_channels",
)  # fmt: skip


def resolved(names, via=None, sender=None, max_bytes=None):
    """Resolve a group, or None where it has no size or its names are refused for what they are."""
    try:
        return resolve(",".join(names), via=via, sender=sender, max_bytes=max_bytes, profiles=PROFILES)
    except UsageError:
        return None


@settings(max_examples=25, deadline=None)
@given(GROUPS, PROVIDERS, SENDERS)
def test_a_group_is_never_wider_than_one_of_its_members(names, via, sender):
    """One rendition good for all: no number above any member's, no type that one of them does not take."""
    together = resolved(names, via, sender)
    for name in names if together is not None else ():
        alone = resolved([name], via, sender)
        for kind in KindName if alone is not None else ():
            ours, theirs = together.limits_for(kind), alone.limits_for(kind)
            for number in _NUMBERS:
                most = getattr(theirs, number)
                assert most is None or getattr(ours, number) <= most, (name, kind, number)
            assert not theirs.types or set(ours.types) <= set(theirs.types)
            assert theirs.delivered or not ours.delivered


@settings(max_examples=20, deadline=None)
@given(GROUPS, PROVIDERS, SENDERS, st.randoms(use_true_random=False))
def test_order_and_repetition_mean_nothing(names, via, sender, random):
    """A group's numbers are the same however its names are ordered and however often each is written."""
    again = [*names, random.choice(names)]
    random.shuffle(again)
    one, other = resolved(names, via, sender), resolved(again, via, sender)
    assert (one is None) == (other is None)
    if one is not None:
        assert [_numbers(one, kind) for kind in KindName] == [_numbers(other, kind) for kind in KindName]


@settings(max_examples=20, deadline=None)
@given(GROUPS, PROVIDERS, SENDERS, st.integers(1_000, 5_000_000))
def test_a_limit_of_ones_own_only_narrows(names, via, sender, max_bytes):
    """`--max-bytes` lowers limit and target to itself, and raises neither; targets stay within limits."""
    plain, narrowed = resolved(names, via, sender), resolved(names, via, sender, max_bytes)
    for kind in KindName if plain is not None else ():
        before, after = plain.limits_for(kind), narrowed.limits_for(kind)
        assert after.limit_bytes == min(max_bytes, before.limit_bytes or max_bytes)
        assert after.target_bytes <= after.limit_bytes
        assert before.limit_bytes is None or before.target_bytes <= before.limit_bytes


@settings(max_examples=20, deadline=None)
@given(GROUPS, PROVIDERS)
def test_without_a_sender_the_smallest_of_them_holds(names, via):
    """No `--sender`: never more than any type of number that is known to be taken there."""
    unnamed = resolved(names, via)
    for sender in ("long_code", "toll_free", "short_code") if unnamed is not None else ():
        named = resolved(names, via, sender)
        for kind in KindName if named is not None else ():
            ours, theirs = unnamed.limits_for(kind).limit_bytes, named.limits_for(kind).limit_bytes
            assert theirs is None or (ours is not None and ours <= theirs), (sender, kind)


@pytest.mark.parametrize("via", [name for name in PROFILES.names("provider") if stated(PROFILES, name, "carriers")])
def test_a_sender_without_a_cell_counts_where_none_is_named(via):
    """A provider may have cells for some types of sender only: what holds for the others holds without `--sender`."""
    for name in sorted(set(stated(PROFILES, via, "carriers")) & set(NAMES)):
        unnamed = resolved([name], via)
        for named in filter(None, (resolved([name], via, sender) for sender in SenderType)):
            for kind in KindName if named.available else ():
                ours, theirs = unnamed.limits_for(kind), named.limits_for(kind)
                assert ours.limit_bytes <= theirs.limit_bytes, (name, named.sender, kind)
                assert ours.target_bytes <= theirs.target_bytes, (name, named.sender, kind)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=40), st.text(max_size=12), st.text(max_size=12))
def test_any_words_are_a_route_or_an_error_that_says_so(group, via, sender):
    """Whatever is typed resolves, or is refused in our own words with exit code 2."""
    for asked in (group, f"mms/{group}", f"plmn:{group}", f"att,{group}"):
        problem = None
        try:
            assert resolve(asked, via=via or None, sender=sender or None, max_bytes=None, profiles=PROFILES).limits
        except MediaprepError as error:
            problem = error
        assert problem is None or (problem.exit_code == 2 and str(problem))


@given(
    st.lists(st.sampled_from(["att", " att ", "mms/att", "MMS/att", "rcs/us", "a/b", "x y"]), min_size=1, max_size=5)
)
def test_a_group_is_what_stands_between_commas(items):
    """Each name once, in its order, blanks around it left out; only a known channel is split off."""
    members = parse_group(",".join(items), ("mms", "rcs"))
    assert len(members) == len(set(members)) <= len(items)
    assert all(member.name == member.name.strip() and member.name for member in members)
    assert {member.channel for member in members} <= {None, "mms", "rcs"}


@pytest.mark.parametrize("sender", SenderType)
def test_every_type_of_number_is_read_as_it_is_written(sender):
    """A type's own name, in any case and with blanks or dashes, is that type."""
    for text in (sender.value, sender.value.upper(), sender.value.replace("_", "-"), sender.value.replace("_", " ")):
        assert parse_sender(text) is sender
    with pytest.raises(RouteError):
        parse_sender(f"{sender.value}x")


def _numbers(route, kind):
    limits = route.limits_for(kind)
    return [getattr(limits, number) for number in _NUMBERS], set(limits.types), limits.delivered
