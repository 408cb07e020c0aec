"""Stills to fit, and what came of them: a drawn photograph, routes, the distance of two pictures."""

import io

from PIL import Image, ImageDraw

from mediaprep.api import fit
from mediaprep.limits import Limits, Route
from mediaprep.model import KindName
from mediaprep.options import FitOptions


def saved(picture, kind="PNG", **options):
    """Encode a picture."""
    target = io.BytesIO()
    picture.save(target, kind, **options)
    return target.getvalue()


def photo(size=(640, 480)):
    """Draw something with gradients, edges and text, the same each time."""
    base = Image.merge("RGB", [Image.linear_gradient("L").resize(size).rotate(90 * i) for i in range(3)])
    draw = ImageDraw.Draw(base)
    for i in range(60):
        x, y = (i * 97) % size[0], (i * 61) % size[1]
        draw.ellipse((x, y, x + 40, y + 25), fill=((i * 40) % 256, (i * 80) % 256, (i * 120) % 256))
    draw.text((20, 20), "mediaprep", fill=(255, 255, 255), font_size=36)
    return base


def mms(limit_bytes, **numbers):
    """Make a route for stills with one limit."""
    limits = Limits(
        kind=KindName.IMAGE,
        limit_bytes=limit_bytes,
        target_bytes=limit_bytes,
        types=("image/jpeg", "image/png"),
        **numbers,
    )
    return Route(name="test", folder="test", channel="mms", limits=(limits,))


def fitted(asset, on, **options):
    """Fit in this process and open what came out."""
    outcome = fit(asset, on, options=FitOptions(**options), isolation="none")
    assert outcome.data is not None, outcome
    return outcome, Image.open(io.BytesIO(outcome.data))


def distance(one, other):
    """Give the mean difference of two pictures, 0 to 255."""
    from PIL import ImageChops, ImageStat

    other = other.convert("RGB").resize(one.size)
    return sum(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other)).mean) / 3
