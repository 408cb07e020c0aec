"""Clips with transparency: nobody sees what is hidden under it, and the colour behind is the one asked for."""

from dataclasses import replace

import pytest
from timed_media import LIMITS, make

import mediaprep
from mediaprep import ffmpeg, preview, process
from mediaprep.kinds import Look
from mediaprep.limits import Limits, Route
from mediaprep.model import KindName
from mediaprep.options import FitOptions

CLIP = Limits(kind=KindName.VIDEO, types=("video/mp4",))
HIDDEN = "color=red@0.0:s=160x120:r=10:d=1,format=rgba,drawbox=x=40:y=30:w=80:h=60:c={0}@1:t=fill:replace=1"
CODED = {
    "prores.mov": ("-c:v", "prores_ks", "-profile:v", "4444", "-pix_fmt", "yuva444p10le"),
    "animation.mov": ("-c:v", "qtrle", "-pix_fmt", "argb"),
    "png.mov": ("-c:v", "png", "-pix_fmt", "rgba"),
    "vp9.webm": ("-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p", "-b:v", "1M"),
    "vp8.webm": ("-c:v", "libvpx", "-pix_fmt", "yuva420p", "-auto-alt-ref", "0", "-b:v", "1M"),
}


def transparent(path, shown="blue"):
    """Write a box on nothing, under which red is hidden."""
    lavfi = ("-f", "lavfi", "-i", HIDDEN.format(shown))
    return make(path, *lavfi, *CODED[path.name], picture=False, sound=False)


def colours(path, tmp_path, background=None):
    """Fit; gives the outcome and the colours of a corner and of the middle."""
    on = Route(name="t", folder="t", channel="mms", limits=(replace(CLIP, limit_bytes=60_000, target_bytes=60_000),))
    options = FitOptions(effort="fast", background=background)
    outcome = mediaprep.fit_many(path, [on], tmp_path / "out", options, isolation="none")[0]
    assert outcome.output is not None, outcome.violations
    return outcome, *corner_and_middle(outcome.output)


def corner_and_middle(film):
    """Give the colours of a corner and of the middle of a film's first frame."""
    args = [ffmpeg.binary(), "-v", "error", "-nostdin", "-i", film, "-frames:v", "1", "-f", "rawvideo",
            "-vf", "scale=16:12:flags=area,format=rgb24", "pipe:1"]  # fmt: skip
    frame = process.run(args, limits=LIMITS, max_stdout_bytes=10_000).stdout
    return tuple(frame[:3]), tuple(frame[3 * (6 * 16 + 8) :][:3])


@pytest.mark.parametrize("name", CODED)
def test_what_is_hidden_stays_hidden(name, tmp_path):
    """Whatever coded it, a transparent clip is laid over white."""
    _, corner, middle = colours(transparent(tmp_path / name), tmp_path)

    assert corner == pytest.approx((255, 255, 255), abs=8)
    assert middle == pytest.approx((0, 0, 255), abs=24)


@pytest.mark.parametrize("name", ["prores.mov", "vp9.webm"])
def test_the_background_is_the_one_asked_for(name, tmp_path):
    """``--background`` is obeyed by clips, too."""
    _, corner, middle = colours(transparent(tmp_path / name), tmp_path, "#208040")

    assert corner == pytest.approx((0x20, 0x80, 0x40), abs=8)
    assert middle == pytest.approx((0, 0, 255), abs=24)


def test_what_would_vanish_on_white_is_laid_over_dark(tmp_path):
    """A white box is seen, and a warning says why the ground is dark."""
    outcome, corner, middle = colours(transparent(tmp_path / "prores.mov", "white"), tmp_path)

    assert max(corner) < 60
    assert min(middle) > 240
    assert "flattened_dark" in [warning.name for warning in outcome.warnings]


@pytest.mark.parametrize("name", ["vp9.webm", "vp8.webm"])
def test_a_report_shows_no_more(name, tmp_path):
    """The film on a page is laid over the same ground: what is hidden under the asset is not shown there either."""
    shown = preview.made(transparent(tmp_path / name), Look(long_edge=320, max_bytes=200_000))
    (tmp_path / "film.mp4").write_bytes(next(data for role, _, data, *_ in shown if role == "main"))

    corner, middle = corner_and_middle(str(tmp_path / "film.mp4"))

    assert corner == pytest.approx((255, 255, 255), abs=8)
    assert middle == pytest.approx((0, 0, 255), abs=24)


def test_a_clip_is_not_said_to_have_clear_pixels(tmp_path):
    """Headers tell that it has a channel for them; an opaque one in ProRes 4444 looks the same by them."""
    on = Route(name="t", folder="t", channel="mms", limits=(replace(CLIP, alpha=False),))
    outcome = mediaprep.check(transparent(tmp_path / "animation.mov"), on, isolation="none")
    (told,) = [warning.message for warning in outcome.warnings if warning.name == "transparency"]
    assert told == "the clip has a channel for transparency, which is laid over a background"
