"""The smallest pieces of a profile: a figure with its origin, a size, a list. Short forms are widened here."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

ConfidenceName = Literal["sdk", "doc", "own", "aggregator", "device", "third_party", "memory", "derived"]
BasisName = Literal["binary", "base64", "base64_lines", "base64_characters", "payload"]

_DATE = r"^\d{4}(-\d{2}(-\d{2})?)?$"
Date = Annotated[str, Field(pattern=_DATE, description="YYYY, YYYY-MM or YYYY-MM-DD, as text.")]


class Strict(BaseModel):
    """A mapping with known keys only."""

    model_config = ConfigDict(extra="forbid", frozen=True, title=None)


class Sourced(Strict):
    """Anything that may say where its figures come from; what it encloses inherits it."""

    source: str | list[str] | None = Field(
        None, description="Key of sources.yaml, `own` or `derived`; the first rules."
    )
    seen: Date | None = Field(None, description="The date for which the figure is known, if not the source's own.")
    confidence: ConfidenceName | None = None
    note: str | None = None


class ConflictEntry(Strict):
    """What another source says, in the unit of the figure."""

    value: int | float | str | bool | list[str]
    source: str
    seen: Date | None = None
    note: str | None = None


class Figure(Sourced):
    """One number with its origin."""

    published: str | None = Field(None, description="The figure as it is printed: 600 KB.")
    version: str | None = None
    review_after: Date | None = None
    basis: BasisName | None = Field(None, description="What this figure counts, if not what `sizes.basis` says.")
    conflicts: list[ConflictEntry] = []


PositiveInt = Annotated[int, Field(gt=0)]
PositiveFloat = Annotated[float, Field(gt=0)]


class WholeFigure(Figure):
    """A whole number with its origin: bytes, pixels, pieces."""

    value: PositiveInt


class DecimalFigure(Figure):
    """A number with its origin: seconds, rates, levels."""

    value: PositiveFloat


class FlagFigure(Figure):
    """Yes or no with its origin."""

    value: bool


def _figure(value: Any) -> Any:
    return value if isinstance(value, dict) else {"value": value}


def _size(value: Any) -> Any:
    return value if isinstance(value, dict) and "value" not in value else {"hard": value}


def _values(value: Any) -> Any:
    return {"values": value} if isinstance(value, list) else value


BytesFigure = Annotated[WholeFigure, BeforeValidator(_figure, json_schema_input_type=PositiveInt | WholeFigure)]
CountFigure = BytesFigure
NumberFigure = Annotated[DecimalFigure, BeforeValidator(_figure, json_schema_input_type=PositiveFloat | DecimalFigure)]


Flag = Annotated[FlagFigure, BeforeValidator(_figure, json_schema_input_type=bool | FlagFigure)]


Country = Annotated[str, Field(pattern=r"^[a-z]{2}$", description="ISO 3166-1, two small letters.")]


class Size(Sourced):
    """The most that passes (`hard`) and what to aim at (`target`), in whole bytes."""

    hard: BytesFigure | None = None
    target: BytesFigure | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.hard is not None and self.target is not None and self.target.value > self.hard.value:
            raise ValueError(f"the target, {self.target.value}, is above the hard limit, {self.hard.value}")
        return self


class Countries(Sourced):
    """A list of countries with its origin."""

    values: list[Country]


class PlacedSize(Size):
    """A size that may hold in some countries alone; elsewhere the more general one stands."""

    countries: list[Country] = Field([], description="Where it holds, if not everywhere the profile does.")
    except_countries: list[Country] = Field([], description="Where it does not hold, if nearly everywhere.")


class Duration(Sourced):
    """The longest that passes and what to aim at, in seconds."""

    hard: NumberFigure | None = None
    target: NumberFigure | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.hard is not None and self.target is not None and self.target.value > self.hard.value:
            raise ValueError(f"the target, {self.target.value}, is above the hard limit, {self.hard.value}")
        return self


class Names(Sourced):
    """A list of names with its origin, preferred first."""

    values: list[str] = Field(min_length=1)
    conflicts: list[ConflictEntry] = []


class Rates(Sourced):
    """A list of whole numbers with its origin."""

    values: list[PositiveInt] = Field(min_length=1)
    conflicts: list[ConflictEntry] = []


SizeEntry = Annotated[PlacedSize, BeforeValidator(_size, json_schema_input_type=PositiveInt | WholeFigure | PlacedSize)]
CellEntry = Annotated[Size, BeforeValidator(_size, json_schema_input_type=PositiveInt | WholeFigure | Size)]
DurationEntry = Annotated[
    Duration, BeforeValidator(_size, json_schema_input_type=PositiveFloat | DecimalFigure | Duration)
]
NameList = Annotated[Names, BeforeValidator(_values, json_schema_input_type=list[str] | Names)]
CountryList = Annotated[Countries, BeforeValidator(_values, json_schema_input_type=list[Country] | Countries)]
RateList = Annotated[Rates, BeforeValidator(_values, json_schema_input_type=list[PositiveInt] | Rates)]
