"""What a model refuses in a document, said in plain words and with the line it stands in."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from typing import Any, Protocol, get_args

from pydantic import BaseModel, ValidationError

from mediaprep.plugins import did_you_mean
from mediaprep.units import parse_size


class Marked(Protocol):
    """A document that knows where its values stand."""

    def at(self, path: Sequence[str | int], *, key: bool = False) -> str:
        """Give ``file:line:column``."""
        ...

    def raw(self, path: Sequence[str | int]) -> str | None:
        """Give a scalar as it was written."""
        ...

    def known(self, path: Sequence[str | int]) -> tuple[str | int, ...]:
        """Give as much of a path as leads to a value that stands there."""
        ...


TAKEN_AWAY = frozenset({"missing", "too_short"})
"""Faults that a document has once a value is taken out of it."""


def problems(
    document: Marked, model: type[BaseModel], error: ValidationError, but: Container[str] = ()
) -> tuple[str, ...]:
    """Give every problem as ``file:line:column: text``, in the order in which they stand in the file.

    ``but`` are types of pydantic's that are left out.
    """
    found: dict[str, tuple[int, int]] = {}
    for item in error.errors(include_url=False):
        if item["type"] in but:
            continue
        path = _path(document, item)
        unknown = item["type"] == "extra_forbidden"
        place = document.at(path, key=unknown or "[key]" in item["loc"])
        line, column = place.rsplit(":", 2)[1:]
        found.setdefault(f"{place}: {_words(document, model, path, item)}", (int(line), int(column)))
    return tuple(sorted(found, key=lambda text: found[text]))


def places(document: Marked, error: ValidationError) -> Iterator[tuple[str | int, ...]]:
    """Give the path of each value that is at fault, as it stands in the document; of a missing key's mapping."""
    for item in error.errors(include_url=False):
        yield document.known(_path(document, item))


def missed(document: Marked, error: ValidationError) -> Iterator[tuple[str | int, ...]]:
    """Give the path of each key that is missing."""
    for item in error.errors(include_url=False):
        if item["type"] == "missing":
            yield _path(document, item)


def _path(document: Marked, item: Any) -> tuple[str | int, ...]:
    """Give the path that an error is about; a missing key is its last step."""
    judged = [step for step in item["loc"] if step != "[key]"]
    ends = judged[-1:] if item["type"] == "missing" else []
    return (*_written(document, judged[: len(judged) - len(ends)]), *ends)


_WIDENED = ("value", "values", "hard")
"""Keys that a short form leaves out: ``total: 5`` is judged as ``total: {hard: {value: 5}}``."""


def _written(document: Marked, judged: Sequence[str | int]) -> tuple[str | int, ...]:
    """Give the path as it stands in the document, without the keys that a short form leaves out."""
    path: tuple[str | int, ...] = ()
    for step in judged:
        there = document.known((*path, step)) == (*path, step)
        if there or step not in _WIDENED:
            path = (*path, step)
    return path


def _words(document: Marked, model: type[BaseModel], path: Sequence[str | int], item: Any) -> str:
    name, raw = _name(path), document.raw(path)
    kind = item["type"]
    if kind == "extra_forbidden":
        known = _known_keys(model, path[:-1])
        return f"unknown key {path[-1]!r}; {did_you_mean(str(path[-1]), known)}"
    if kind == "missing":
        return f"the key {path[-1]!r} is missing" + (f" in {_name(path[:-1])}" if path[:-1] else "")
    if kind == "string_type":
        if raw:
            return f'{name}: {raw} is read as {_sort(item["input"])}; text is meant, so write "{raw}" in quotes'
        return f"{name}: text is expected, not {_sort(item['input'])}"
    if kind in ("int_type", "float_type", "int_from_float"):
        return f"{name}: {_number_words(item['input'])}"
    if kind == "bool_type":
        return f"{name}: write true or false, not {raw or _sort(item['input'])}"
    if kind == "literal_error":
        choices = [
            str(choice) for choice in str(item["ctx"]["expected"]).replace("'", "").replace(" or ", ", ").split(", ")
        ]
        return f"{name}: {item['input']!r} is not one of these; {did_you_mean(str(item['input']), choices)}"
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return f"{name}: keys with values are expected, not {_sort(item['input'])}"
    if kind == "list_type":
        return f"{name}: a list is expected, not {_sort(item['input'])}; write [a, b]"
    message = str(item["msg"])
    return f"{name}: {message.removeprefix('Value error, ').removeprefix('Assertion failed, ')}"


def _number_words(value: Any) -> str:
    if isinstance(value, str):
        try:
            size_bytes = parse_size(value.replace("_", ""))
        except ValueError:
            return f"a number is expected, not the text {value!r}"
        return f'the text {value!r} is not a number; write {size_bytes} (and keep the words in `published: "{value}"`)'
    if isinstance(value, float):
        return f"a whole number is expected, not {value}"
    return f"a number is expected, not {_sort(value)}"


def _sort(value: Any) -> str:
    """Say what sort of value this is, in YAML's words."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return f"the text {value!r}"
    return "a list" if isinstance(value, list) else "keys with values"


def _name(path: Sequence[str | int]) -> str:
    """Write a path as people do: ``sizes.kinds.image`` and ``availability[0].since``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".") or "the document"


def _known_keys(model: type[BaseModel], path: Sequence[str | int]) -> tuple[str, ...]:
    """Give the keys that may stand at ``path``: the fields of the models that its annotation names."""
    found: list[Any] = [model]
    for step in path:
        inner: list[Any] = []
        for candidate in found:
            if isinstance(candidate, type) and issubclass(candidate, BaseModel):
                fields = {field.alias or name: field for name, field in candidate.model_fields.items()}
                inner += _models(fields[str(step)].annotation) if step in fields else []
            else:
                inner += _models(get_args(candidate)[-1])
        found = inner
    models = [item for item in found if isinstance(item, type) and issubclass(item, BaseModel)]
    return tuple(dict.fromkeys(f.alias or n for item in models for n, f in item.model_fields.items()))


def _models(annotation: Any) -> list[Any]:
    """Unwrap an annotation to the models, dicts and lists that it names."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    origin = getattr(annotation, "__origin__", None)
    if origin in (dict, list):
        return [annotation]
    return [found for part in get_args(annotation) for found in _models(part)]
