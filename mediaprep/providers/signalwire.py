"""SignalWire's compatible API: Twilio's shape at the address of one's own space."""

from __future__ import annotations

from mediaprep.providers import Provider
from mediaprep.providers._form_api import FormApi

PROVIDER: Provider = FormApi("signalwire", "SignalWire", "SIGNALWIRE", None, frozenset())
