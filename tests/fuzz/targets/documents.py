"""Readers of what users and programs write: YAML, profiles, messages, manifests, TOML, sizes, routes, names."""

import contextlib
import os
import re
from functools import cache
from pathlib import PurePath

from target import Target, in_range, source_of, spelled

from mediaprep import documents, naming
from mediaprep.batch.manifest import Fault, Row, read_rows
from mediaprep.config import find_config
from mediaprep.errors import MediaprepError, ProfileError, UsageError
from mediaprep.message.document import load as load_message
from mediaprep.options import FitOptions
from mediaprep.profiles import names, route
from mediaprep.profiles.load import Profiles, shipped_folder
from mediaprep.profiles.own import read_own
from mediaprep.units import decoded_bytes, format_size, parse_size, short_size


def yaml(data: bytes) -> None:
    """Read YAML: values with their places, or every problem with its line."""
    problems: tuple[str, ...] = ()
    try:
        document = documents.parse(data, "x.yaml")
    except ProfileError as error:
        problems = error.problems or ("none is named",)
    if problems:
        assert all(re.match(r"x\.yaml:\d+:\d+: ", problem) for problem in problems), problems
        return
    in_plain_types(document.value)
    spots(document, document.value, ())


def in_plain_types(value: object, depth: int = 0) -> None:
    """Assert that nothing but plain values came out, and no tower of them."""
    assert depth <= documents.MAX_DEPTH
    if isinstance(value, dict):
        assert all(type(key) is str for key in value)
        for item in value.values():
            in_plain_types(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            in_plain_types(item, depth + 1)
    else:
        assert value is None or type(value) in (str, int, float, bool), type(value)


def spots(document: documents.Document, value: object, path: tuple[str | int, ...]) -> None:
    """Assert that each value knows its line."""
    assert re.fullmatch(r"x\.yaml:\d+:\d+", document.at(path))
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        spots(document, item, (*path, key))


def profile(data: bytes) -> None:
    """Read a user's profile, and resolve routes over it where it passes."""
    folder = source_of(b"").path.parent / "own"
    folder.mkdir(exist_ok=True)
    (folder / "mine.yaml").write_bytes(data)
    with contextlib.suppress(UsageError):
        read_own((folder,), shipped().files)
        profiles = Profiles.load((folder,))
        for group in ("mine", "mine,att"):
            for provider in (None, "twilio"):
                with contextlib.suppress(UsageError):
                    found = route.resolve(group, via=provider, sender=None, max_bytes=None, profiles=profiles)
                    assert found.limits


@cache
def shipped() -> Profiles:
    """Load the shipped profiles once."""
    return Profiles.load()


def message(data: bytes) -> None:
    """Read a message file."""
    path = source_of(data).path.with_suffix(".yaml")
    path.write_bytes(data)
    with contextlib.suppress(UsageError):
        draft = load_message(path)
        assert len(draft.parts) <= 1_000


def manifest(data: bytes) -> None:
    """Read a manifest; the first byte says whether it is CSV, JSON Lines or YAML."""
    if not data:
        return
    path = source_of(b"").path.with_suffix((".csv", ".jsonl", ".yaml")[data[0] % 3])
    path.write_bytes(data[1:])
    with contextlib.suppress(MediaprepError):
        for row in read_rows(str(path), "out"):
            assert isinstance(row, Row | Fault)


def config(data: bytes) -> None:
    """Read mediaprep.toml."""
    path = source_of(b"").path.with_name("mediaprep.toml")
    path.write_bytes(data)
    try:
        find_config(path.parent)
    except UsageError:
        pass
    finally:
        path.unlink()


def short(data: bytes) -> None:
    """Read what stands on a command line: sizes, stretches of time, routes, types of number."""
    words = data.decode("utf-8", "surrogateescape")
    with contextlib.suppress(ValueError):
        size = parse_size(words)
        assert size >= 1
        assert parse_size(str(size)) == size
        format_size(size), short_size(size), decoded_bytes(size, 4 / 3)
    with contextlib.suppress(UsageError):
        span = FitOptions(trim=words).span_s()
        in_range(span)
    with contextlib.suppress(UsageError):
        members = names.parse_group(words, ("mms", "rcs", "whatsapp"))
        assert members
        assert all(member.name == member.name.strip() for member in members)
    with contextlib.suppress(UsageError):
        names.parse_sender(words)
    with contextlib.suppress(UsageError):
        names.plmn(words)
    names.canonical(words)
    names.kinds_of(words)


def place(data: bytes) -> None:
    """Name an output after an asset: below its folder, legal everywhere, never empty, however the asset is called."""
    relative = tuple(os.fsdecode(part) for part in data.split(b"/") if part and b"\0" not in part)
    if not relative or any(part in ("..", ".") for part in relative):
        return
    found = naming.place_of(relative)
    assert len(found) == len(relative)
    for part in (*found, naming.with_old_suffix(found, relative[-1])[-1]):
        assert part
        assert part not in (".", "..")
        assert not set(part) & set('/\\:*?"<>|\0\r\n\x1b')
        assert len(part.encode()) <= 255
        assert PurePath(part).name == part
    naming.folded(found)


def _profiles() -> tuple[bytes, ...]:
    root = shipped_folder()
    names_ = ("carriers/att.yaml", "providers/twilio.yaml", "regions/us.yaml", "channels/rcs.yaml")
    given = [(root / name).read_bytes() for name in names_ if (root / name).is_file()]
    return tuple(re.sub(rb"(?m)^name: .*$", b"name: mine", each) for each in given)


_YAML_WORDS = spelled(
    r":\x20 -\x20 { } [ ] &a\x20 *a !!python/object:os.system <<:\x20 ---\x0a ...\x0a |\x0a >-\x0a ' \x22 # null "
    r"true 0x1F 1e99 .inf .nan 2024-02-01 ?\x20 \x09 \xef\xbb\xbf \xc2\x85 \xe2\x80\xa8 %YAML\x201.1\x0a \x5cx41 "
    r"\x5cu0000"
)
_PROFILE_WORDS = spelled(
    r"schema:\x20mediaprep.profile/1\x0a name:\x20mine\x0a role:\x20carrier\x0a title:\x20x\x0a sizes:\x0a "
    r"\x20\x20message_bytes:\x20 source:\x20own\x0a image:\x0a types:\x0a extends:\x20att\x0a carriers:\x0a "
    r"per_channel:\x0a senders:\x0a aliases:\x20[a]\x0a plmns:\x20['310410']\x0a valid_until:\x202020-01-01\x0a "
    r"merged_into:\x20att\x0a fallback:\x20sms\x0a"
)

_OWN = b"""schema: mediaprep.profile/1
name: mine
role: carrier
title: Mine
countries: [US]
sizes:
  message: {bytes: 300000, source: own}
"""
_MESSAGE = b"""from: "+15550100"
to: ["+15550101"]
routes: [att]
text: hello
subject: hi
parts:
  - path: a.jpg
    alt: x
  - b.jpg
audience: {att: 3, verizon: 1}
fallback: {text: t, link: "https://x/"}
"""
_TOML = b"""to = ["us"]
via = "twilio"
jobs = 2
profiles = ["p"]
cache = "c"
[fit]
max_bytes = "300KB"
effort = "fast"
"""

TARGETS = (
    Target(
        name="yaml",
        attempt=yaml,
        suffixes=(".yaml", ".yml"),
        longest=4_096,
        seeds=lambda: (
            _OWN,
            _MESSAGE,
            b"a: &x [1, 2]\nb: *x\n",
            b"- 1\n- {a: b, a: c}\n",
            b"'x': !!int \"3\"\n? [a]\n: b\n",
        ),
        words=_YAML_WORDS,
    ),
    Target(
        name="profile",
        attempt=profile,
        seeds=lambda: (_OWN, *_profiles()),
        words=_PROFILE_WORDS + _YAML_WORDS,
    ),
    Target(
        name="message_file",
        attempt=message,
        seeds=lambda: (_MESSAGE,),
        words=_YAML_WORDS,
        longest=4_096,
    ),
    Target(
        name="manifest",
        attempt=manifest,
        longest=4_096,
        seeds=lambda: (
            b'\0asset,to,max_bytes,output\na.jpg,att,300KB,x\n"b,.jpg",us,,\n',
            b'\1{"asset": "a.jpg", "to": ["att"], "audience": {"att": 1}}\n[]\n',
            b"\2- asset: a.jpg\n  to: [att]\n- 3\n",
        ),
        words=spelled(
            r"asset to via sender max_bytes trim audience output \x22 , \x0d\x0a :\x20 -\x20 { } [ ] &a\x20 *a "
            r"!!python/object:os.system <<:\x20 ---\x0a ...\x0a |\x0a >-\x0a ' \x22 # null true 0x1F 1e99 .inf "
            r".nan 2024-02-01 ?\x20 \x09 \xef\xbb\xbf \xc2\x85 \xe2\x80\xa8 %YAML\x201.1\x0a \x5cx41 \x5cu0000"
        ),
    ),
    Target(
        name="config",
        attempt=config,
        seeds=lambda: (_TOML,),
        longest=2_048,
        words=spelled(
            r"[fit]\x0a to\x20=\x20 jobs\x20=\x20 \x22\x22\x22 [[ inf nan 1979-05-27 =\x20{ effort\x20=\x20 "
            r"trim\x20=\x20"
        ),
    ),
    Target(
        name="command_line",
        attempt=short,
        longest=256,
        seeds=lambda: (b"300KiB", b"1.5MB", b"2.5:8", b"mms/att,verizon", b"plmn:310260", b"10dlc", b"rcs/us"),
        words=spelled(r"KiB plmn: mms/ , : e9 nan inf \xd9\xa1 _"),
    ),
    Target(
        name="output_names",
        attempt=place,
        longest=1_024,
        seeds=lambda: (
            b"a/b.jpg",
            b"con.txt",
            b"x" * 300,
            b"\xff\xfe.gif",
            b"-rf ..",
            b"a\nb.png",
            "ä́.jpg".encode(),
            b"index.json",
        ),
        words=spelled(r"con nul .. .\x20 \x1b[31m \x0d\x0a %0A \xe2\x80\xa8 \xe2\x80\xae \xed\xb2\x80"),
    ),
)
