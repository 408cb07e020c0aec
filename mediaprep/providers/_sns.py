"""Envelopes of Amazon SNS, verified (docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html).

The certificate is the caller's to fetch, from ``certificate_url``, and to keep: a pure function opens no socket.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any
from urllib.parse import urlsplit

from mediaprep.errors import UsageError
from mediaprep.providers._json import json_object
from mediaprep.providers._signed import pem, refuse, unreadable

_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
_HOST = re.compile(r"sns\.[a-z0-9-]+\.amazonaws\.com(\.cn)?")


def certificate_url(body: bytes) -> str:
    """Give the address of the certificate that signed an envelope, if it is one of Amazon's own."""
    found = str(json_object(body).get("SigningCertURL") or "")
    parts = urlsplit(found)
    if parts.scheme != "https" or not _HOST.fullmatch(parts.hostname or "") or not parts.path.endswith(".pem"):
        refuse("aws", "its certificate is not at an address of Amazon SNS")
    return found


def message_of(body: bytes, certificate: str) -> str:
    """Verify an envelope and give the message in it."""
    envelope = json_object(body)
    names = _SIGNED.get(str(envelope.get("Type")))
    if names is None:
        unreadable("aws", "it is not an SNS envelope")
    certificate_url(body)
    _verify(envelope, names, certificate)
    return str(envelope["Message"])


def _verify(envelope: dict[str, Any], names: tuple[str, ...], certificate: str) -> None:
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding, rsa
        from cryptography.x509 import load_pem_x509_certificate
    except ImportError as error:
        raise UsageError("to verify receipts, install the extra: pip install 'mediaprep[aws]'") from error
    text = "".join(f"{name}\n{envelope[name]}\n" for name in names if envelope.get(name) is not None)
    version = {"1": hashes.SHA1(), "2": hashes.SHA256()}.get(str(envelope.get("SignatureVersion")))  # noqa: S303 - theirs
    if version is None:
        refuse("aws", "the version of its signature is not known")
    try:
        key = load_pem_x509_certificate(pem(certificate).encode("ascii")).public_key()
    except (ValueError, OSError):
        raise UsageError("the certificate given for SNS is not in PEM form") from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise UsageError("the certificate given for SNS holds no RSA key")
    try:
        signature = base64.b64decode(str(envelope.get("Signature")), validate=True)
        key.verify(signature, text.encode("utf-8"), padding.PKCS1v15(), version)
    except (InvalidSignature, binascii.Error):
        refuse("aws", "its signature does not match the certificate")
