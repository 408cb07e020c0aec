"""A real headless Chromium for the tests of pages, and axe-core to judge them; both are installed by .ci/run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
AXE_VARIABLE = "AXE_CORE"
"""Names axe.min.js, where it is not in node_modules of this project."""


def chromium() -> str | None:
    """Give the system's Chromium."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def axe() -> Path | None:
    """Give axe-core's script (``npm install --no-save axe-core``)."""
    named = os.environ.get(AXE_VARIABLE)
    path = Path(named) if named else ROOT / "node_modules" / "axe-core" / "axe.min.js"
    return path if path.is_file() else None


@contextmanager
def browser() -> Iterator[Any]:
    """Start Chromium; it may reach nothing but files."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        arguments = ["--no-sandbox", "--disable-dev-shm-usage"]
        running = play.chromium.launch(executable_path=chromium(), args=arguments)
        try:
            yield running
        finally:
            running.close()
