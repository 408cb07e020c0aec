"""What callers ask for, read once."""

import pytest

from mediaprep.errors import UsageError
from mediaprep.options import FitOptions


@pytest.mark.parametrize(("text", "span"), [("10", (0.0, 10.0)), ("2.5:8", (2.5, 8.0)), (None, None)])
def test_a_stretch_of_time_is_read(text, span):
    """END alone begins at the start; nothing keeps everything."""
    assert FitOptions(trim=text).span_s() == span


@pytest.mark.parametrize("text", ["8:2", "a", "", "-3:4", "1:inf", "3:3", 5])
def test_what_is_no_stretch_is_refused(text):
    """A library caller's mistake is a usage error with an example, before any asset could be blamed for it."""
    with pytest.raises(UsageError, match="START:END"):
        FitOptions(trim=text)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"effort": "fastest"}, "fast, balanced, max"),
        ({"max_bytes": "300KB"}, "max_bytes=300_000"),
        ({"max_bytes": 0}, "number of bytes"),
        ({"allow": "mp4"}, "a tuple of mp4"),
        ({"keep": ("gfi",)}, "a tuple of gif"),
        ({"still": "no"}, "True or False"),
        ({"background": "nocolour"}, "#rrggbb or a CSS name"),
        ({"background": 255}, "#rrggbb or a CSS name"),
    ],
)
def test_a_value_that_no_option_takes_is_refused(wrong, says):
    """A misspelt option is a usage error at once, not a fit that passes it over."""
    with pytest.raises(UsageError, match=says):
        FitOptions(**wrong)
