"""Messages to send, and a folder to send them from."""

import pytest
from command_line import jpeg

from mediaprep.profiles.load import Profiles

PICTURE = jpeg(width=64, height=48, quality=60)

MESSAGE = """
text: "Summer sale. Reply STOP to opt out."
subject: Summer
parts: [{path: dish.jpg}]
fallback: {link: "https://shop.example/sale"}
"""

TO = "+14155550123"
FROM = "+14155550100"


@pytest.fixture(scope="session")
def profiles():
    """The shipped profiles, read once."""
    return Profiles.load()


@pytest.fixture
def message(tmp_path, monkeypatch):
    """A message of one small picture, in the folder that we work in; the journal stays there, too."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MEDIAPREP_JOURNAL", str(tmp_path / "live.sqlite3"))
    (tmp_path / "dish.jpg").write_bytes(PICTURE)
    path = tmp_path / "message.yaml"
    path.write_text(MESSAGE)
    return path
