"""mediaprep: pre-flight media for MMS and richer channels, and fit it to what carriers deliver."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mediaprep import receipts
    from mediaprep.api import Fitter, check, fit, fit_batch, fit_many, fit_message, fit_messages, route, run
    from mediaprep.errors import (
        AssetError,
        MediaprepError,
        ProfileError,
        RouteError,
        ToolError,
        UsageError,
        VerdictError,
    )
    from mediaprep.job import Job
    from mediaprep.limits import Limits, Route
    from mediaprep.model import Outcome, Verdict
    from mediaprep.options import Bounds, FitOptions
    from mediaprep.sender import Sender, send, settle
    from mediaprep.sending.options import SendOptions

__all__ = [
    "AssetError",
    "Bounds",
    "FitOptions",
    "Fitter",
    "Job",
    "Limits",
    "MediaprepError",
    "Outcome",
    "ProfileError",
    "Route",
    "RouteError",
    "SendOptions",
    "Sender",
    "ToolError",
    "UsageError",
    "Verdict",
    "VerdictError",
    "check",
    "fit",
    "fit_batch",
    "fit_many",
    "fit_message",
    "fit_messages",
    "receipts",
    "route",
    "run",
    "send",
    "settle",
]

_HOMES = {
    "mediaprep.api": ("Fitter", "check", "fit", "fit_batch", "fit_many", "fit_message", "fit_messages", "route", "run"),
    "mediaprep.errors": (
        "AssetError", "MediaprepError", "ProfileError", "RouteError", "ToolError", "UsageError", "VerdictError",
    ),
    "mediaprep.job": ("Job",),
    "mediaprep.limits": ("Limits", "Route"),
    "mediaprep.model": ("Outcome", "Verdict"),
    "mediaprep.options": ("Bounds", "FitOptions"),
    "mediaprep.sender": ("Sender", "send", "settle"),
    "mediaprep.sending.options": ("SendOptions",),
}  # fmt: skip


_MODULES = ("receipts",)


def __dir__() -> list[str]:
    """List the public names, of which most are not loaded yet."""
    return sorted({*globals(), *__all__})


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used, so that ``import mediaprep`` stays cheap."""
    from importlib import import_module

    if name in _MODULES:
        return import_module(f"mediaprep.{name}")
    for home, members in _HOMES.items():
        if name in members:
            value = getattr(import_module(home), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module 'mediaprep' has no attribute {name!r}")
