"""What tests share: the project's samples, and the corpus of other people's files where it is there."""

import os
import signal
import zlib

import pytest
from command_line import small_loop
from foreign import CORPUS, ROOT
from object_store import azure_address, azure_store, bucket, object_store, s3_address

from mediaprep.profiles.load import Profiles
from mediaprep.sandbox import Workers

__all__ = ["azure_address", "azure_store", "bucket", "object_store", "s3_address"]

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Shells start jobs in the background with SIGINT ignored, and what the tests start would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)

os.environ["COLUMNS"] = "100"  # lines are folded at the terminal's width, and tests are run in terminals of any


def pytest_addoption(parser):
    """Let a run take a share of the tests: CI gives each further Python its own."""
    parser.addoption("--share", default="1/1", metavar="K/N", help="run the K-th of N shares of the tests (1/1)")


def pytest_collection_modifyitems(config, items):
    """Keep the tests of the share that was asked for, by their names: the same ones in every process and run."""
    share, shares = map(int, config.getoption("--share").split("/"))
    kept, left = [], []
    for item in items:
        (kept if zlib.crc32(item.nodeid.encode()) % shares == share - 1 else left).append(item)
    config.hook.pytest_deselected(items=left)
    items[:] = kept


@pytest.fixture(scope="session")
def samples():
    """The folder of sample assets."""
    return ROOT / "samples"


@pytest.fixture(scope="session")
def profiles():
    """The shipped profiles, read once."""
    return Profiles.load()


@pytest.fixture(scope="module")
def workers():
    """One worker, made anew whenever a test has killed it."""
    with Workers() as pool:
        yield pool


@pytest.fixture(scope="session")
def loop(samples, tmp_path_factory):
    """The looping sample at half its sides: what moves in it moves, at a quarter of the work."""
    path = tmp_path_factory.mktemp("loop") / "film_loop.gif"
    path.write_bytes(small_loop(samples / "film_loop.gif"))
    return path


@pytest.fixture(scope="session")
def corpus():
    """The folder of other people's files; the test is skipped where it is absent."""
    if not CORPUS.exists():
        pytest.skip("the corpus of other people's files is not beside this checkout")
    return CORPUS
