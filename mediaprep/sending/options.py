"""How a message is sent, as ``FitOptions`` says how its media are fitted: one frozen value for callers and the CLI."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

from mediaprep.errors import UsageError
from mediaprep.sending.once import Patience

OUTBOX = "outbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class SendOptions:
    """Everything a caller may ask of one sending. Raises UsageError for values that make no sense."""

    sender_type: str | None = None
    """The type of the sender's number (``toll_free`` …); None takes the message's own."""
    host: str | None = None
    """Where media are put for the provider to fetch; None where it has a store of its own."""
    outbox: str | Path = OUTBOX
    """The folder that a message goes to which is not sent for real."""
    journal: str | Path | None = None
    """The file that holds what was sent to whom; None takes this user's own, or one in the outbox."""
    callback_url: str | None = None
    """Where the provider's receipts go."""
    fallback: bool = True
    """Whether what a channel does not carry goes out on the next one."""
    fallback_sender: str | None = None
    """The number by which a message that is no RCS goes out."""
    dry_run: bool = False
    """Let the provider check the request and send nothing."""
    rate_per_s: float | None = None
    """Messages a second from this sender, over all processes that share the journal; None keeps to the provider's
    published rates, 0 to none."""
    patience: Patience = field(default_factory=Patience)
    own_id: str | None = None
    """The message's name: the same words may go out each week under a new one, and a message with a mended text goes to
    nobody twice under the old one. None knows it again by its text, its subject and the bytes of its assets, however
    they are fitted."""

    def __post_init__(self) -> None:
        """Check the rate, and that nothing is empty: a script's variable that was never set is no value."""
        if self.own_id == "":  # every message would be the same one
            raise UsageError("the id of the message is empty; leave it out to go by its text, subject and assets")
        for name in ("sender_type", "host", "outbox", "journal", "callback_url", "fallback_sender"):
            if getattr(self, name) == "":
                raise UsageError(f"{name} is empty; leave it out, or give a value")
        if self.rate_per_s is not None and not 0 <= self.rate_per_s < math.inf:
            raise UsageError(f"{self.rate_per_s} messages per second is not a rate; give 0 for no limit")
