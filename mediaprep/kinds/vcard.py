"""Contact cards: vCard 2.1, 3.0 and 4.0 as phones and desktops write them.

Cards are read here and written by vobject (``_vcard_write``), which stays out of the check. Its pattern for
a line takes time exponential in the parameters of a line that it cannot parse (0.9.9: 20 parameters 0.35 s,
each one more doubles it), and it stops at the first odd line, which 7 of 90 real files from phones and
desktops have. The tests hold our reader against it.
"""

from __future__ import annotations

from typing import Protocol

from mediaprep.charsets import utf_16
from mediaprep.errors import AssetError
from mediaprep.formats import Format
from mediaprep.kinds import Choice, Fitted, HoldingKind, Inner, Kept, QuotingKind, SplittingKind
from mediaprep.kinds._vcard_fit import VERSION, CardSession
from mediaprep.kinds._vcard_lines import Card, Cards, read_cards, split_cards
from mediaprep.kinds._vcard_values import Line, embedded
from mediaprep.limits import Limits
from mediaprep.model import KindName, MediaInfo, Treatment
from mediaprep.options import Bounds, FitOptions
from mediaprep.storage import Source
from mediaprep.units import format_size

VERSIONS = ("2.1", "3.0", "4.0")

_MOST_REMARKS = 8
"""Findings shown for one file; the rest are counted. A broken address book has thousands."""

_SNIFFED = 4_096
_PICTURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
)


_SPOKEN = ("FN", "ORG", "TITLE", "TEL", "EMAIL", "URL")
"""What an excerpt shows."""


def _is_card(head: bytes) -> bool:
    """Match BEGIN:VCARD behind a byte order mark and blank lines, or a card that lost that line."""
    start = head[:_SNIFFED]
    wide = utf_16(start)
    text = start.decode(wide or "latin-1", "replace").removeprefix("\ufeff").removeprefix("\xef\xbb\xbf")
    first, _, rest = text.lstrip().partition("\n")
    line = "".join(first.split()).upper()
    if line.startswith("BEGIN:VCARD"):
        return True
    return line.removeprefix("VERSION:") in VERSIONS and any(mark in rest.upper() for mark in ("\nN", "\nFN", "\nTEL"))


class VCard:
    """The kind of contact cards."""

    name: KindName = KindName.VCARD
    rank: int = 50
    formats: tuple[Format, ...] = (
        Format(name="vcard", media_type="text/x-vcard", suffix="vcf", match=_is_card, suffixes=("vcf", "vcard"),
               aliases=("text/vcard", "text/directory")),
    )  # fmt: skip

    def claims(self, source: Source, form: Format) -> bool:
        """Take every file that begins as a card."""
        return True

    def probe(self, source: Source, form: Format, bounds: Bounds) -> MediaInfo:
        """Read all cards; raises AssetError where one has no end or says nothing."""
        if source.size_bytes > bounds.max_text_bytes:
            raise AssetError(
                "text_bound",
                f"{source.name} has {format_size(source.size_bytes)}; the bound on vCard files is "
                f"{format_size(bounds.max_text_bytes)}",
                allowed=bounds.max_text_bytes,
                actual=source.size_bytes,
            )
        found = read_cards(source.read(), max_depth=bounds.max_nesting)
        _refuse_broken(source, found)
        photos = [(line, _photo_type(line)) for card in found.cards for line in card.every("PHOTO")]
        return MediaInfo(
            kind=KindName.VCARD,
            media_type=form.media_type,
            suffix=form.suffix,
            size_bytes=source.size_bytes,
            charset=found.charset,
            cards=len(found.cards),
            vcard_versions=tuple(dict.fromkeys(card.version for card in found.cards if card.version)),
            photo_types=tuple(dict.fromkeys(kind for _, kind in photos if kind)),
            remarks=_remarks(found, photos),
        )

    def confirm(self, source: Source, info: MediaInfo, bounds: Bounds) -> MediaInfo:
        """Add nothing: the probe has read every line."""
        return info

    def excerpt(self, source: Source, info: MediaInfo) -> str:
        """Give the lines of the first card that people read."""
        card = read_cards(source.read()).cards[0]
        spoken = [line.value for name in _SPOKEN for line in card.every(name)][:8]
        return "\n".join(_plain(value) for value in spoken if value.strip())

    def split(self, source: Source) -> tuple[bytes, ...]:
        """Cut a file into its cards, each with its lines as they are."""
        return split_cards(source.read())

    def open(self, source: Source, info: MediaInfo, options: FitOptions, bounds: Bounds) -> CardSession:
        """Open a file of one card for fitting."""
        return CardSession(source, info, options, bounds)

    def keep(self, session: CardSession, limits: Limits) -> Kept | None:
        """Give the same bytes where every phone of the route takes them as they are."""
        old = bool(limits.vcard_versions) and VERSION not in limits.vcard_versions
        if not (session.is_safe() or (old and session.is_safe_old())):
            return None
        return Kept(
            treatment=Treatment.PASSTHROUGH, media_type=limits.vcard_media_type, suffix="vcf", data=session.data
        )

    def embedded(self, session: CardSession, limits: Limits) -> tuple[Inner, ...]:
        """Give the photo with the limits that hold for it inside this card."""
        inner: tuple[Inner, ...] = session.inner(limits)
        return inner

    def assemble(self, session: CardSession, limits: Limits, fitted: tuple[Fitted, ...]) -> Choice:
        """Write the card as vCard 3.0, with the photo as it was fitted."""
        choice: Choice = session.assembled(limits, fitted)
        return choice


def _refuse_broken(source: Source, found: Cards) -> None:
    if not found.cards:
        raise AssetError("unreadable", f"{source.name} holds the lines of a card, but its BEGIN:VCARD is missing")
    for card in found.cards:
        if not card.ended:
            raise AssetError("truncated", f"{source.name}: the card that begins in line {card.number} has no END:VCARD")
        if not any(line.value.strip() for line in card.lines if line.name != "VERSION"):
            raise AssetError("unreadable", f"{source.name}: the card that begins in line {card.number} says nothing")


def _remarks(found: Cards, photos: list[tuple[Line, str | None]]) -> tuple[tuple[str, str], ...]:
    remarks = [remark for card in found.cards for remark in _missing(card)]
    remarks += [("vcard_text", text) for line, kind in photos if (text := _photo_remark(line, kind))]
    remarks += [("vcard_text", f"line {number}: {text}") for number, text in found.problems]
    more = len(remarks) - _MOST_REMARKS
    if more > 0:
        remarks[_MOST_REMARKS:] = [("vcard_text", f"and {more} more findings like these")]
    return tuple(remarks)


def _missing(card: Card) -> list[tuple[str, str]]:
    """Name what phones insist on and the card lacks; vCard 2.1 does without FN, 4.0 without N."""
    where = f"the card that begins in line {card.number}"
    version = card.version
    wanted = {"2.1": ("N",), "4.0": ("FN",)}.get(version or "", ("N", "FN"))
    # N:;;;; is present and empty: phones then show no name
    names = [name for name in wanted if not card.value(name).strip(" ;")]
    if version is None:
        names.insert(0, "VERSION")
    remarks = [("vcard_incomplete", f"{where} has no {' and no '.join(names)}")] if names else []
    if version is not None and version not in VERSIONS:
        remarks.append(("vcard_text", f"{where} states version {version!r}, which does not exist"))
    return remarks


def _plain(value: str) -> str:
    """Write a value as people read it: without escapes, its parts after commas."""
    for escaped, meant in (("\\n", ", "), ("\\,", ","), ("\\;", ";"), (";", ", ")):
        value = value.replace(escaped, meant)
    return value.strip(" ,")[:80]


def _photo_type(line: Line) -> str | None:
    """Give the media type of a photo by its bytes, ``uri`` for a link, None for what is damaged or unknown."""
    try:
        found = embedded(line)
    except ValueError:
        return None
    if found is None:
        return "uri" if ":" in line.value else None
    data = found[0]
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for signature, kind in _PICTURES if data.startswith(signature)), None)


def _photo_remark(line: Line, kind: str | None) -> str | None:
    if kind == "image/jpeg" or not line.value.strip():
        return None
    if kind == "uri":
        return f"line {line.number}: the photo is a link, which phones do not follow"
    if kind is None:
        return f"line {line.number}: the photo is damaged or not a picture"
    return f"line {line.number}: the photo is {kind}; every phone shows JPEG, not every phone that"


class _Offered(HoldingKind[CardSession], QuotingKind, SplittingKind, Protocol):
    """All that this kind is asked for."""


KIND: _Offered = VCard()
