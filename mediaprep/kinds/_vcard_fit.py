"""A card opened for fitting: said in vCard 3.0 once, then put together for each set of limits."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import ModuleType

from mediaprep.closing import Closing
from mediaprep.errors import AssetError
from mediaprep.kinds import Choice, Encoded, Fitted, Inner, Step
from mediaprep.kinds import _vcard_v21 as version_2
from mediaprep.kinds import _vcard_write as version_3
from mediaprep.kinds._vcard_lines import Card, Cards, read_cards
from mediaprep.kinds._vcard_photo import MOST_BYTES, is_ready, photo_limits, square
from mediaprep.kinds._vcard_v3 import Property, in_version_3, photo_link
from mediaprep.kinds._vcard_values import Line, embedded, known_codec
from mediaprep.limits import Limits
from mediaprep.model import Finding, MediaInfo, finding
from mediaprep.options import Bounds, FitOptions
from mediaprep.storage import Source
from mediaprep.units import format_size
from mediaprep.workdir import private_folder, remove

VERSION = "3.0"
"""Written wherever it is taken: Android's message app reads no 4.0, iOS shows no photo in it, both read 3.0."""

OLD_VERSION = "2.1"
"""Written for routes that take nothing newer."""

_SAFE_START = b"BEGIN:VCARD\r\nVERSION:3.0\r\n"
_OTHER_END = re.compile(rb"(?<!\r)\n|\r(?!\n)")
_MOST_REMARKS = 12


class CardSession(Closing):
    """Owns what is known of one card until closed."""

    def __init__(self, source: Source, info: MediaInfo, options: FitOptions, bounds: Bounds) -> None:
        """Remember what to open; nothing is read yet."""
        self.source = source
        self.info = info
        self.options = options
        self.bounds = bounds
        self._folder: Path | None = None

    def close(self) -> None:
        """Let go of temporary files."""
        if self._folder is not None:
            remove(self._folder)
            self._folder = None

    @cached_property
    def data(self) -> bytes:
        """The file as it is."""
        return self.source.read()

    @cached_property
    def found(self) -> Cards:
        """Its cards."""
        return read_cards(self.data)

    @cached_property
    def _told(self) -> tuple[tuple[Property, ...], tuple[str, ...], bytes | None, bool]:
        """The card in vCard 3.0: properties, remarks, its photo's bytes, and whether those may stay as they are."""
        said = in_version_3(self.found.cards[0])
        properties, remarks = list(said.properties), list(said.remarks)
        odd = [each for each in properties if _legible(each) != each]
        if odd:
            properties = [_legible(each) for each in properties]
            names = ", ".join(sorted({_legible(each).name for each in odd}))
            remarks.append(f"letters of {names} are in an unknown character set; each became \ufffd")
        photo, links = self._photo(said.photos, remarks)
        if photo is None:
            properties += map(photo_link, links)
        else:
            # phones take the first PHOTO for the picture, and follow no link
            remarks += [f"line {line.number}: a link to a photo is left out beside the embedded one" for line in links]
        return tuple(properties), tuple(remarks), photo, photo is not None and is_ready(photo)

    def _photo(self, lines: Iterable[Line], remarks: list[str]) -> tuple[bytes | None, list[Line]]:
        """Give the first photo that a card carries, square, and the lines that only link to one; remark the rest."""
        photo: bytes | None = None
        links: list[Line] = []
        for line in lines:
            if not line.value.strip():
                continue
            if _is_link(line):
                links.append(line)
                continue
            if photo is not None:
                remarks.append(f"line {line.number}: a card carries one photo; this extra one is left out")
                continue
            try:
                photo, padded = square(line, self._private(), self.bounds)
            except AssetError as error:
                remarks.append(f"the photo is left out: {error.message}")
                continue
            if padded:
                remarks.append(f"line {line.number}: the photo was set on a white square, which is how phones show it")
        return photo, links

    def _private(self) -> Path:
        if self._folder is None:
            self._folder = private_folder("card")
        return self._folder

    def is_safe(self) -> bool:
        """Say whether the file is already what would be written, but for the order and folding of its lines."""
        if self.found.problems or len(self.found.cards) != 1 or not self.data.startswith(_SAFE_START):
            return False
        return not _OTHER_END.search(self.data) and _is_utf8(self.data) and self._is_plain()

    def is_safe_old(self) -> bool:
        """Say whether the file may go out as it is where nothing newer than 2.1 is read."""
        card = self.found.cards[0]
        if self.found.problems or len(self.found.cards) != 1 or card.version != OLD_VERSION:
            return False
        if card.every("PRODID") or card.every("AGENT"):  # Android's parser gives up at AGENT
            return False
        if not all(known_codec(name) for line in card.lines for name in line.param("CHARSET")):
            return False
        photos = [line for line in card.every("PHOTO") if line.value.strip()]
        try:
            ready = all((found := embedded(line)) is not None and is_ready(found[0]) for line in photos)
        except ValueError:
            return False
        return ready and len(photos) < 2 and self.data.isascii() and bool(card.value("N").strip(" ;"))

    def _is_plain(self) -> bool:
        card = self.found.cards[0]
        if not all(card.value(name).strip(" ;") for name in ("N", "FN")):
            return False
        if card.every("PRODID"):
            return False
        if any(line.group or line.param("CHARSET") or line.encoding == "quoted-printable" for line in card.lines):
            return False
        photos = [line for line in card.every("PHOTO") if line.value.strip()]
        return not photos or (len(photos) == 1 and _photo_is_safe(card, self.data))

    def inner(self, limits: Limits) -> tuple[Inner, ...]:
        """Give the photo, unless there is none, it may stay as it is, or nothing of it would fit."""
        _, _, photo, ready = self._told
        if photo is None:
            return ()
        room = _room(limits, self._within(limits)[1])
        if (ready and len(photo) <= room) or room == 0:
            return ()
        return (Inner(name=f"the photo in {self.source.name}", data=photo, limits=photo_limits(limits, room, photo)),)

    def assembled(self, limits: Limits, fitted: tuple[Fitted, ...]) -> Choice:
        """Put the card together with its photo, as far as there is room; name everything that is left out."""
        if not set(limits.vcard_versions or (VERSION,)) & {VERSION, OLD_VERSION}:
            written = f"{VERSION} and {OLD_VERSION}"
            text = f"cards are written in versions {written}; this route takes {', '.join(limits.vcard_versions)}"
            return Choice(encoded=None, violations=(finding("vcard_version", text, remedy="Choose another route."),))
        _, remarks, photo, ready = self._told
        kept, bare, left_out = self._within(limits)
        remarks = (*remarks, *left_out)
        score: float | None = None
        if fitted:
            photo = fitted[0].data
            score = fitted[0].score if photo is not None else None
            if photo is None:
                remarks = (*remarks, f"the photo is left out: {fitted[0].why}")
        elif photo is not None and not (ready and len(photo) <= _room(limits, bare)):
            photo = None
            remarks = (*remarks, "the photo is left out: the card alone takes all bytes that this route allows")
        data = card_bytes(kept, photo, limits)
        step = Step(encoder="vcard", media_type=limits.vcard_media_type, quality=100.0, suffix="vcf")
        encoded = Encoded(step=step, size_bytes=len(data), data=data, score=score)
        if limits.limit_bytes is not None and len(data) > limits.limit_bytes:
            return Choice(encoded=None, nearest=encoded, warnings=_findings(remarks))
        return Choice(encoded=encoded, warnings=_findings(remarks))

    def _within(self, limits: Limits) -> tuple[tuple[Property, ...], int, tuple[str, ...]]:
        """Give the properties that there is room for, their size as a card, and what was left out."""
        kept, left_out = self._told[0], []
        size = len(card_bytes(kept, None, limits))
        while limits.limit_bytes is not None and size > limits.limit_bytes:
            bulky = [each for each in kept if each.bulky]
            if not bulky:
                break
            largest = max(bulky, key=lambda each: len(each.value))
            kept = tuple(each for each in kept if each is not largest)
            left_out.append(f"{largest.name} ({format_size(len(largest.value))} of base64) is left out: no room for it")
            size = len(card_bytes(kept, None, limits))
        return kept, size, tuple(left_out)


def _legible(each: Property) -> Property:
    """Put the replacement character for bytes that no character set explained."""
    params = tuple((_plain(name), tuple(_plain(value) for value in values)) for name, values in each.params)
    return replace(each, name=_plain(each.name), value=_plain(each.value), params=params)


def _plain(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _room(limits: Limits, card_size_bytes: int) -> int:
    most = min((each for each in (limits.target_bytes, limits.limit_bytes) if each is not None), default=None)
    return MOST_BYTES if most is None else _writer(limits).photo_room(card_size_bytes, most)


def card_bytes(properties: tuple[Property, ...], photo: bytes | None, limits: Limits) -> bytes:
    """Write a card in the version that the limits take. Raises AssetError where it would not say the same."""
    data: bytes = _writer(limits).card_bytes(properties, photo)
    return data


def _writer(limits: Limits) -> ModuleType:
    return version_2 if limits.vcard_versions and VERSION not in limits.vcard_versions else version_3


def _photo_is_safe(card: Card, data: bytes) -> bool:
    """Say whether the one photo is a ready JPEG, on one line, with an empty line behind it."""
    line = next(line for line in card.every("PHOTO") if line.value.strip())
    try:
        found = embedded(line)
    except ValueError:
        return False
    if found is None:
        return True
    on_one_line = line.raw.encode("utf-8", "surrogateescape") + b"\r\n\r\n" in data
    return on_one_line and line.types == ("jpeg",) and is_ready(found[0])


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _findings(remarks: tuple[str, ...]) -> tuple[Finding, ...]:
    shown = list(remarks[:_MOST_REMARKS])
    if len(remarks) > _MOST_REMARKS:
        shown.append(f"and {len(remarks) - _MOST_REMARKS} more: " + "; ".join(remarks[_MOST_REMARKS:]))
    return tuple(finding("vcard_text", text, remedy="Nothing, if the card may go out like this.") for text in shown)


def _is_link(line: Line) -> bool:
    """Say whether a PHOTO holds no picture but where one is."""
    try:
        held = embedded(line)
    except ValueError:
        return False  # said again, with its line, by ``square``
    return held is None and re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", line.value.strip()) is not None
