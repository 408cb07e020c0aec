"""Animations to fit, and what came of them: routes, films, recordings, the frames of a GIF."""

import io

import numpy as np
from PIL import Image, ImageDraw

from mediaprep.job import Job
from mediaprep.limits import Limits, Route
from mediaprep.model import KindName
from mediaprep.options import FitOptions
from mediaprep.pipeline import run


def route(limit_bytes, target_bytes=None, **numbers):
    """Make a route that delivers GIF."""
    limits = Limits(
        kind=KindName.ANIMATION,
        limit_bytes=limit_bytes,
        target_bytes=target_bytes or limit_bytes,
        types=("image/gif",),
        **numbers,
    )
    return Route(name="r", folder="r", channel="mms", limits=(limits,))


def fitted(path, tmp_path, *routes, **options):
    """Fit on routes; give the outcomes."""
    outputs = tuple(tmp_path / "out" / f"r{number}" for number in range(len(routes)))
    job = Job(
        asset=path.name, path=path, routes=routes, mode="fit", outputs=outputs, scratch=tmp_path,
        options=FitOptions(**options),
    )  # fmt: skip
    return run(job)


def facts(data):
    """Give frames (RGBA), delays in ms and the loop field of a GIF."""
    frames, delays = [], []
    with Image.open(io.BytesIO(data)) as image:
        loop = image.info.get("loop")
        for number in range(image.n_frames):
            image.seek(number)
            frames.append(np.asarray(image.convert("RGBA")))
            delays.append(image.info.get("duration", 0))
    return frames, delays, loop


def gif(pictures, **options):
    """Encode with Pillow."""
    first, *rest = pictures
    target = io.BytesIO()
    settings = {"save_all": True, "append_images": rest, "duration": 80, "loop": 0} | options
    first.save(target, settings.pop("kind", "GIF"), **settings)
    return target.getvalue()


def film(count=16, size=(160, 120), mode="RGB"):
    """Draw footage: a noisy picture that moves as a whole."""
    rng = np.random.default_rng(1)
    large = Image.fromarray(rng.integers(0, 256, (40, 60, 3), dtype=np.uint8)).resize((size[0] + 80, size[1] + 80))
    noise = rng.normal(0, 6, (size[1] + 80, size[0] + 80, 3))
    grainy = Image.fromarray(np.clip(np.asarray(large) + noise, 0, 255).astype(np.uint8))
    return [grainy.crop((n * 3, n * 2, n * 3 + size[0], n * 2 + size[1])).convert(mode) for n in range(count)]


def screen(count=24, size=(320, 240)):
    """Draw a recording: on flat ground, a panel of text scrolls."""
    pictures = []
    for number in range(count):
        page = Image.new("RGB", size, (245, 245, 250))
        panel = Image.new("RGB", (110, 60), (255, 255, 255))
        pen = ImageDraw.Draw(panel)
        pen.fontmode = "1"  # without soft edges: few colours
        for line in range(8):
            pen.text((4, 13 * line - 3 * number % 13), f"{(line + 3 * number // 13) * 7919} {line}", fill=(20, 40, 90))
        page.paste(panel, (90, 70))
        pictures.append(page)
    return pictures


def written(tmp_path, data, name="asset.gif"):
    """Write an asset."""
    path = tmp_path / name
    path.write_bytes(data)
    return path
