"""AWS End User Messaging (pinpoint-sms-voice-v2): JSON 1.0 signed by botocore, media from S3 alone.

The request is built here and sent like every other, because botocore's own client tries again after a time-out,
which could send twice; its signer and its document of the API are used as they are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mediaprep.errors import UsageError
from mediaprep.providers import (
    OUR_ID,
    Account,
    MediaMode,
    Notice,
    Outgoing,
    Provider,
    Reason,
    Receipt,
    Request,
    Response,
    Setting,
    State,
)
from mediaprep.providers._answers import accepted, failed, refusal
from mediaprep.providers._defaults import NoLookup
from mediaprep.providers._json import json_object
from mediaprep.providers._signed import text_in, unreadable
from mediaprep.providers._sns import message_of
from mediaprep.transport import hushed

REASONS: Mapping[str, Reason] = {
    "FILE_SIZE_EXCEEDED": Reason.TOO_BIG,
    "FILE_TYPE_UNSUPPORTED": Reason.BAD_TYPE,
    "FILE_INACCESSIBLE": Reason.UNFETCHABLE,
    "UNREACHABLE": Reason.NO_MMS,
    "CARRIER_UNREACHABLE": Reason.NO_MMS,
    "BLOCKED": Reason.FILTERED, "CARRIER_BLOCKED": Reason.FILTERED, "SPAM": Reason.FILTERED,
    "PROTECT_BLOCKED": Reason.FILTERED,
    "INVALID": Reason.BAD_NUMBER,
    "ThrottlingException": Reason.THROTTLED, "ServiceQuotaExceededException": Reason.THROTTLED,
}  # fmt: skip
"""Events without their channel's prefix (AWS End User Messaging user guide, "Event types"), and the API's errors."""

_STATES: Mapping[str, State] = {
    "QUEUED": State.ACCEPTED, "PENDING": State.ACCEPTED, "SENT": State.SENT, "SUCCESSFUL": State.SENT,
    "DELIVERED": State.DELIVERED, "READ": State.DELIVERED,
}  # fmt: skip
_FAILURES = frozenset({*REASONS, "TTL_EXPIRED", "INVALID_MESSAGE", "UNKNOWN"})

KEY_ID, SECRET, TOKEN, REGION = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION"
BASE, CONFIGURATION = "MEDIAPREP_AWS_SMS_URL", "MEDIAPREP_AWS_CONFIGURATION_SET"
_TARGET = "PinpointSMSVoiceV2"


class Aws(NoLookup):
    """One account and region."""

    name = "aws"
    title = "AWS End User Messaging"
    media_mode: MediaMode = "s3"
    max_media = 1
    sender_ids = "(phone|pool)-[0-9a-f]{32}|arn:.+"
    capabilities = frozenset({"mms", "rcs", "sms", "rcs_fallback", "dry_run", "receipts", "signed_receipts"})
    settings: tuple[Setting, ...] = (
        Setting(variable=KEY_ID, meaning="the access key's id"),
        Setting(variable=SECRET, meaning="the access key", secret=True),
        Setting(variable=TOKEN, meaning="a session's token", secret=True, needed=False),
        Setting(variable=REGION, meaning="the region, as in us-east-1"),
        Setting(variable=CONFIGURATION, meaning="the configuration set whose events are receipts", needed=False),
        Setting(variable=BASE, meaning="another address of the API", needed=False),
    )
    receipt_secret: Setting | None = Setting(
        variable="MEDIAPREP_SNS_CERTIFICATE", meaning="SNS's signing certificate: PEM text or a file that holds it"
    )

    def request(self, message: Outgoing, account: Account) -> Request:
        """Build SendMediaMessage, SendTextMessage or SendRcsMessage."""
        operation, body = _operation(message)
        body |= {"DestinationPhoneNumber": message.to, "OriginationIdentity": message.sender}
        body["Context"] = {OUR_ID: message.our_id}
        if account[CONFIGURATION]:
            body["ConfigurationSetName"] = account[CONFIGURATION]
        if message.dry_run:
            body["DryRun"] = True
        url = account[BASE] or f"https://sms-voice.{account[REGION]}.amazonaws.com"
        headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"{_TARGET}.{operation}"}
        return Request(method="POST", url=f"{url.rstrip('/')}/", headers=headers, body=json.dumps(body).encode("ascii"))

    def credentials(self, request: Request, account: Account, now_s: float) -> Mapping[str, str]:
        """Sign this one request (Signature Version 4); the signer reads the clock itself."""
        try:
            from botocore.auth import SigV4Auth
            from botocore.awsrequest import AWSRequest
            from botocore.credentials import Credentials
        except ImportError as error:
            raise UsageError("to send by AWS, install the extra: pip install 'mediaprep[aws]'") from error
        keys = Credentials(account[KEY_ID], account[SECRET], account[TOKEN] or None)
        signed = AWSRequest(method=request.method, url=request.url, data=request.body, headers=dict(request.headers))
        with hushed("botocore"):
            SigV4Auth(keys, "sms-voice", account[REGION]).add_auth(signed)
        return {name: value for name, value in signed.headers.items() if name not in request.headers}

    def answer(self, response: Response) -> Receipt:
        """Read 200 with a MessageId, or an error by its type."""
        read = json_object(response.body)
        if response.status == 200:
            return accepted(read.get("MessageId"))
        kind = str(read.get("__type") or response.header("x-amzn-errortype")).rpartition("#")[2].partition(":")[0]
        return refusal(response, REASONS, code=kind or None, detail=read.get("Message") or read.get("message"))

    def parse_receipt(self, headers: Mapping[str, str], body: bytes, *, url: str, secret: str) -> tuple[Notice, ...]:
        """Verify the envelope of SNS with its certificate and read the event in it."""
        event = json_object(message_of(body, secret).encode("utf-8"))
        name, provider_id = str(event.get("eventType") or ""), event.get("messageId")
        if not name or not isinstance(provider_id, str):
            unreadable(self.name, "it has no eventType and messageId")
        bare = name.partition("_")[2] if name.partition("_")[0] in ("MEDIA", "TEXT", "RCS", "VOICE") else name
        state = State.FAILED if bare in _FAILURES else _STATES.get(bare, State.UNKNOWN)
        why = failed(REASONS, bare, event.get("messageStatusDescription"))
        receipt = Receipt(
            state=state, provider_id=provider_id, reason=why.reason if state == State.FAILED else None, raw_code=name,
            detail=why.detail,
        )  # fmt: skip
        context = event.get("context")
        network = f"{event['mcc']}{event['mnc']}" if event.get("mcc") and event.get("mnc") else None
        return (
            Notice(
                our_id=text_in(self.name, context, OUR_ID) if isinstance(context, dict) else None, receipt=receipt,
                to=text_in(self.name, event, "destinationPhoneNumber"),
                carrier=text_in(self.name, event, "carrierName"), mcc_mnc=network,
            ),
        )  # fmt: skip


def _operation(message: Outgoing) -> tuple[str, dict[str, Any]]:
    body: dict[str, Any] = {}
    if message.channel == "rcs":
        if message.media and message.text:
            raise UsageError("an RCS file of AWS carries no text beside it; send the text as a message of its own")
        content = (
            {"FileMessage": {"FileUrl": message.media[0].url}}
            if message.media
            else {"TextMessage": {"Body": message.text}}
        )
        body["RcsMessageContent"] = {"Content": content}
        if message.fallbacks:
            body["FallbackConfiguration"] = _fallback(message.fallbacks[0])
        return "SendRcsMessage", body
    if message.text:
        body["MessageBody"] = message.text
    if message.channel == "sms":
        return "SendTextMessage", body
    if message.media:
        body["MediaUrls"] = [part.url for part in message.media]
    return "SendMediaMessage", body


def _fallback(message: Outgoing) -> dict[str, Any]:
    found: dict[str, Any] = {"Channel": message.channel.upper(), "OriginationIdentity": message.sender}
    if message.text:
        found["MessageBody"] = message.text
    if message.media:
        found["MediaUrls"] = [message.media[0].url]
    return found


PROVIDER: Provider = Aws()
