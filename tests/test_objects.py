"""Assets and renditions in object stores: real servers on loopback, fetched and put through the real library."""

import os

import pytest
from object_store import names

from mediaprep import objects
from mediaprep.cache import Cache
from mediaprep.errors import AssetError, ToolError


def test_objects_come_back_as_they_were_put(bucket, tmp_path):
    """Bytes, size and tag; what is not there is None, or an error that names it."""
    objects.put(f"{bucket}/a/b.jpg", b"x" * 3_000_000, "image/jpeg")

    found = objects.fetch(f"{bucket}/a/b.jpg", tmp_path / "b.jpg", 10**7)

    assert (tmp_path / "b.jpg").read_bytes() == b"x" * 3_000_000
    assert (found.size_bytes, found.tag) == (3_000_000, objects.head(f"{bucket}/a/b.jpg").tag)
    assert objects.head(f"{bucket}/none") is None
    assert objects.read(f"{bucket}/none") is None
    with pytest.raises(ToolError, match="none does not exist") as caught:
        objects.fetch(f"{bucket}/none", tmp_path / "none", 10)
    assert caught.value.code == "file_missing"
    assert [o.url for prefix in (bucket, f"{bucket}/a") for o in objects.below(prefix)] == [f"{bucket}/a/b.jpg"] * 2
    objects.delete(f"{bucket}/a/b.jpg")
    objects.delete(f"{bucket}/a/b.jpg")
    assert names(bucket) == []


def test_the_bound_on_bytes_holds_before_the_fetch(bucket, tmp_path):
    """An object over the bound is refused from its header."""
    objects.put(f"{bucket}/big", b"x" * 1000)

    with pytest.raises(AssetError, match="the bound is 999 bytes"):
        objects.fetch(f"{bucket}/big", tmp_path / "big", 999)
    assert not (tmp_path / "big").exists()


@pytest.mark.parametrize(
    "ask",
    [
        lambda url: objects.put(url, b"x"),
        lambda url: [*objects.below(url)],
        objects.insist_on_bucket,
    ],
    ids=["put", "below", "insist_on_bucket"],
)
def test_a_bucket_that_is_not_there_is_named_with_what_to_do(bucket, ask):
    """Whatever is asked of it: the place that was meant, what is missing, what to check; no words of the protocol."""
    scheme = bucket.partition("://")[0]
    what, variable = {"s3": ("bucket", "AWS_ENDPOINT_URL"), "az": ("container", "AZURE_STORAGE_ACCOUNT_NAME")}[scheme]

    with pytest.raises(ToolError) as caught:
        ask(f"{scheme}://no-such-bucket/x")

    assert caught.value.code == "file_missing"
    assert str(caught.value) == (
        f"{scheme}://no-such-bucket/x: there is no {what} no-such-bucket; create it, or check its name and {variable}, "
        "which says where it is"
    )


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (RuntimeError("Generic S3 error: Error performing PUT http://127.0.0.1:9/b/x in 2s, after 10 retries - HTTP "
                      "error: error sending request\n\nDebug source:"),
         "disk", "the store at http://127.0.0.1:9 cannot be reached; check the network and AWS_ENDPOINT_URL"),
        (RuntimeError("Error performing PUT http://169.254.169.254/latest/api/token in 1ms - 403 Forbidden"),
         "permission", "no credentials for the store were found; set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY"),
        (RuntimeError("Server returned non-2xx status code: 403 Forbidden: <?xml"),
         "permission", "the store refuses access; check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and what they permit"),
        (RuntimeError("Generic S3 error: status code: 500 Oops: <?xml version='1.0'?><Error>"),
         "disk", "Generic S3 error: status code: 500 Oops"),
    ],
)  # fmt: skip
def test_what_a_store_says_becomes_what_to_do(error, code, said):
    """Unreachable, without credentials, refused; of anything else the first line, and no XML."""
    with pytest.raises(ToolError) as caught, objects._translated("s3://b/x"):
        raise error
    assert (caught.value.code, str(caught.value)) == (code, f"s3://b/x: {said}")


def test_names_of_googles_buckets_are_worldwide():
    """Nothing says where one is, so that there is its name to check alone."""
    with pytest.raises(ToolError) as caught, objects._translated("gs://b/x"):
        raise RuntimeError("NoSuchBucket")
    assert str(caught.value) == "gs://b/x: there is no bucket b; create it, or check its name"


def test_a_cache_may_be_a_url(bucket):
    """Entries are objects; prune removes the oldest."""
    cache = Cache(f"{bucket}/cache")
    cache.put("ab1", b"x" * 100)
    cache.put("cd2", b"x" * 100)

    assert cache.get("ab1") == b"x" * 100
    assert cache.get("zz") is None
    assert cache.held().entries == 2
    assert cache.prune(100).entries == 1


def test_workers_see_no_credentials(bucket, monkeypatch):
    """What a worker inherits holds no key of the store."""
    from mediaprep.options import Bounds
    from mediaprep.sandbox import Workers

    with Workers() as pool:
        seen = pool.run("faults.jobs:environment", bounds=Bounds())

    assert {"AWS_SECRET_ACCESS_KEY", "AZURE_STORAGE_ACCOUNT_KEY"} & os.environ.keys()
    assert not [name for name in seen if name.startswith(("AWS", "AZURE"))]
