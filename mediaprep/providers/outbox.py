"""The outbox: no account, no network. A message becomes a file in a folder, by the same way as any other provider."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mediaprep.providers import (
    Account,
    MediaMode,
    Notice,
    Outgoing,
    Provider,
    Receipt,
    Request,
    Response,
    Setting,
    State,
)
from mediaprep.providers._defaults import NoLookup
from mediaprep.providers._signed import unreadable
from mediaprep.wire import mime

FOLDER = "MEDIAPREP_OUTBOX"
MESSAGE_NAME = "message.mime"


class Outbox(NoLookup):
    """Writes ``<folder>/<our id>/message.mime``; whoever sends puts parts, request and receipt beside it."""

    name = "outbox"
    title = "Outbox (a folder)"
    media_mode: MediaMode = "inline"
    max_media = 1000
    sender_ids = ""
    capabilities = frozenset({"mms", "rcs", "sms", "subject", "dry_run"})
    settings: tuple[Setting, ...] = (
        Setting(variable=FOLDER, meaning="the folder that messages go to", default="outbox", needed=False),
    )
    receipt_secret: Setting | None = None

    def request(self, message: Outgoing, account: Account) -> Request:
        """Write the message as MIME; a message without parts is its text alone."""
        folder = Path(account[FOLDER] or "outbox").absolute() / message.our_id
        body = message.text.encode("utf-8") if message.envelope is None else mime.write(message.envelope).data
        return Request(method="PUT", url=(folder / MESSAGE_NAME).as_uri(), body=body)

    def credentials(self, request: Request, account: Account, now_s: float) -> Mapping[str, str]:
        """Need none."""
        return {}

    def answer(self, response: Response) -> Receipt:
        """Take a written file for an accepted message."""
        return Receipt(state=State.ACCEPTED if response.status == 201 else State.UNKNOWN, provider_id="written")

    def parse_receipt(self, headers: Mapping[str, str], body: bytes, *, url: str, secret: str) -> tuple[Notice, ...]:
        """Send no receipts."""
        unreadable(self.name, "it sends none")


PROVIDER: Provider = Outbox()
