"""Twilio's Messages API. With a Messaging Service as sender, RCS falls back by itself (``FallbackFrom``)."""

from __future__ import annotations

from mediaprep.providers import Provider
from mediaprep.providers._form_api import FormApi

PROVIDER: Provider = FormApi(
    "twilio", "Twilio", "TWILIO", "https://api.twilio.com", frozenset({"rcs", "rcs_fallback"})
)  # fmt: skip
