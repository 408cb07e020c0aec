"""Animations are fitted: they still move, for as long and as often as before, within what the route takes."""

from dataclasses import replace

import numpy as np
import pytest
from animated_assets import facts, film, fitted, gif, route, screen, written
from PIL import Image, ImageDraw

from mediaprep.encoders import _gif_blocks as blocks
from mediaprep.encoders import _gif_palette as palettes
from mediaprep.limits import Route
from mediaprep.model import KindName, Treatment, Verdict


@pytest.mark.parametrize("share", [0.7, 0.4, 0.15])
def test_the_limit_is_kept_and_filled(samples, tmp_path, share):
    """Film fills its limit to 95 % and more, never passes it, and takes two whole encodes at most."""
    path = samples / "film_loop.gif"
    limit = int(path.stat().st_size * share)

    outcome = fitted(path, tmp_path, route(limit))[0]

    assert outcome.verdict == Verdict.FITTED
    assert 0.95 * limit <= outcome.size_bytes <= limit
    assert len(outcome.attempts) <= 2
    assert outcome.score_metric == "mediaprep-moving/1"
    assert outcome.score > 50


@pytest.mark.parametrize("share", [0.7, 0.4, 0.2])
def test_a_few_frames_of_few_colours_take_few_encodes(tmp_path, share):
    """Four frames of few colours say little of what they take made smaller; yet none is encoded far too large."""
    path = written(tmp_path, gif([picture.quantize(24).convert("RGB") for picture in film(4, (240, 180))]))
    limit = int(path.stat().st_size * share)

    outcome = fitted(path, tmp_path, route(limit))[0]

    assert 0.95 * limit <= outcome.size_bytes <= limit
    assert len(outcome.attempts) <= 3
    assert all(attempt.size_bytes < 2 * limit for attempt in outcome.attempts)


def test_footage_of_old_dither_fills_its_limit(tmp_path):
    """Where a little less hold is far too much in all frames, it is less in some of them, and the limit is filled."""
    rng = np.random.default_rng(3)
    ground = np.asarray(Image.linear_gradient("L").resize((160, 120))).astype(int) // 4 * 4
    frames = []
    for number in range(30):
        grey = np.clip(ground + rng.integers(0, 2, ground.shape) * 5, 0, 255).astype(np.uint8)
        picture = Image.fromarray(grey).convert("RGB")
        ImageDraw.Draw(picture).ellipse((4 * number, 40, 4 * number + 30, 70), fill=(200, 60, 40))
        frames.append(picture)
    path = written(tmp_path, gif(frames))
    limit = int(path.stat().st_size * 0.6)

    outcome = fitted(path, tmp_path, route(limit))[0]

    assert 0.95 * limit <= outcome.size_bytes <= limit
    assert len(outcome.attempts) <= 2


def test_time_and_plays_are_kept_and_the_first_frame_stays_first(samples, tmp_path):
    """What is fitted lasts as long, loops as often and begins with the same picture."""
    path = samples / "film_loop.gif"
    before, delays_before, loop_before = facts(path.read_bytes())

    outcome = fitted(path, tmp_path, route(80_000))[0]

    after, delays, loop = facts((tmp_path / "out" / "r0.gif").read_bytes())
    assert sum(delays) == sum(delays_before)
    assert outcome.duration_s == pytest.approx(sum(delays_before) / 1000)
    assert loop == loop_before == 0
    small = np.asarray(Image.fromarray(before[0][..., :3]).resize(after[0].shape[1::-1], Image.Resampling.LANCZOS))
    assert np.abs(after[0][..., :3].astype(int) - small).mean() < 8


def test_a_wasteful_recording_is_rewritten_without_loss(tmp_path):
    """Whole frames become rectangles and duplicates one frame: smaller, every pixel and moment the same."""
    pictures = [page for page in screen() for _ in range(2)]
    data = _whole_frames(pictures)
    path = written(tmp_path, data)

    outcome = fitted(path, tmp_path, route(len(data) // 2))[0]

    result = (tmp_path / "out" / "r0.gif").read_bytes()
    frames, delays, _ = facts(result)
    ends = np.cumsum(delays)
    assert outcome.score == 100.0
    assert ends[-1] == 80 * len(pictures)
    assert outcome.frames == len(pictures) // 2
    for number, picture in enumerate(pictures):
        shown = frames[int(np.searchsorted(ends, 80 * number, side="right"))]
        assert np.array_equal(shown[..., :3], np.asarray(picture))


def _whole_frames(pictures):
    """Write a GIF as careless tools do: each frame whole, none merged."""
    keys = [palettes.packed(np.asarray(picture)) for picture in pictures]
    exact = np.unique(np.stack(keys))
    assert len(exact) <= 256
    made = [blocks.header(pictures[0].size, palettes.unpacked(exact), 8, 0)]
    for picture in keys:
        indices = np.searchsorted(exact, picture).astype(np.uint8)
        made.append(blocks.frame(indices, (0, 0), delay_cs=8, clear=None, bits=8))
    return b"".join([*made, b";"])


def test_a_recording_gives_up_frames_before_dimensions(tmp_path):
    """Text stays sharp: at half of its lossless bytes a recording keeps its dimensions and drops frames."""
    data = _whole_frames(screen(40))
    path = written(tmp_path, data)
    lossless = fitted(path, tmp_path, route(len(data)))[0]
    assert lossless.treatment == Treatment.PASSTHROUGH
    best = fitted(path, tmp_path, route(len(data) - 1))[0].size_bytes

    outcome = fitted(path, tmp_path, route(best * 3 // 4))[0]

    assert (outcome.width, outcome.height) == (320, 240)
    assert 2 <= outcome.frames < 40
    assert outcome.duration_s == pytest.approx(40 * 0.08)


def test_what_fits_stays_as_it_is(samples, tmp_path):
    """Within the limit nothing is touched: the same bytes."""
    path = samples / "film_loop.gif"

    outcome = fitted(path, tmp_path, route(5_000_000))[0]

    assert outcome.verdict == Verdict.FITS
    assert (tmp_path / "out" / "r0.gif").read_bytes() == path.read_bytes()


def test_comments_and_other_programs_blocks_are_stripped_without_touching_pixels(tmp_path):
    """A comment goes, the frames' own bytes stay."""
    path = written(tmp_path, gif(film(4), comment=b"made by someone, somewhere"))

    outcome = fitted(path, tmp_path, route(5_000_000))[0]

    result = (tmp_path / "out" / "r0.gif").read_bytes()
    assert outcome.treatment == Treatment.STRIP
    assert b"someone" not in result
    assert all(np.array_equal(a, b) for a, b in zip(facts(result)[0], facts(path.read_bytes())[0], strict=True))
    assert facts(result)[1:] == facts(path.read_bytes())[1:]


@pytest.mark.parametrize(("kind", "suffix"), [("WEBP", "webp"), ("PNG", "png"), ("AVIF", "avif")])
def test_other_animations_become_gif(tmp_path, kind, suffix):
    """Animated WebP, PNG and AVIF play on no MMS phone by themselves: they are written as GIF, as long as before."""
    path = written(tmp_path, gif(film(12), kind=kind, duration=75), f"asset.{suffix}")

    outcome = fitted(path, tmp_path, route(60_000))[0]

    assert outcome.media_type == "image/gif"
    assert outcome.size_bytes <= 60_000
    assert outcome.duration_s == pytest.approx(12 * 0.075, abs=0.011)


def test_delays_that_players_replace_are_written_as_they_are_played(tmp_path):
    """Frames of 0 and 10 ms are shown for 100 ms everywhere; that is what the rendition says."""
    path = written(tmp_path, gif(film(8), duration=[0, 10, 20, 30, 0, 10, 20, 30]))

    outcome = fitted(path, tmp_path, route(25_000))[0]

    _, delays, _ = facts((tmp_path / "out" / "r0.gif").read_bytes())
    assert sum(delays) == 2 * (100 + 100 + 20 + 30)
    assert min(delays) >= 20
    assert outcome.done


@pytest.mark.parametrize(
    ("numbers", "held"),
    [
        ({"max_frames": 5}, lambda o: o.frames <= 5),
        ({"max_fps": 5.0}, lambda o: o.frames / o.duration_s <= 5.05),
        ({"max_width": 100, "max_height": 100}, lambda o: o.width <= 100 and o.height <= 100),
        ({"exact_width": 128, "exact_height": 128}, lambda o: (o.width, o.height) == (128, 128)),
    ],
)
def test_limits_of_the_route_are_kept(tmp_path, numbers, held):
    """Frames, rate, dimensions and exact dimensions of the route hold, with the whole time kept."""
    path = written(tmp_path, gif(film(8)))

    outcome = fitted(path, tmp_path, route(100_000, **numbers))[0]

    assert outcome.verdict == Verdict.FITTED, outcome.violations
    assert held(outcome)
    assert outcome.duration_s == pytest.approx(8 * 0.08)


def test_a_stretch_behind_the_end_is_told_as_such(tmp_path):
    """Where nothing is left of an animation, its length is named."""
    outcome = fitted(written(tmp_path, gif(film(16))), tmp_path, route(200_000), trim="2:3")[0]

    says = "the asset lasts 1.28 s; --trim begins at 2 s"
    assert [(v.name, v.message) for v in outcome.violations] == [("nothing_left", says)]


def test_too_long_is_never_cut_unasked(tmp_path):
    """Beyond the route's seconds: cannot_fit with --trim proposed; with it, that part is written."""
    path = written(tmp_path, gif(film(16)))
    short = route(200_000, max_duration_s=1.0)

    refused = fitted(path, tmp_path, short)[0]
    cut = fitted(path, tmp_path, short, trim="0.16:0.96")[0]

    assert refused.verdict == Verdict.CANNOT_FIT
    assert any("--trim" in proposal for proposal in refused.proposals)
    assert cut.verdict == Verdict.FITTED
    assert cut.duration_s == pytest.approx(0.8)
    first = facts((tmp_path / "out" / "r0.gif").read_bytes())[0][0]
    whole = facts(path.read_bytes())[0]
    size = first.shape[1::-1]
    apart = [
        np.abs(first[..., :3].astype(int) - np.asarray(Image.fromarray(frame[..., :3]).resize(size))).mean()
        for frame in whole
    ]
    assert int(np.argmin(apart)) == 2


def test_a_broken_end_is_salvaged(tmp_path):
    """A GIF cut in its last frame is fitted with the frames before, and the outcome says so."""
    data = gif(film(12))
    path = written(tmp_path, data[: len(data) * 4 // 5])

    outcome = fitted(path, tmp_path, route(40_000))[0]

    assert outcome.verdict == Verdict.FITTED
    assert "salvaged" in [w.name for w in outcome.warnings]
    assert outcome.size_bytes <= 40_000


def test_an_opaque_gif_has_no_use_for_a_background(tmp_path):
    """Its bytes stay as they are, whatever colour was named."""
    path = written(tmp_path, gif([Image.new("RGB", (40, 30), (40 * number, 90, 20)) for number in range(4)]))

    assert fitted(path, tmp_path, route(100_000), background="#00ff00")[0].treatment == "passthrough"


def test_transparent_frames_are_flattened_onto_what_was_asked(tmp_path):
    """Transparent pixels get the background; the frame before does not shine through (disposal)."""
    pictures = []
    for number in range(10):
        picture = Image.new("RGBA", (120, 90), (0, 0, 0, 0))
        ImageDraw.Draw(picture).ellipse((8 * number, 20, 8 * number + 30, 50), fill=(200, 30, 40, 255))
        pictures.append(picture)
    path = written(tmp_path, gif(pictures, disposal=2))

    outcome = fitted(path, tmp_path, route(100_000), background="#00ff00")[0]

    frames, _, _ = facts((tmp_path / "out" / "r0.gif").read_bytes())
    assert outcome.done
    assert all((frame[..., 3] == 255).all() for frame in frames)
    last = frames[-1]
    assert tuple(last[35, 15, :3]) == (0, 255, 0)
    assert last[35, 87, 0] > 150


def test_an_impossible_limit_names_the_nearest(samples, tmp_path):
    """300 bytes hold no animation: nothing is written, the nearest attempt is named."""
    outcome = fitted(samples / "film_loop.gif", tmp_path, route(300))[0]

    assert outcome.verdict in {Verdict.CANNOT_FIT, Verdict.BELOW_FLOOR}
    assert not outcome.done
    assert not list((tmp_path / "out").glob("*")) if (tmp_path / "out").exists() else True


def test_routes_share_what_was_learnt(samples, tmp_path):
    """Two limits, one session: both kept, the frames decoded and watched once."""
    outcomes = fitted(samples / "film_loop.gif", tmp_path, route(300_000), replace(route(120_000), name="s"))

    assert [o.verdict for o in outcomes] == [Verdict.FITTED, Verdict.FITTED]
    assert outcomes[0].size_bytes > outcomes[1].size_bytes
    assert outcomes[0].score > outcomes[1].score


@pytest.mark.slow
def test_real_animations_are_fitted(corpus, tmp_path):
    """Other people's GIFs of more than 50 kB come out within a third of their bytes, or the floor is named."""
    for path in sorted((corpus / "gif").glob("*.gif")):
        if not 50_000 < path.stat().st_size < 800_000:
            continue
        limit = int(path.stat().st_size * 0.3)
        outcome = fitted(path, tmp_path, replace(route(limit)))[0]
        if outcome.kind != KindName.ANIMATION:
            continue
        assert outcome.verdict in {Verdict.FITTED, Verdict.BELOW_FLOOR}, path.name
        assert outcome.size_bytes <= limit, path.name


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "share", "filled"), [("terminalizer__install", 0.12, 0.95), ("imgproxy__demo", 0.5, 0.91)]
)
def test_real_recordings_made_a_little_smaller_fill_their_limit_in_two_encodes(corpus, tmp_path, name, share, filled):
    """A terminal full of noise gets the dimensions that its bytes allow, a browser at .93 of them more frames."""
    path = corpus / "gif" / f"{name}.gif"
    limit = int(path.stat().st_size * share)

    outcome = fitted(path, tmp_path, route(limit))[0]

    assert filled * limit <= outcome.size_bytes <= limit
    assert len(outcome.attempts) <= 2
    assert outcome.score > 95


def test_a_gif_made_of_an_animated_png_is_not_said_to_stand_still(tmp_path):
    """The warning is about the type in which the asset is sent; as it is, it still comes."""
    path = written(tmp_path, gif(film(4), kind="PNG"), "asset.png")
    taken = replace(route(10**6).limits[0], types=("image/png",))

    made, kept = fitted(path, tmp_path, route(60_000), Route(name="p", folder="p", channel="mms", limits=(taken,)))

    assert (made.media_type, [found.name for found in made.warnings if found.name == "may_not_move"]) == (
        "image/gif",
        [],
    )
    assert (kept.media_type, "may_not_move" in [found.name for found in kept.warnings]) == ("image/png", True)
