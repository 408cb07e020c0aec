"""What a provider does that cannot be asked about a message."""

from __future__ import annotations

from mediaprep.providers import Account, Receipt, Request, Response, Sought


class NoLookup:
    """Leaves a message in doubt until a receipt comes."""

    def lookup(self, sought: Sought, account: Account) -> Request | None:
        """Ask nobody."""
        return None

    def found(self, response: Response, sought: Sought) -> Receipt | None:
        """Find nothing."""
        return None
