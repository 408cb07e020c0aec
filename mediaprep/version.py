"""The one place from which code reads our version: asking the package metadata costs as much as starting click."""

VERSION = "0.1.0"
"""The same as in pyproject.toml (a test compares them)."""
