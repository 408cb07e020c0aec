"""Short ways from a file to a smaller picture: what comes out is what the long way gives."""

import numpy as np
import pytest

from mediaprep.kinds import _picture as picture
from mediaprep.kinds._resize import Raster, loaded_heic, resized
from mediaprep.storage import open_source

pytest.importorskip("pyvips")


@pytest.mark.parametrize("size", [(1_286, 870), (900, 609), (2_572, 1_740)])
def test_a_heic_is_the_same_either_way(samples, size):
    """From the decoder's memory or through Pillow, the pixels are equal."""
    source = open_source(samples / "food_photo.heic", 10**8)
    with picture.reading(source):
        short = loaded_heic(source.path, size)
    long = resized(Raster(picture.decoded(source, "image/heic")), size)

    assert short is not None
    assert short.image.size == size
    assert np.array_equal(np.asarray(short.image), np.asarray(long.image))


def test_what_a_heic_lacks_is_not_made_up(samples):
    """Larger than the file's own dimensions is left to the long way."""
    assert loaded_heic(samples / "food_photo.heic", (5_000, 3_000)) is None
