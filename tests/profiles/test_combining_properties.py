"""Whatever documents say: more of them never raise a limit, and their order does not matter."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mediaprep.limits import Limits
from mediaprep.model import KindName
from mediaprep.profiles.cascade import Layer, flatten
from mediaprep.profiles.combine import combine, ordered

_MAYBE_SIZE = st.none() | st.integers(1, 3_000_000)
_TYPES = st.none() | st.lists(
    st.sampled_from(["image/jpeg", "image/gif", "image/png", "video/mp4"]), min_size=1, max_size=4, unique=True
)
_ROLES = ("carrier", "cell", "region", "provider", "channel")


@st.composite
def _layer(draw):
    name = draw(st.sampled_from("abcdefgh"))
    document = {"source": "A"}
    sizes = {key: draw(_MAYBE_SIZE) for key in ("total", "part")}
    sizes["kinds"] = {"image": draw(_MAYBE_SIZE)}
    sizes["kinds"] = {key: value for key, value in sizes["kinds"].items() if value is not None}
    document["sizes"] = {key: value for key, value in sizes.items() if value}
    document["sizes"]["basis"] = draw(st.sampled_from(["binary", "base64", "base64_lines", "payload"]))
    types = draw(_TYPES)
    if types is not None:
        document["types"] = {"deliver": types}
    pixels = draw(_MAYBE_SIZE)
    if pixels is not None:
        document["image"] = {"max_width": pixels, "alpha": draw(st.sampled_from(["allow", "flatten"]))}
    return Layer(draw(st.sampled_from(_ROLES)), name, None, flatten(document, name))


_REGISTRY = {"A": {"title": "A", "seen": "2026", "confidence": "doc"}}


def _combined(layers) -> Limits:
    return combine(ordered(layers), KindName.IMAGE, _REGISTRY, max_bytes=None)


def _not_above(value, before):
    return before is None or (value is not None and value <= before)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_layer(), max_size=4), _layer())
def test_a_further_document_never_raises_a_limit(layers, more):
    """Whatever a further document states, no size, dimension or list of types becomes wider."""
    before, after = _combined(layers), _combined([*layers, more])
    assert _not_above(after.limit_bytes, before.limit_bytes)
    assert _not_above(after.target_bytes, before.target_bytes)
    assert _not_above(after.max_width, before.max_width)
    assert not before.types or set(after.types) <= set(before.types)
    assert before.delivered or not after.delivered


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_layer(), max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_documents_does_not_matter(layers, random):
    """A group means the same however it is written, down to the facts that are named."""
    shuffled = list(layers)
    random.shuffle(shuffled)
    assert _combined(shuffled) == _combined(layers)


@settings(max_examples=60, deadline=None)
@given(st.lists(_layer(), max_size=4))
def test_the_target_is_never_above_the_limit(layers):
    """What is aimed at is within what is allowed."""
    limits = _combined(layers)
    assert limits.limit_bytes is None or limits.target_bytes <= limits.limit_bytes
