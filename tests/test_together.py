"""Assets that share a room: the room is kept and filled, the worst part is helped, and faults are told by part."""

from dataclasses import replace
from pathlib import Path

import pytest

from mediaprep import api
from mediaprep.job import Bundle, Job
from mediaprep.model import Verdict
from mediaprep.options import FitOptions
from mediaprep.together import SOUND_CEILING_BPS, SOUND_FLOOR_BPS, fit_together

SAMPLES = Path(__file__).resolve().parents[1] / "samples"


def bundle(scratch, names, *rooms, **options):
    """Make a bundle of samples on a route without limits of its own."""
    base = api.route("us")
    bare = tuple(replace(each, size_rules=(), limit_bytes=None, target_bytes=None) for each in base.limits)
    route, asked = replace(base, limits=bare), FitOptions(**options)
    jobs = tuple(
        Job(asset=name, path=SAMPLES / name, routes=(route,), mode="fit", options=asked, scratch=scratch)
        for name in names
    )
    return Bundle(jobs=jobs, rooms=rooms)


def total(shared):
    """Add up what the renditions came to."""
    return sum(outcome.size_bytes for outcome in shared.outcomes)


def test_a_room_is_kept_and_filled(tmp_path):
    """Two photographs: never over, 97 % used, the one that looks worse at an even split gets more."""
    shared = fit_together(bundle(tmp_path, ("landscape_photo.jpg", "phone_photo.jpg"), 120_000))
    assert [outcome.verdict for outcome in shared.outcomes] == [Verdict.FITTED] * 2
    assert 0.97 * 120_000 <= total(shared) <= 120_000
    assert shared.outcomes[0].size_bytes > shared.outcomes[1].size_bytes
    for outcome in shared.outcomes:
        assert Path(outcome.output).stat().st_size == outcome.size_bytes


def test_each_part_is_decoded_once(tmp_path, monkeypatch):
    """The curve's decode serves the render: one loading of the picture for each part."""
    from mediaprep.kinds import _still

    loads = []
    load = _still.StillSession._load
    monkeypatch.setattr(
        _still.StillSession, "_load", lambda self, size: (loads.append(self.source.name), load(self, size))[1]
    )
    fit_together(bundle(tmp_path, ("landscape_photo.jpg", "portrait_photo.jpg"), 200_000))
    assert sorted(loads) == ["landscape_photo.jpg", "portrait_photo.jpg"]


def test_what_needs_nothing_stays_as_it_is(tmp_path):
    """Room for all: every part passes, and no curve is drawn."""
    shared = fit_together(bundle(tmp_path, ("flyer_coupon.png", "contact_v30.vcf"), 2_000_000))
    assert all(outcome.done for outcome in shared.outcomes)
    assert shared.outcomes[0].score == 100.0


def test_the_second_room_is_taken_where_the_first_is_too_small(tmp_path):
    """Aimed at is the target; the limit is used where floors do not fit under it."""
    shared = fit_together(bundle(tmp_path, ("landscape_photo.jpg", "portrait_photo.jpg"), 3_000, 90_000))
    assert all(outcome.done for outcome in shared.outcomes)
    assert 3_000 < sum(outcome.size_bytes for outcome in shared.outcomes) <= 90_000


def test_floors_without_room_are_told_in_bytes(tmp_path):
    """Nothing is sent; what is missing is named."""
    shared = fit_together(bundle(tmp_path, ("landscape_photo.jpg", "portrait_photo.jpg"), 2_500))
    assert shared.outcomes == ()
    assert shared.short_bytes > 0


def test_sound_gets_its_place_between_floor_and_ceiling(tmp_path):
    """Sound has no score: it gets a share of its wish, never under its floor or over its ceiling."""
    shared = fit_together(bundle(tmp_path, ("music.mp3", "landscape_photo.jpg"), 200_000))
    sound = shared.outcomes[0]
    assert sound.done
    least, most = (rate * sound.duration_s / 8 for rate in (SOUND_FLOOR_BPS, SOUND_CEILING_BPS))
    assert least * 0.9 <= sound.size_bytes <= max(most, sound.source.size_bytes)
    assert total(shared) <= 200_000


@pytest.mark.parametrize("name", ["gone.jpg", "cut.jpg"])
def test_a_part_that_cannot_be_read_is_named(tmp_path, name):
    """It is refused or failed, and nothing is encoded: the part beside it is as it was judged."""
    whole = (SAMPLES / "phone_photo.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(whole[:300])
    name = str(tmp_path / name)
    shared = fit_together(bundle(tmp_path, (name, "phone_photo.jpg"), 50_000))
    assert [outcome.asset for outcome in shared.outcomes] == [name, "phone_photo.jpg"]
    assert shared.outcomes[0].verdict in (Verdict.REFUSED, Verdict.FAILED)
    assert (shared.outcomes[1].verdict, shared.outcomes[1].output) == (Verdict.NEEDS_FIT, None)


def test_graphics_that_fit_alone_do_not_pass_the_room_together(tmp_path):
    """Each screenshot could stay as it is by itself; together one is made smaller, and nobody tells it apart."""
    shared = fit_together(bundle(tmp_path, ("screenshot.png", "screenshot.png"), 487_800))
    assert all(outcome.done for outcome in shared.outcomes)
    assert total(shared) <= 487_800
    assert min(outcome.score for outcome in shared.outcomes) >= 89


@pytest.mark.slow
def test_moving_pictures_share_with_stills(tmp_path):
    """A clip, a GIF and a photograph in one room: kept, filled, none at the floor while others shine."""
    shared = fit_together(bundle(tmp_path, ("city_clip.mp4", "film_loop.gif", "landscape_photo.jpg"), 400_000))
    assert all(outcome.done for outcome in shared.outcomes)
    assert 0.97 * 400_000 <= total(shared) <= 400_000
    assert min(outcome.score for outcome in shared.outcomes) >= 45


@pytest.mark.slow
def test_an_animation_may_go_as_a_film(tmp_path):
    """With the option, the shared part is the film."""
    shared = fit_together(bundle(tmp_path, ("film_loop.gif", "landscape_photo.jpg"), 200_000, allow=("mp4",)))
    film = shared.outcomes[0]
    assert (film.done, film.media_type, film.kind, film.source.media_type) == (
        True,
        "video/mp4",
        "animation",
        "image/gif",
    )


def test_an_animation_that_fits_stays_one(tmp_path):
    """A film is allowed, but nothing has to change."""
    shared = fit_together(bundle(tmp_path, ("film_loop.gif",), 50_000_000, allow=("mp4",)))
    assert shared.outcomes[0].media_type == "image/gif"


def test_a_card_gives_bytes_of_its_photo(tmp_path):
    """A card with a large photo shrinks it so that the picture beside it can be seen; nothing else of it changes."""
    shared = fit_together(bundle(tmp_path, ("contact_v30.vcf", "landscape_photo.jpg"), 120_000))
    assert all(outcome.done for outcome in shared.outcomes)
    card = Path(shared.outcomes[0].output).read_bytes()
    assert b"PHOTO" in card
    assert 0.95 * 120_000 <= total(shared) <= 120_000
    assert shared.outcomes[0].score is not None
