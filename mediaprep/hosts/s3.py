"""S3: a private bucket with presigned URLs, or a base URL in front of it; ``s3://`` for a provider that reads there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from mediaprep.errors import ToolError, UsageError
from mediaprep.hosts import Host, Hosted
from mediaprep.providers import Account, Setting
from mediaprep.transport import hushed

BUCKET, PREFIX, BASE = "MEDIAPREP_S3_BUCKET", "MEDIAPREP_S3_PREFIX", "MEDIAPREP_S3_URL"
KEY_ID, SECRET, TOKEN, REGION = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION"
ENDPOINT = "AWS_ENDPOINT_URL_S3"

_LOGGERS = ("botocore", "boto3", "s3transfer", "urllib3")

PRESIGNED_S = 7 * 24 * 3600
"""A presigned URL works for a week at most (Signature Version 4); no provider's queue is longer than 72 hours."""


class S3:
    """One bucket."""

    name = "s3"
    serves = frozenset({"url", "s3"})
    gives_ids = False
    settings: tuple[Setting, ...] = (
        Setting(variable=BUCKET, meaning="the bucket"),
        Setting(variable=PREFIX, meaning="what goes before names in it, as in mms/", needed=False),
        Setting(
            variable=BASE, meaning="an address in front of the bucket; without it URLs are presigned", needed=False
        ),
        Setting(variable=KEY_ID, meaning="the access key's id"),
        Setting(variable=SECRET, meaning="the access key", secret=True),
        Setting(variable=TOKEN, meaning="a session's token", secret=True, needed=False),
        Setting(variable=REGION, meaning="the region, as in us-east-1"),
        Setting(variable=ENDPOINT, meaning="another S3 than Amazon's", needed=False),
    )

    def put(self, data: bytes, *, name: str, media_type: str, account: Account, mode: str) -> Hosted:
        """Upload a file with its type, unless it is there: names hold a hash of the content."""
        key = f"{account[PREFIX]}{name}"
        with hushed(*_LOGGERS), _translated(f"s3://{account[BUCKET]}/{key}"):
            client = _client(account)
            if not _is_there(client, account[BUCKET], key, len(data), media_type):
                client.put_object(Bucket=account[BUCKET], Key=key, Body=data, ContentType=media_type)
            if mode == "s3":
                url = f"s3://{account[BUCKET]}/{key}"
            elif account[BASE]:
                url = f"{account[BASE].rstrip('/')}/{quote(key)}"
            else:
                where = {"Bucket": account[BUCKET], "Key": key}
                url = str(client.generate_presigned_url("get_object", Params=where, ExpiresIn=PRESIGNED_S))
        return Hosted(url=url, name=name, media_type=media_type, size_bytes=len(data))


@contextmanager
def _translated(place: str) -> Iterator[None]:
    """Turn botocore's errors into ours; they name the operation and hold no key."""
    try:
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError
    except ImportError as error:
        raise UsageError("to host on S3, install the extra: pip install 'mediaprep[aws]'") from error
    try:
        yield
    except (BotoCoreError, ClientError, ResponseParserError) as error:
        raise ToolError("host_failed", f"{place} could not be written: {error}") from None


def _client(account: Account) -> Any:
    import boto3
    from botocore.config import Config

    # The account comes from what is declared alone: no profile, no instance role, no other endpoint.
    session = boto3.Session(
        aws_access_key_id=account[KEY_ID], aws_secret_access_key=account[SECRET],
        aws_session_token=account[TOKEN] or None, region_name=account[REGION],
    )  # fmt: skip
    style = {"addressing_style": "path"} if account[ENDPOINT] else {}
    setting = Config(signature_version="s3v4", connect_timeout=10, read_timeout=60, s3=style)
    return session.client("s3", endpoint_url=account[ENDPOINT] or None, config=setting)


def _is_there(client: Any, bucket: str, key: str, size_bytes: int, media_type: str) -> bool:
    from botocore.exceptions import ClientError

    try:
        head = client.head_object(Bucket=bucket, Key=key)
    except ClientError:
        return False
    return (head.get("ContentLength"), head.get("ContentType")) == (size_bytes, media_type)


HOST: Host = S3()
