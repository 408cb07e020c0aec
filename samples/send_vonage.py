"""Send a clip to several recipients by Vonage: as it is into a folder, with credentials and --live for real.

    python samples/send_vonage.py
    VONAGE_APPLICATION_ID=... VONAGE_PRIVATE_KEY=private.key MEDIAPREP_HOST_FOLDER=/var/www/mms \
        MEDIAPREP_HOST_URL=https://cdn.example/mms python samples/send_vonage.py --live +14155550100 +14155550123 ...

The first number sends, the others receive. Started again after any fault, the loop sends to nobody twice.
"""

from __future__ import annotations

import sys
from pathlib import Path

import mediaprep
from mediaprep.message import Draft, Wish

HERE = Path(__file__).parent


def main() -> int:
    """Send one message to each recipient and say what became of it."""
    live = "--live" in sys.argv
    numbers = [word for word in sys.argv[1:] if word != "--live"] or ["+14155550100", "+14155550123", "+14155550124"]
    sender, recipients = numbers[0], numbers[1:]
    draft = Draft(
        name="loop",
        text="Now in the cinema. Reply STOP to opt out.",
        parts=(Wish(asset="film_loop.gif", path=HERE / "film_loop.gif", alt="A scene of the film"),),
        fallback_link="https://shop.example/film",
    )
    worst = 0
    vonage = mediaprep.Sender(draft, sender, "vonage", live=live, host="directory")  # fits and hosts once for all
    for to in recipients:
        sent = vonage.send(to)
        print(f"{sent.to}: {sent.state or sent.verdict}, {sent.size_bytes:,} bytes on route {sent.route}")
        print(f"  in {sent.output}" if sent.output else f"  {sent.provider_id}; {sent.note or sent.detail or ''}")
        worst = max(worst, 0 if sent.done else 1)
    return worst


if __name__ == "__main__":
    sys.exit(main())
