"""Clips for the tests of kinds, made once."""

import pytest
from timed_media import make


@pytest.fixture(scope="session")
def film(samples, tmp_path_factory):
    """The film's first seconds at 480x270 with its sound: enough to fill a limit, at a quarter of the work."""
    source = ("-t", "3.2", "-i", str(samples / "film_clip.mp4"), "-vf", "scale=480:270", "-c:a", "copy")
    path = tmp_path_factory.mktemp("film") / "film_clip.mp4"
    return make(path, *source, "-c:v", "libx264", "-preset", "veryfast", "-crf", "16", picture=False, sound=False)
