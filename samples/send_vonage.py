"""Send a clip to several recipients by Vonage: as it is into a folder, with credentials and --live for real.

    python samples/send_vonage.py
    VONAGE_APPLICATION_ID=... VONAGE_PRIVATE_KEY=private.key MEDIAPREP_HOST_FOLDER=/var/www/mms \
        MEDIAPREP_HOST_URL=https://cdn.example/mms python samples/send_vonage.py --live +14155550100 +14155550123

The first number sends, the others receive. Started again after any fault, the loop sends to nobody twice.
"""

from __future__ import annotations

import sys
from pathlib import Path

import mediaprep
from mediaprep.message import Draft, Wish

CLIP = Path(__file__).resolve().parents[1] / "samples" / "film_loop.gif"


def main() -> int:
    """Send one message to each recipient and say what became of it."""
    live = "--live" in sys.argv
    numbers = [word for word in sys.argv[1:] if word != "--live"] or ["+14155550100", "+14155550123", "+14155550124"]
    if len(numbers) < 2:
        print("usage: python send_vonage.py [--live] [FROM TO...], numbers as in +14155550123", file=sys.stderr)
        return 2
    draft = Draft(
        name="loop",
        text="Now in the cinema. Reply STOP to opt out.",
        parts=(Wish(asset=CLIP.name, path=CLIP, alt="A scene of the film"),),
        fallback_link="https://shop.example/film",
    )
    options = mediaprep.SendOptions(host="directory")
    vonage = mediaprep.Sender(draft, numbers[0], "vonage", options, live=live)  # fits and hosts once
    sent = [vonage.send(to) for to in numbers[1:]]
    for each in sent:
        print(f"{each.to}: {each.state or each.verdict}, {each.output or each.provider_id or each.note}")
    return 0 if all(each.done for each in sent) else 1


if __name__ == "__main__":
    sys.exit(main())
