"""Object stores on loopback for tests, started once a session: S3 (moto) and Azure blobs (Azurite)."""

from __future__ import annotations

import base64
import email.utils
import hashlib
import hmac
import itertools
import logging
import os
import re
import subprocess
import time
import urllib.request

import pytest

from mediaprep import objects

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


ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""Azurite's one account, the same for everybody (learn.microsoft.com, "Use the Azurite emulator")."""


@pytest.fixture(scope="session")
def azure_address(tmp_path_factory):
    """Start Azurite (the program that AZURITE names); give the address of its account."""
    program = os.environ.get("AZURITE")
    if not program:
        pytest.skip("AZURITE names no azurite-blob (npm install azurite)")
    command = [
        program,
        "--inMemoryPersistence",
        "--skipApiVersionCheck",
        "--disableTelemetry",
        "--blobHost",
        "127.0.0.1",
        "--blobPort",
        "0",
    ]
    log = tmp_path_factory.mktemp("azurite") / "log"
    with log.open("wb") as said, subprocess.Popen(command, cwd=log.parent, stdout=said, stderr=said) as server:
        try:
            deadline = time.monotonic() + 60
            while not (found := re.search(r"listens on (http://[\d.:]+)", log.read_text())):
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.1)
            yield f"{found[1]}/{ACCOUNT}"
        finally:
            server.kill()


@pytest.fixture
def azure_store(azure_address, monkeypatch):
    """Point the environment at Azurite; give a function that makes a container and gives its URL."""
    for name in [name for name in os.environ if name.startswith("AZURE_")]:
        monkeypatch.delenv(name)
    for name, value in {
        "AZURE_STORAGE_ACCOUNT_NAME": ACCOUNT, "AZURE_STORAGE_ACCOUNT_KEY": KEY, "AZURE_ENDPOINT": azure_address,
        "AZURE_ALLOW_HTTP": "true",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)

    from mediaprep import objects

    objects._store.cache_clear()

    def make():
        name = f"container-{os.getpid()}-{next(_NUMBERS)}"
        dated = {"x-ms-date": email.utils.formatdate(usegmt=True), "x-ms-version": "2021-08-06"}
        signed = "PUT" + "\n" * 12 + "".join(f"{key}:{value}\n" for key, value in dated.items())
        signed += f"/{ACCOUNT}/{ACCOUNT}/{name}\nrestype:container"
        mark = base64.b64encode(hmac.new(base64.b64decode(KEY), signed.encode(), hashlib.sha256).digest()).decode()
        request = urllib.request.Request(
            f"{azure_address}/{name}?restype=container", method="PUT",
            headers={**dated, "Authorization": f"SharedKey {ACCOUNT}:{mark}", "Content-Length": "0"},
        )  # fmt: skip
        urllib.request.urlopen(request).close()
        return f"az://{name}"

    yield make
    objects._store.cache_clear()


@pytest.fixture(params=["object_store", pytest.param("azure_store", marks=pytest.mark.slow)])
def bucket(request):
    """Give a new bucket's URL in S3, and a container's in Azure."""
    return request.getfixturevalue(request.param)()


def names(url):
    """Give the keys below a URL."""
    return sorted(found.url.removeprefix(f"{url}/") for found in objects.below(url))
