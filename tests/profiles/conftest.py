"""Small worlds of profiles, written for each test."""

from pathlib import Path

import pytest

from mediaprep.profiles.load import Profiles

SOURCES = """\
schema: mediaprep.sources/1
sources:
  A: {title: Aggregator, url: "https://a.example/mms", seen: "2026-01", confidence: aggregator}
  B: {title: Old page, url: "https://b.example", seen: "2022-05-01", confidence: doc}
  H: {title: Hearsay, seen: "2025", confidence: third_party}
  P: {title: Phones, seen: "2026-01", confidence: device}
  AN2: {title: Android defaults, seen: "2021-11", confidence: device}
"""


def write_world(root, files, sources=SOURCES):
    """Write profiles: ``{"carriers/att": text}``; name, role, schema and title are filled in from the path."""
    root.mkdir(parents=True, exist_ok=True)
    if sources is not None:
        (root / "sources.yaml").write_text(sources, encoding="utf-8")
    (root / "VERSION").write_text("2026.1.1\n", encoding="utf-8")
    for place, text in files.items():
        path = root / f"{place}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        folder, _, name = place.rpartition("/")
        if folder == "handsets":
            head = f'schema: mediaprep.handsets/1\nmcc: "{name}"\n'
        else:
            role = Path(folder).name.removesuffix("s") or "carrier"
            head = f"schema: mediaprep.profile/1\nname: {name}\nrole: {role}\ntitle: {name}\n"
        path.write_text(head + text, encoding="utf-8")
    return root


@pytest.fixture
def world(tmp_path):
    """Give a function that writes shipped profiles (and a user's folder) and loads them."""

    def build(files, own=None):
        root = write_world(tmp_path / "carrier_profiles", files)
        dirs = () if own is None else (write_world(tmp_path / "own", own, sources=None),)
        return Profiles(root, dirs)

    return build


@pytest.fixture
def folder(tmp_path):
    """Give a function that writes a folder of profiles of a given name."""

    def build(name, files):
        return write_world(tmp_path / name, files)

    return build
