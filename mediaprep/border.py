"""What crosses back from a worker that decodes hostile bytes: plain values, never pickles.

A worker may be taken over by what it decodes, and a pickle (even a filtered one) lets its sender name
callables, patch classes and ask for gigabytes. So answers are JSON with a tag for each of our frozen
dataclasses and enums; reading them can do nothing but build those, each field of the type that it declares.
Requests go the other way, from us to the worker, and are pickled by ``request``.

A frame is a letter, four bytes of length (big-endian) and the body.
"""

from __future__ import annotations

import base64
import enum
import functools
import json
import struct
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from pathlib import Path, PurePath
from typing import Any

from mediaprep import job, limits, model, options, shapes
from mediaprep.codes import BY_NAME
from mediaprep.errors import AssetError, MediaprepError, ProfileError, RouteError, ToolError, UsageError

HEADER = struct.Struct(">cI")
MAX_FRAME_BYTES = 8_000_000
"""Far more than any outcome (one with 60 attempts takes 12 KB), and little enough that the worst JSON of
this size (empty lists) stays below 200 MB when read."""

HELLO, EVENT, RESULT, ERROR = b"H", b"E", b"R", b"X"


class Forged(Exception):  # noqa: N818  # a verdict on the sender, not an error of ours
    """A frame that no honest worker sends."""


def frame(letter: bytes, value: Any) -> bytes:
    """Pack a value. Raises TypeError for what may not cross: the type is named."""
    body = packed(value)
    if len(body) > MAX_FRAME_BYTES:
        raise TypeError(f"a value of {len(body):,} bytes may not cross; write it to a file and give its path")
    return HEADER.pack(letter, len(body)) + body


def packed(value: Any) -> bytes:
    """Pack a value without a frame, as a journal or a cache keeps it; ``value_of`` reads it."""
    return json.dumps(_plain(value), separators=(",", ":")).encode()


def value_of(body: bytes) -> Any:
    """Unpack a frame's body. Raises Forged."""
    try:
        return _value(json.loads(body))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Forged(f"{type(error).__name__}: {error}") from error


def error_value(error: MediaprepError) -> tuple[Any, ...]:
    """Take an error apart into values; ``answer_of`` puts it together again."""
    if isinstance(error, AssetError):
        return ("asset", error.code, error.message, error.allowed, error.actual, error.remedy)
    if isinstance(error, ToolError):
        return ("tool", error.code, error.message)
    if isinstance(error, ProfileError):
        return ("profile", *error.problems)
    return ("route" if isinstance(error, RouteError) else "usage", str(error))


def answer_of(letter: bytes, body: bytes) -> tuple[Any, MediaprepError | None, bool]:
    """Unpack a final answer: the value or the error, and whether the worker wants to be replaced. Raises Forged."""
    match letter, value_of(body):
        case b"R", (bool(retire), value):
            return value, None, retire
        case b"X", (bool(retire), error):
            return None, _error_of(error), retire
        case _:
            raise Forged(f"no answer: {letter!r}")


def event_of(body: bytes) -> job.Event:
    """Unpack an event. Raises Forged."""
    match value_of(body):
        case job.AssetStarted() | job.AttemptMade() | job.ShareDone() | job.OutcomeReady() as event:
            return event
        case other:
            raise Forged(f"no event: {type(other).__name__}")


def honest(function: str, args: tuple[Any, ...], value: Any) -> bool:
    """Say whether a value is what a function of ours returns: one outcome for each route, or each job of a bundle."""
    match function, args:
        case "mediaprep.pipeline:run", (job.Job() as asked, *_):
            return shapes.test_of(tuple[model.Outcome, ...])(value) and len(value) == len(asked.routes)
        case "mediaprep.together:fit_together", (job.Bundle() as asked, *_):
            return isinstance(value, job.Shared) and len(value.outcomes) == len(asked.jobs)
        case _:
            return True


def _error_of(value: Any) -> MediaprepError:
    match value:
        case ["asset", str(code), str(message), allowed, actual, (str() | None) as remedy] if code in BY_NAME:
            return AssetError(code, message, allowed=allowed, actual=actual, remedy=remedy)
        case ["tool", str(code), str(message)] if code in BY_NAME:
            return ToolError(code, message)
        case ["profile", *problems]:
            return ProfileError([str(problem) for problem in problems])
        case ["route", str(message)]:
            return RouteError(message)
        case ["usage", str(message)]:
            return UsageError(message)
        case _:
            raise Forged(f"no error: {str(value)[:100]}")


@functools.cache
def _classes() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for module in (job, limits, model, options):
        for name, item in vars(module).items():
            ours = isinstance(item, type) and item.__module__ == module.__name__
            if ours and (is_dataclass(item) or issubclass(item, enum.Enum)):
                found[name] = item
    return found


@functools.cache
def _crossing_fields(name: str) -> tuple[tuple[str, Any], ...]:
    """Give names and defaults. What does not count for equality (an outcome's bytes) stays behind."""
    return tuple((f.name, f.default) for f in fields(_classes()[name]) if f.compare)


def _plain(value: Any) -> Any:
    if value is None or type(value) in (str, int, float, bool):
        return value
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    cls = type(value)
    if _classes().get(cls.__name__) is cls:
        if isinstance(value, enum.Enum):
            return {cls.__name__: value.value}
        pairs = ((name, getattr(value, name), default) for name, default in _crossing_fields(cls.__name__))
        return {cls.__name__: {n: _plain(v) for n, v, d in pairs if type(v) is not type(d) or v != d}}
    if isinstance(value, str):  # a subclass, such as a string that knows its place in a document
        return str.__str__(value)
    if isinstance(value, list):
        return {"$list": [_plain(item) for item in value]}
    if isinstance(value, dict):
        return {"$dict": [[_plain(key), _plain(item)] for key, item in value.items()]}
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, PurePath):
        return {"$path": str(value)}
    if isinstance(value, frozenset | set):
        return {"$set": [_plain(item) for item in value]}
    raise TypeError(f"a value of type {cls.__module__}.{cls.__qualname__} may not leave a worker")


_BUILDERS: dict[str, Callable[[Any], Any]] = {
    "$list": lambda items: [_value(item) for item in items],
    "$dict": lambda pairs: {_value(key): _value(item) for key, item in pairs},
    "$bytes": base64.b64decode,
    "$path": Path,
    "$set": lambda items: frozenset(_value(item) for item in items),
}


def _value(plain: Any) -> Any:
    if isinstance(plain, list):
        return tuple(_value(item) for item in plain)
    if not isinstance(plain, dict):
        return plain
    ((tag, content),) = plain.items()
    if tag in _BUILDERS:
        return _BUILDERS[tag](content)
    cls = _classes()[tag]
    if issubclass(cls, enum.Enum):
        return cls(content)
    values = {name: _value(item) for name, item in content.items()}
    tests = shapes.fields_of(cls)
    for name, value in values.items():
        if not tests[name](value):
            raise TypeError(f"{tag}.{name} is no {type(value).__name__}")
    return cls(**values)
