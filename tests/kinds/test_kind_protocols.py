"""What kinds offer is what the type checker holds them to."""

import importlib
import inspect
from typing import get_type_hints

import pytest

from mediaprep import kinds

PROTOCOLS = {each for each in vars(kinds).values() if inspect.isclass(each) and kinds.Kind in each.__mro__}


@pytest.mark.parametrize("kind", kinds.all_kinds(), ids=lambda kind: kind.name)
def test_a_kind_is_checked_as_all_that_it_is_asked_for(kind):
    """At run time names alone are asked for: the type of KIND lists every protocol whose names it has, and no other."""
    declared = get_type_hints(importlib.import_module(type(kind).__module__))["KIND"]

    offered = {protocol.__name__ for protocol in PROTOCOLS if kinds.supports(kind, protocol)}
    assert offered == {protocol.__name__ for protocol in PROTOCOLS if protocol in declared.__mro__}
