"""Messages to send, and a folder to send them from."""

import pytest
from accounts import environment
from answers import QUICK
from command_line import jpeg

import mediaprep
from mediaprep import SendOptions

PICTURE = jpeg(width=64, height=48, quality=60)

MESSAGE = """
text: "Summer sale. Reply STOP to opt out."
subject: Summer
parts: [{path: dish.jpg}]
fallback: {link: "https://shop.example/sale"}
"""

TO = "+14155550123"
FROM = "+14155550100"


@pytest.fixture
def message(tmp_path, monkeypatch):
    """A message of one small picture, in the folder that we work in; the journal stays there, too."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MEDIAPREP_JOURNAL", str(tmp_path / "live.sqlite3"))
    (tmp_path / "dish.jpg").write_bytes(PICTURE)
    path = tmp_path / "message.yaml"
    path.write_text(MESSAGE)
    return path


@pytest.fixture
def live(message, httpserver, monkeypatch, tmp_path, profiles):
    """Send for real, to a server on loopback; what is no argument of ``send`` itself is one of its options."""
    monkeypatch.setenv("MEDIAPREP_HOST_FOLDER", str(tmp_path / "www"))
    monkeypatch.setenv("MEDIAPREP_HOST_URL", "https://cdn.example/mms")

    def call(via="twilio", sender_of=FROM, *, live=True, on=None, again=False, fit_options=None, **how):
        for name, value in environment(via, httpserver.url_for("")[:-1]).items():
            monkeypatch.setenv(name, value)
        host = {"host": "directory"} if via != "mm7" else {}
        return mediaprep.send(
            message, TO, sender_of, via, SendOptions(**{"patience": QUICK, **host, **how}), live=live, on=on,
            again=again, fit_options=fit_options, isolation="none", profiles=profiles,
        )  # fmt: skip

    return call
