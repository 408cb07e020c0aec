"""The wire: what is kept quiet, what is no address, what an outbox is."""

import logging

import pytest

from mediaprep.errors import UsageError
from mediaprep.transport import Fault, exchange, hushed


def test_levels_come_back_when_the_last_has_finished():
    """Two that overlap, as threads do: the library is quiet until both are done, and then as it was."""
    logger = logging.getLogger("mediaprep.test.hushed")
    logger.setLevel(logging.DEBUG)
    one, two = hushed(logger.name), hushed(logger.name)
    one.__enter__()
    two.__enter__()
    one.__exit__(None, None, None)
    assert logger.level == logging.WARNING
    two.__exit__(None, None, None)
    assert logger.level == logging.DEBUG


@pytest.mark.parametrize("url", ["ftp://example/x", "example.com", "javascript:1", "http://"])
def test_what_is_no_address_is_refused(url):
    """Nothing is asked for."""
    with pytest.raises((UsageError, Fault)):
        exchange("GET", url, headers={})


def test_a_file_address_writes_whole(tmp_path):
    """The outbox's way; a place that cannot be written is a fault in which nothing left."""
    target = tmp_path / "a" / "message"
    assert exchange("PUT", target.as_uri(), headers={}, body=b"x").status == 201
    assert target.read_bytes() == b"x"
    with pytest.raises(Fault) as raised:
        exchange("PUT", (target / "b").as_uri(), headers={}, body=b"x")
    assert raised.value.sent == "no"
