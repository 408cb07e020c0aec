"""What may stand in a profile, a list of sources and a file of handset figures; editors get it as JSON Schema.

Strict: unknown keys, text where a number is meant and numbers where text is meant are errors. This module
loads pydantic, so it is imported only to check documents: users' folders when they are loaded, the shipped
ones by `mediaprep profiles check` and the tests.
"""

# ruff: noqa: RUF012 (pydantic copies a model's default lists and dicts for each instance)

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field
from pydantic.json_schema import models_json_schema

from mediaprep.profiles.figures import (
    BasisName,
    BytesFigure,
    ConfidenceName,
    CountFigure,
    Country,
    CountryList,
    Date,
    DurationEntry,
    Flag,
    NameList,
    NumberFigure,
    PositiveInt,
    RateList,
    SizeEntry,
    Sourced,
    Strict,
)
from mediaprep.profiles.sender_tables import Cells, MessageRates

Kind = Literal["image", "animation", "video", "audio", "vcard", "text", "document"]
SenderName = Literal["long_code", "toll_free", "short_code", "rcs_agent", "alphanumeric"]
Action = Literal["rejected", "recompressed", "dropped", "link", "truncated", "unknown"]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Plmn = Annotated[str, Field(pattern=r"^\d{5,6}$", description='MCC and MNC in quotes: "310410".')]
Dimensions = Annotated[str, Field(pattern=r"^\d+x\d+$")]


def _one_or_many(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


Basis = Annotated[list[BasisName], BeforeValidator(_one_or_many, json_schema_input_type=BasisName | list[BasisName])]


class IngestSizes(Sourced):
    """What the provider's API takes; never used as a target."""

    basis: Basis | None = None
    overhead: BytesFigure | None = None
    total: SizeEntry | None = None
    part: SizeEntry | None = None
    kinds: dict[Kind, SizeEntry] = {}


class Sizes(IngestSizes):
    """What reaches the phone: the whole message, one media part, one part of a kind."""

    ingest: IngestSizes | None = None


class Parts(Sourced):
    """How many media parts a message may have."""

    min: CountFigure | None = None
    max: CountFigure | None = None
    kinds: dict[Kind, CountFigure] = {}


class Types(Sourced):
    """Media types. Allowed: deliver, reencodes, passes; once `deliver` or `passes` is there, the list is whole."""

    deliver: NameList | None = None
    reencodes: NameList | None = None
    passes: NameList | None = None
    refuses: NameList | None = None
    aliases: dict[str, str] = {}


class SafeZone(Sourced):
    """What phones cover: pixels from the top and the bottom of a picture `width` pixels wide."""

    top: int = 0
    bottom: int = 0
    width: PositiveInt | None = None


class Image(Sourced):
    """Still pictures."""

    max_width: CountFigure | None = None
    max_height: CountFigure | None = None
    max_pixels: CountFigure | None = None
    max_long_edge: CountFigure | None = None
    exact_width: CountFigure | None = None
    exact_height: CountFigure | None = None
    recommended: list[Dimensions] = []
    safe_zone: SafeZone | None = None
    modes: NameList | None = None
    alpha: Literal["flatten", "allow"] | None = None
    progressive: Flag | None = None


class Animation(Sourced):
    """Pictures that move (GIF)."""

    max_width: CountFigure | None = None
    max_height: CountFigure | None = None
    max_pixels: CountFigure | None = None
    max_long_edge: CountFigure | None = None
    exact_width: CountFigure | None = None
    exact_height: CountFigure | None = None
    max_frames: CountFigure | None = None
    min_fps: NumberFigure | None = None
    max_fps: NumberFigure | None = None
    min_duration_s: NumberFigure | None = None
    max_duration_s: DurationEntry | None = None
    modes: NameList | None = None
    alpha: Literal["flatten", "allow"] | None = None
    recommended: list[Dimensions] = []
    provider_resizes: Flag | None = Field(None, description="Whether the provider makes them smaller.")


class Poster(Sourced):
    """The still that stands for a video until it plays."""

    required: Flag | None = None
    types: NameList | None = None
    max_bytes: BytesFigure | None = None
    width: CountFigure | None = None
    height: CountFigure | None = None


class Video(Sourced):
    """Moving pictures with or without sound."""

    containers: NameList | None = None
    codecs: NameList | None = None
    profiles: NameList | None = None
    max_level: NumberFigure | None = None
    b_frames: Flag | None = None
    faststart: Flag | None = None
    max_width: CountFigure | None = None
    max_height: CountFigure | None = None
    max_pixels: CountFigure | None = None
    max_long_edge: CountFigure | None = None
    min_fps: NumberFigure | None = None
    max_fps: NumberFigure | None = None
    max_frames: CountFigure | None = None
    max_bit_rate_bps: CountFigure | None = None
    min_duration_s: NumberFigure | None = None
    max_duration_s: DurationEntry | None = None
    audio_codecs: NameList | None = None
    max_audio_tracks: CountFigure | None = None
    max_channels: CountFigure | None = None
    sample_rates_hz: RateList | None = None
    poster: Poster | None = None
    recommended: list[Dimensions] = []


class Audio(Sourced):
    """Sound."""

    containers: NameList | None = None
    codecs: NameList | None = None
    mono_codecs: NameList | None = None
    max_channels: CountFigure | None = None
    sample_rates_hz: RateList | None = None
    max_bit_rate_bps: CountFigure | None = None
    min_duration_s: NumberFigure | None = None
    max_duration_s: DurationEntry | None = None


class VCard(Sourced):
    """Cards."""

    versions: NameList | None = None
    charset: str | None = None
    media_type: str | None = None


TextUnit = Literal["chars", "bytes", "euc_kr_bytes"]
"""What a length of text counts: characters, bytes in UTF-8, or bytes in EUC-KR (two a Hangul syllable)."""


class Text(Sourced):
    """The words of a message."""

    max: CountFigure | None = None
    unit: TextUnit | None = None
    charset: NameList | None = None
    unicode_max: CountFigure | None = Field(None, description="The most characters once one is outside GSM 03.38.")
    caption_max: CountFigure | None = Field(None, description="The most characters beside media.")
    on_overflow: Literal["reject", "truncate", "document"] | None = Field(
        None,
        description="What happens to longer text: it is refused, silently cut, or a file of it is a document.",
    )


class Subject(Sourced):
    """The subject line."""

    supported: Flag | None = None
    max: CountFigure | None = None
    unit: TextUnit | None = None


class View(Sourced):
    """How large a phone shows the picture, in pixels."""

    long_edge: CountFigure | None = None


class Score(Sourced):
    """Likeness on the scale of 0 to 100: warn under, refuse under, spend no bytes above."""

    warn: NumberFigure | None = None
    floor: NumberFigure | None = None
    cap: NumberFigure | None = None


class Hosting(Sourced):
    """How the provider takes media, and what it asks of the host."""

    mode: Literal["public_url", "s3", "upload", "inline_base64"] | None = None
    url_max: int | None = None
    schemes: list[str] = []
    need_content_length: bool | None = None
    need_head: bool | None = None
    fetch_timeout_s: float | None = None
    cache_s: int | None = None
    min_lifetime_s: int | None = None
    redirects: int | None = None
    filename_max: int | None = None
    filename_charset: str | None = None


class Overflow(Sourced):
    """What happens to a message that is too large."""

    action: Action = "unknown"
    code: str | None = None


class Oversize(Sourced):
    """What the provider and what the carrier do with a message that is too large."""

    provider: Overflow | None = None
    carrier: Overflow | None = None


class Availability(Sourced):
    """Whether a channel is offered; from `since` and up to `until`, to these countries and carriers alone."""

    channel: Name = "mms"
    available: bool
    countries: list[Country] = []
    carriers: list[Name] = Field([], description="The networks it reaches, and the brands on them; no others.")
    since: Date | None = None
    until: Date | None = None
    fallback: Name | None = None


class Entries(Sourced):
    """What a profile, one of its senders or one of its channels may state."""

    availability: list[Availability] = []
    sizes: Sizes | None = None
    parts: Parts | None = None
    types: Types | None = None
    image: Image | None = None
    animation: Animation | None = None
    video: Video | None = None
    audio: Audio | None = None
    vcard: VCard | None = None
    text: Text | None = None
    subject: Subject | None = None
    view: View | None = None
    score: Score | None = None
    hosting: Hosting | None = None
    oversize: Oversize | None = None


class Overlay(Entries):
    """Entries for one channel, which senders may change once more."""

    senders: dict[SenderName, Entries] = {}


class Profile(Overlay):
    """One document about a carrier, region, provider or channel."""

    schema_: Literal["mediaprep.profile/1"] = Field(alias="schema")
    name: Name
    role: Literal["carrier", "region", "provider", "channel"]
    title: str
    status: Literal["stable", "experimental"] = "stable"
    countries: CountryList | None = None
    regions: list[Name] = []
    extends: Name | None = None
    aliases: list[str] = []
    plmns: list[Plmn] = []
    channels: list[Name] = []
    fallback: Name | None = None
    merged_into: Name | None = None
    valid_from: Date | None = Field(None, description="The first day on which it holds.")
    valid_until: Date | None = Field(None, description="The last day on which it holds; from the next on it warns.")
    registration: dict[SenderName, str] = {}
    per_channel: dict[Name, Overlay] = {}
    carriers: dict[Name, Cells] = {}
    messages_per_s: dict[Literal["mms", "sms", "rcs"], MessageRates] = {}
    notes: str | None = None


class Source(Strict):
    """Where figures come from."""

    title: str
    url: str | None = None
    seen: Date
    confidence: ConfidenceName
    version: str | None = None
    note: str | None = None


class Sources(Strict):
    """The file sources.yaml."""

    schema_: Literal["mediaprep.sources/1"] = Field(alias="schema")
    sources: dict[str, Source]


class HandsetRow(Strict):
    """What one source says that phones of one carrier may send on one PLMN."""

    carrier: Name | None = None
    name: str | None = None
    mms: bool | None = None
    max_message_bytes: PositiveInt | None = None
    width: PositiveInt | None = None
    height: PositiveInt | None = None
    source: str
    seen: Date


class Handsets(Strict):
    """The file handsets/MCC.yaml."""

    schema_: Literal["mediaprep.handsets/1"] = Field(alias="schema")
    mcc: Annotated[str, Field(pattern=r"^\d{3}$")]
    plmns: dict[Plmn, list[HandsetRow]]


MODELS: dict[str, type[BaseModel]] = {
    "mediaprep.profile/1": Profile,
    "mediaprep.sources/1": Sources,
    "mediaprep.handsets/1": Handsets,
}
"""The model of each document by the value of its `schema` key."""


def json_schema() -> str:
    """Give the JSON Schema (draft 2020-12) of all three sorts of document, as the text of schema.json."""
    refs, definitions = models_json_schema([(model, "validation") for model in MODELS.values()], by_alias=True)
    branches = [
        {"if": {"properties": {"schema": {"const": name}}}, "then": refs[model, "validation"]}
        for name, model in MODELS.items()
    ]
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "mediaprep carrier profiles",
        "type": "object",
        "required": ["schema"],
        "properties": {"schema": {"enum": list(MODELS)}},
        "allOf": branches,
        "$defs": _stated(definitions["$defs"]),
    }
    return json.dumps(schema, indent=1, sort_keys=True) + "\n"


def _stated(node: Any) -> Any:
    """Leave null out, which a model has only for keys that are not there: a key without a value is a fault."""
    if isinstance(node, list):
        return [_stated(inner) for inner in node if inner != {"type": "null"}]
    if isinstance(node, dict):
        return {key: _stated(inner) for key, inner in node.items() if not (key == "default" and inner is None)}
    return node
