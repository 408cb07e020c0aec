"""The parameters of a line in the words of vCard 3.0: TYPE for bare values, PREF and Apple's labels; no CHARSET."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mediaprep.kinds._vcard_values import Line

Params = tuple[tuple[str, tuple[str, ...]], ...]

_DONE_ANEW = frozenset({"CHARSET", "ENCODING", "TYPE", "PREF", "VALUE"})
_NAME = re.compile(r"[A-Z0-9-]+")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f]+")
_VALUES = frozenset({
    "uri", "text", "date", "date-time", "time", "utc-offset", "integer", "float", "boolean", "phone-number", "duration",
})  # fmt: skip
_NEEDS_NO_VALUE = frozenset({"TEL", "EMAIL", "URL", "N", "FN", "ADR", "ORG", "NOTE", "IMPP"})
_APPLES_LABEL = re.compile(r"_\$!<(.+)>!\$_", re.DOTALL)
_SPECIAL_LABELS = {"HomePage": "HOME", "Mobile": "CELL", "HomeFAX": "HOME,FAX", "WorkFAX": "WORK,FAX"}
"""Labels of Apple's address book whose TYPE has another name."""

NO_LABELS: Mapping[str, str] = {}


def labels(lines: tuple[Line, ...]) -> dict[str, str]:
    """Give the label of each group: ``item1.X-ABLabel:Chalet`` names what ``item1.URL`` is."""
    others = {line.group for line in lines if line.group and line.name != "X-ABLABEL"}
    found: dict[str, str] = {}
    for line in lines:
        if line.name == "X-ABLABEL" and line.group in others and line.group is not None and line.value.strip():
            found.setdefault(line.group, line.value.strip())
    return found


def params_of(line: Line, group_labels: Mapping[str, str] = NO_LABELS, *, preferred: bool = False) -> Params:
    """Give the parameters of a line for vCard 3.0, ``preferred`` where its PREF is the best of its property.

    A label becomes a TYPE: HOME for Apple's own ones, ``X-Chalet`` for the user's, as Android reads it.
    """
    types = [each for value in line.param("TYPE") for each in value.replace("\\", "").split(",")]
    if line.group is not None and line.group in group_labels:
        types += _label_types(group_labels[line.group])
    if preferred:
        types.append("PREF")
    found: dict[str, list[str]] = {}
    _put(found, "TYPE", [_type(each) for each in types])
    value = next((each.lower() for each in line.param("VALUE")), "")
    if value in _VALUES and line.name not in _NEEDS_NO_VALUE:
        _put(found, "VALUE", [value])
    for param in line.params:
        if param.name not in _DONE_ANEW and _NAME.fullmatch(param.name):
            _put(found, param.name, param.values)
    return tuple((name, tuple(values)) for name, values in found.items())


def _put(found: dict[str, list[str]], name: str, values: tuple[str, ...] | list[str]) -> None:
    for value in values:
        plain = _UNSAFE.sub(" ", value.replace('"', "'")).strip()
        if plain and plain not in found.get(name, ()):
            found.setdefault(name, []).append(plain)


def _type(text: str) -> str:
    plain = text.strip()
    return plain if plain[:2].upper() == "X-" else plain.upper()


def _label_types(label: str) -> list[str]:
    own = _APPLES_LABEL.fullmatch(label)
    if own is None:
        return [f"X-{_UNSAFE.sub(' ', label.replace(',', ' '))}"]
    return _SPECIAL_LABELS.get(own[1], own[1]).split(",")
