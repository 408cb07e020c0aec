"""Whether the recipients' countries get such messages: one line of the checklist for each country."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from mediaprep.errors import MediaprepError
from mediaprep.limits import Route
from mediaprep.message import Item

COUNTRY_CODES = "E.164 country codes (ITU-T), as phonenumbers reads them"


def reach(numbers: Sequence[str], region_of: Callable[[str], str], resolve: Callable[[str], Route]) -> Iterator[Item]:
    """Judge each recipient's country by its region's profile; ``region_of`` raises UsageError for what is no number."""
    regions: Counter[str] = Counter()
    for number in numbers:
        try:
            regions[region_of(number)] += 1
        except MediaprepError as error:
            yield Item(name="recipients", state="problem", why=str(error), source=COUNTRY_CODES)
    for region, count in regions.most_common():
        who = f"{count:,} recipient{'' if count == 1 else 's'} in {region}"
        try:
            route = resolve(region)
        except MediaprepError as error:
            yield Item(name="recipients", state="problem", why=f"{who}: {error}", source=f"profile {region}")
            continue
        if route.unavailable is not None and not route.available:
            found = route.unavailable
            yield Item(name="recipients", state="problem", why=f"{who}: {found.message}", source=found.source)
        elif region == "intl":
            why = f"{who}, countries without a profile: ask the provider whether MMS reaches them"
            yield Item(name="recipients", state="ask", why=why, source=f"profile {region}")
        else:
            yield Item(
                name="recipients", state="ok", why=f"{who}: {route.channel} is offered", source=f"profile {region}"
            )
