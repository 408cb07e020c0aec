"""Accounts of every provider for tests: made from what each file declares, with secrets that can be searched for."""

import os
from functools import cache

from mediaprep.plugins import load, names
from mediaprep.providers import Account, Media, Outgoing

PLANTED = "planted-secret"
ALL = names("providers")
OVER_HTTP = tuple(name for name in ALL if name != "outbox")

_VALUES = {
    "TWILIO_ACCOUNT_SID": "AC" + "0123456789abcdef" * 2,
    "SIGNALWIRE_ACCOUNT_SID": "0d3f4c5e-0000-4000-8000-000000000000",
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE000000000",
    "BANDWIDTH_ACCOUNT_ID": "9900000",
    "BANDWIDTH_APPLICATION_ID": "93de2206-9669-4e07-948d-329f4b722ee2",
    "PLIVO_AUTH_ID": "MAEXAMPLE0000000000X",
    "VONAGE_APPLICATION_ID": "78d335fa-323d-0114-9c3d-d6f0d48968cf",
    "MM7_VASP_ID": "acme",
    "MM7_USERNAME": "acme",
}  # fmt: skip


@cache
def private_key():
    """An RSA key in PEM form, made for this run."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode("ascii")


def environment(name, base):
    """What the environment holds for a provider whose API is at ``base``."""
    found = {}
    for setting in load("providers", name).settings:
        if setting.variable.endswith("_URL"):
            found[setting.variable] = base
        elif setting.variable.endswith("PRIVATE_KEY"):
            found[setting.variable] = private_key()
        elif setting.secret:
            found[setting.variable] = f"{PLANTED}-{setting.variable.lower()}"
        elif setting.needed or setting.variable in _VALUES:
            found[setting.variable] = _VALUES.get(setting.variable, f"value-of-{setting.variable.lower()}")
    return found


def account(name, base="http://127.0.0.1:1"):
    """The account that the environment gives."""
    provider = load("providers", name)
    return Account.from_environment(provider.title, provider.settings, environment(name, base))


def secrets(name):
    """Every secret value of a provider, and what a header makes of it."""
    import base64

    values = environment(name, "http://127.0.0.1:1")
    plain = [v for s in load("providers", name).settings if s.secret and (v := values.get(s.variable))]
    lines = [line for value in plain for line in value.splitlines() if len(line) > 20 and "-----" not in line]
    coded = [base64.b64encode(value.encode()).decode() for value in plain]
    return [*lines, *coded]


def outgoing(name, **changes):
    """A message that this provider can carry."""
    provider = load("providers", name)
    where = {"s3": "s3://media.example/dish-7f3a91c2.jpg"}.get(
        provider.media_mode, "https://cdn.example/dish-7f3a91c2.jpg"
    )
    picture = Media(media_type="image/jpeg", name="dish-7f3a91c2.jpg", size_bytes=900, url=where, data=b"\xff\xd8\xff")
    base = {
        "sender": "+14155550100", "to": "+14155550123", "our_id": "0123456789abcdef0123", "text": "Summer sale",
        "subject": "Summer" if "subject" in provider.capabilities else "", "media": (picture,), "envelope": _envelope(),
    }  # fmt: skip
    return Outgoing(**{**base, **changes})


def _envelope():
    from mediaprep.parts import Envelope, Part
    from mediaprep.presentation import presentation, slides

    parts = (
        Part(name="dish-7f3a91c2.jpg", media_type="image/jpeg", data=os.urandom(0) + b"\xff\xd8\xff\xe0picture"),
        Part(name="text-00000000.txt", media_type="text/plain", data=b"Summer sale", charset="utf-8"),
    )
    return Envelope(
        parts=parts, presentation=presentation(slides(list(parts))), sender="+14155550100", to=("+14155550123",)
    )
