"""An S3 server on loopback for tests, started once a session."""

from __future__ import annotations

import itertools
import logging
import os
import urllib.request

import pytest

_NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def s3_address():
    """Start moto's server; give its address."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def object_store(s3_address, monkeypatch):
    """Point the environment at the server; give a function that makes a bucket and gives its URL."""
    for name in [name for name in os.environ if name.startswith("AWS")]:
        monkeypatch.delenv(name)
    for name, value in {
        "AWS_ENDPOINT_URL": s3_address, "AWS_ALLOW_HTTP": "true", "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)

    from mediaprep import objects

    objects._store.cache_clear()

    def make():
        name = f"bucket-{os.getpid()}-{next(_NUMBERS)}"
        request = urllib.request.Request(f"{s3_address}/{name}", method="PUT")
        urllib.request.urlopen(request).close()
        return f"s3://{name}"

    yield make
    objects._store.cache_clear()
