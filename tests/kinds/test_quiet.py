"""Decoders' warnings stay off the caller's screen, and nobody else's do for longer than a decode."""

import io
import threading
import warnings

import pytest
from PIL import Image

from mediaprep.api import Fitter, route
from mediaprep.kinds._quiet import quiet


def test_two_that_overlap_leave_the_filters_as_they_were():
    """The first one out puts nothing back while another is inside; the last one does."""
    before = list(warnings.filters)
    entered, left = threading.Event(), threading.Event()

    def first():
        with quiet():
            entered.set()
            assert left.wait(30)

    other = threading.Thread(target=first)
    other.start()
    assert entered.wait(30)
    with quiet():
        left.set()
        other.join()
        warnings.warn("unheard", UserWarning, stacklevel=1)

    assert list(warnings.filters) == before
    with pytest.warns(UserWarning, match="heard"):
        warnings.warn("heard", UserWarning, stacklevel=1)


def test_threads_that_share_a_fitter_leave_the_filters_as_they_were():
    """In one process, decodes of several threads overlap in any order."""
    before = list(warnings.filters)
    target = io.BytesIO()
    Image.linear_gradient("L").resize((900, 700)).save(target, "PNG")

    with Fitter(route("us", max_bytes="20KB"), isolation="none") as fitter:
        threads = [threading.Thread(target=fitter.fit, args=(target.getvalue(),)) for _ in range(6)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()

    assert list(warnings.filters) == before
