"""What a provider's profile says that each sender type must be registered for."""

from __future__ import annotations

from collections.abc import Mapping

from mediaprep.profiles.compose import stated
from mediaprep.profiles.load import Profiles


def registration(provider: str | None, profiles: Profiles | None = None) -> Mapping[str, str]:
    """Give sender type to what it needs; nothing where no provider is named or its profile states nothing."""
    return stated(profiles or Profiles.load(), provider, "registration")
