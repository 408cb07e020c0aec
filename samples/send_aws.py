"""Send a picture message by AWS End User Messaging: as it is into a folder, with credentials and --live for real.

    python samples/send_aws.py
    AWS_ACCESS_KEY_ID=... AWS_SECRET_ACCESS_KEY=... AWS_REGION=us-east-1 MEDIAPREP_S3_BUCKET=my-bucket \
        python samples/send_aws.py --live +14155550123 +14155550100

With --check as well, AWS checks the request (its DryRun) and sends nothing. AWS takes one file a message, from S3.
"""

from __future__ import annotations

import sys
from pathlib import Path

import mediaprep
from mediaprep.message import Draft, Wish

HERE = Path(__file__).parent


def main() -> int:
    """Send one message and say what became of it."""
    live, check = "--live" in sys.argv, "--check" in sys.argv
    numbers = [word for word in sys.argv[1:] if not word.startswith("--")] or ["+14155550123", "+14155550100"]
    if len(numbers) != 2:
        print("usage: python send_aws.py [--live] [--check] [TO FROM], numbers as in +14155550123", file=sys.stderr)
        return 2
    to, sender = numbers
    draft = Draft(
        name="coupon",
        text="10 % off until Sunday. Reply STOP to opt out.",
        parts=(Wish(asset="flyer_coupon.png", path=HERE / "flyer_coupon.png", alt="A coupon with a code to scan"),),
        fallback_link="https://shop.example/coupon",
    )
    sent = mediaprep.send(draft, to, sender, "aws", mediaprep.SendOptions(dry_run=check), live=live)
    print(f"{sent.to}: {sent.state or sent.verdict}, {sent.size_bytes:,} bytes on route {sent.route}")
    print(f"in {sent.output}" if sent.output else f"AWS's id {sent.provider_id}; {sent.note or sent.detail or ''}")
    return 0 if sent.done else 1


if __name__ == "__main__":
    sys.exit(main())
