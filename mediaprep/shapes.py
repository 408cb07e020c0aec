"""Whether a value is what the type hint of a field says. For values from workers that may have been taken over.

Only what our frozen values are made of is known: plain types, enums, our classes, ``X | None``, literals and tuples.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from enum import StrEnum
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

Test = Callable[[Any], bool]


@cache
def fields_of(cls: type) -> dict[str, Test]:
    """Give a test for each field of a class, by its name."""
    return {name: test_of(hint) for name, hint in get_type_hints(cls).items()}


@cache
def test_of(hint: Any) -> Test:
    """Make the test that a hint asks for. Raises TypeError for a hint that is not known here."""
    origin, parts = get_origin(hint), get_args(hint)
    if hint is Any:
        return lambda _: True
    if origin in (Union, types.UnionType):
        several = tuple(test_of(part) for part in parts)
        return lambda value: any(test(value) for test in several)
    if origin is Literal:
        return lambda value: any(type(value) is type(part) and value == part for part in parts)
    if origin is tuple:
        return _tuple_test(parts)
    if hint is float:
        return lambda value: type(value) in (float, int)  # JSON writes 3.0 as it likes
    if isinstance(hint, type):
        if hint is str:
            return lambda value: type(value) is str or isinstance(value, StrEnum)  # our enums are words, too
        plain = hint in (int, bool, bytes, types.NoneType)
        return (lambda value: type(value) is hint) if plain else (lambda value: isinstance(value, hint))
    raise TypeError(f"no test is known for {hint}")


def _tuple_test(parts: tuple[Any, ...]) -> Test:
    if len(parts) == 2 and parts[1] is Ellipsis:
        each = test_of(parts[0])
        return lambda value: type(value) is tuple and all(map(each, value))
    tests = tuple(test_of(part) for part in parts)
    return lambda value: (
        type(value) is tuple
        and len(value) == len(tests)
        and all(test(item) for test, item in zip(tests, value, strict=True))
    )
