"""Nothing private leaves: words planted in every home of metadata, looked for in every rendition."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from functools import lru_cache

import planted
import pytest

from mediaprep.api import fit_many, route
from mediaprep.model import Treatment, Verdict
from mediaprep.options import FitOptions

STILLS = {
    "jpeg": planted.jpeg,
    "progressive jpeg": lambda: planted.jpeg(progressive=True),
    "png": planted.png,
    "palette png": lambda: planted.png(mode="P"),
    "bilevel png": lambda: planted.png(mode="1"),
    "gif": planted.gif,
    "webp": planted.webp,
    "lossless webp": lambda: planted.webp(lossless=True),
    "tiff": planted.tiff,
    "avif": planted.avif,
    "heic": planted.heic,
}
MOVING = {
    "gif": lambda: planted.gif(6),
    "apng": lambda: planted.png(frames=3),
    "webp": lambda: planted.webp(3),
}
CLIPS = {"mp4": planted.mp4, "3gp": planted.gp3, "mov": planted.mov, "mkv": planted.mkv}
SOUNDS = {
    "mp3": planted.mp3,
    "m4a": planted.m4a,
    "wav": planted.wav,
    "ogg": planted.tagged_sound("-c:a", "libopus"),
    "flac": planted.flac,
    "aiff": planted.aiff,
}
ROUTES = ("us", "rcs/us", "whatsapp", "image_rich")


resolved = lru_cache(route)
"""The same few routes serve every asset."""


def leaks(data: bytes) -> list[str]:
    """Name the homes whose words are in bytes, in one-byte or UTF-16 characters."""
    plain = data.replace(b"\0", b"")
    found = set()
    at = plain.find(planted.WORD)
    while at >= 0:
        found.add(plain[at : at + 24].decode("latin-1"))
        at = plain.find(planted.WORD, at + 1)
    return sorted(found)


def renditions(data, *names, **options):
    """Fit on several routes, as they are and within limits that call for a transcode; give what was written."""
    routes = [resolved(name) for name in names]
    given = FitOptions(**options)
    small = replace(given, max_bytes=max(len(data) // 4, 2_500))
    yield from fit_many(data, routes, options=given, isolation="none")
    yield from fit_many(data, routes, options=small, isolation="none")


def check_all(data, *names, **options):
    """Hold that every rendition is free of words, and that there was one."""
    assert leaks(data), "nothing was planted"
    written = [o for o in renditions(data, *names, **options) if o.data is not None]

    assert written
    assert Treatment.PASSTHROUGH not in {o.treatment for o in written}
    assert {(o.route, o.treatment): leaks(o.data) for o in written if leaks(o.data)} == {}
    assert all(o.verdict in (Verdict.FITTED, Verdict.FITS, Verdict.BELOW_FLOOR) for o in written)


@pytest.mark.parametrize("name", STILLS)
def test_no_metadata_of_a_still_leaves(name):
    """EXIF, serial numbers, places, thumbnails, XMP, comments, private blocks and tails stay behind."""
    check_all(STILLS[name](), *ROUTES, allow_below_floor=True)


@pytest.mark.parametrize("name", MOVING)
def test_no_metadata_of_an_animation_leaves(name):
    """Comments, applications' blocks, XMP and private chunks of an animation stay behind."""
    check_all(MOVING[name](), "us", allow_below_floor=True)


@pytest.mark.slow
@pytest.mark.parametrize("name", CLIPS)
def test_no_metadata_of_a_clip_leaves(name, tmp_path):
    """Tags, places, XMP boxes, attachments and free space stay behind, also when the clip is only rewrapped."""
    check_all(CLIPS[name](tmp_path / f"clip.{name}"), "us", "whatsapp", allow_below_floor=True)


@pytest.mark.slow
@pytest.mark.parametrize("name", SOUNDS)
def test_no_metadata_of_sound_leaves(name, tmp_path):
    """ID3 with its cover, APE, comments and broadcast chunks stay behind."""
    check_all(SOUNDS[name](tmp_path / f"sound.{name}"), "us", "whatsapp")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("made", "options"),
    [
        (MOVING["gif"], {"still": True}), (MOVING["apng"], {"still": True}), (MOVING["gif"], {"allow": ("mp4",)}),
        (MOVING["webp"], {"allow": ("mp4",)}), (planted.silent, {"as_gif": True}),
    ],
    ids=["gif to still", "apng to still", "gif to mp4", "webp to mp4", "mp4 to gif"],
)  # fmt: skip
def test_no_metadata_leaves_where_the_kind_changes(made, options):
    """A still of an animation, a video of one, an animation of a video: none tells where it came from."""
    check_all(made(), "us", "whatsapp", allow_below_floor=True, **options)


def test_nothing_of_a_cards_maker_leaves():
    """The product line of a card and the metadata of its photo stay behind."""
    data = planted.vcard()

    for outcome in renditions(data, "us"):
        assert outcome.data is not None
        assert leaks(outcome.data) == []
        assert leaks(photo_of(outcome.data)) == []


def photo_of(card: bytes) -> bytes:
    """Give the bytes of a card's photo."""
    found = re.search(rb"PHOTO[^:]*:([A-Za-z0-9+/=]+)", card)
    return base64.b64decode(found[1]) if found else b""
