"""Send a picture message by Twilio: as it is into a folder, with credentials and --live for real.

python samples/send_twilio.py
TWILIO_ACCOUNT_SID=... TWILIO_AUTH_TOKEN=... MEDIAPREP_HOST_FOLDER=/var/www/mms \
        MEDIAPREP_HOST_URL=https://cdn.example/mms python samples/send_twilio.py --live +14155550123 +14155550100
"""

from __future__ import annotations

import sys
from pathlib import Path

import mediaprep
from mediaprep.message import Draft, Wish

HERE = Path(__file__).parent


def main() -> int:
    """Send one message and say what became of it."""
    live = "--live" in sys.argv
    numbers = [word for word in sys.argv[1:] if word != "--live"] or ["+14155550123", "+14155550100"]
    if len(numbers) != 2:
        print("usage: python send_twilio.py [--live] [TO FROM], numbers as in +14155550123", file=sys.stderr)
        return 2
    to, sender = numbers
    draft = Draft(
        name="summer",
        text="Our dish of the day. Reply STOP to opt out.",
        parts=(Wish(asset="food_photo.heic", path=HERE / "food_photo.heic", alt="Our dish of the day"),),
        fallback_link="https://shop.example/dish",
    )
    sent = mediaprep.send(draft, to, sender, "twilio", mediaprep.SendOptions(host="directory"), live=live)
    print(f"{sent.to}: {sent.state or sent.verdict}, {sent.size_bytes:,} bytes on route {sent.route}")
    print(f"in {sent.output}" if sent.output else f"Twilio's id {sent.provider_id}; {sent.note or sent.detail or ''}")
    return 0 if sent.done else 1


if __name__ == "__main__":
    sys.exit(main())
