"""The cache: whole entries, the least recently used goes first, and what it gives back is what was made."""

import hashlib
import os
from dataclasses import replace

import pytest
from command_line import jpeg

from mediaprep import Bounds, FitOptions, Job, Limits, Route, border, stored
from mediaprep.cache import Cache, Held
from mediaprep.carry import carried
from mediaprep.formats import SUFFIXES
from mediaprep.job import AssetStarted, OutcomeReady
from mediaprep.kinds import all_kinds
from mediaprep.limits import Fact
from mediaprep.model import Confidence, KindName, Verdict, finding
from mediaprep.pipeline import run
from mediaprep.plugins import load, names


def route(name, limit_bytes=9_000, **more):
    """Make a route for stills, whose limit has its profile's name as a source."""
    fact = Fact(value=limit_bytes, profile=name, where="x", source=name, confidence=Confidence.DOC)
    limits = Limits(
        kind=KindName.IMAGE, limit_bytes=limit_bytes, target_bytes=limit_bytes, types=("image/jpeg",),
        facts=(("limit_bytes", fact),),
    )  # fmt: skip
    return Route(name=name, folder=name, channel="mms", limits=(limits,), **more)


@pytest.fixture
def asset(tmp_path):
    """Give a picture that needs a fit."""
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg())
    return path


def job(path, tmp_path, *routes, out="out", **more):
    """Make a job with a cache."""
    outputs = tuple(tmp_path / out / r.folder / "a" for r in routes)
    return Job(asset=path.name, path=path, routes=routes, mode="fit", outputs=outputs, cache=str(tmp_path / "cache"),
               cache_max_bytes=10**9, **more)  # fmt: skip


def never(job):
    """Stand where no worker is to be asked."""
    raise AssertionError(f"{job.asset} was carried out again")


def test_entries_come_back_whole(tmp_path):
    """What was put under a key is what it gives; other keys give nothing."""
    cache = Cache(str(tmp_path))
    cache.put("ab12", b"x" * 100)

    assert cache.get("ab12") == b"x" * 100
    assert cache.get("ab13") is None
    assert cache.held() == Held(entries=1, size_bytes=100)


def test_the_least_recently_used_goes_first(tmp_path):
    """A read counts as use."""
    cache = Cache(str(tmp_path))
    for number, key in enumerate(("old", "read", "new")):
        cache.put(key, b"x" * 100)
        os.utime(cache._place(key), (number, number))
    cache.get("old")

    removed = cache.prune(250)

    assert removed == Held(entries=1, size_bytes=100)
    assert [cache.get(key) is None for key in ("old", "read", "new")] == [False, True, False]


def test_the_bound_holds_by_itself(tmp_path):
    """A cache that only ever takes stays within its bound, but for a twentieth."""
    cache = Cache(str(tmp_path), 10_000)
    for number in range(100):
        cache.put(f"{number:04}", b"x" * 500)

    assert cache.held().size_bytes <= 10_500 + 500


def test_a_second_fit_asks_no_worker(asset, tmp_path):
    """The same asset, limits and options: same bytes, same record but for what says that it was reused."""
    (first,) = carried(job(asset, tmp_path, route("att")), run)
    events = []
    (second,) = carried(job(asset, tmp_path, route("att"), out="again"), never, events.append)

    assert (first.reused, second.reused) == (None, "cache")
    assert (tmp_path / "again/att/a.jpg").read_bytes() == (tmp_path / "out/att/a.jpg").read_bytes()
    same = {"output": None, "reused": None, "elapsed_s": None}
    assert first.to_record() | same == second.to_record() | same
    assert [type(event) for event in events] == [AssetStarted, OutcomeReady]


def test_limits_of_equal_numbers_share(asset, tmp_path):
    """Another route of the same numbers takes the entry, and says its own name and its own source."""
    carried(job(asset, tmp_path, route("att", 100)), run)
    warning = finding("profile_warning", "old")
    (outcome,) = carried(job(asset, tmp_path, route("usc", 100, warnings=(warning,)), out="again"), never)

    assert (outcome.route, outcome.verdict) == ("usc", Verdict.CANNOT_FIT)
    assert outcome.warnings[-1] == warning
    assert {v.source for v in outcome.violations if v.limit == "limit_bytes" and v.source} <= {"usc"}


def test_only_what_is_missing_is_made(asset, tmp_path):
    """Of two routes one is known: the worker is asked for the other alone."""
    carried(job(asset, tmp_path, route("att")), run)
    asked = []

    def note(part):
        asked.append([r.name for r in part.routes])
        return run(part)

    outcomes = carried(job(asset, tmp_path, route("att"), route("us", 7_000), out="again"), note)

    assert asked == [["us"]]
    assert [o.route for o in outcomes] == ["att", "us"]
    assert [o.reused for o in outcomes] == ["cache", None]


@pytest.mark.parametrize("change", [{"options": FitOptions(effort="fast")}, {"path": "b"}])
def test_what_decides_the_bytes_decides_the_entry(asset, tmp_path, change):
    """Other options and other bytes are made anew."""
    carried(job(asset, tmp_path, route("att")), run)
    other = tmp_path / "b.jpg"
    other.write_bytes(jpeg(seed=5))
    changed = change | ({"path": other} if "path" in change else {})

    (outcome,) = carried(replace(job(asset, tmp_path, route("att"), out="again"), **changed), run)

    assert outcome.reused is None


def test_a_damaged_entry_is_no_entry(asset, tmp_path):
    """Bytes that do not have the recorded hash are made anew, not delivered."""
    carried(job(asset, tmp_path, route("att")), run)
    for entry in (tmp_path / "cache").rglob("*.rendition"):
        data = entry.read_bytes()
        entry.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))

    (outcome,) = carried(job(asset, tmp_path, route("att"), out="again"), run)

    assert outcome.reused is None
    assert outcome.verdict is Verdict.FITTED


def test_a_refusal_is_not_kept(tmp_path):
    """A refusal may be a matter of time or memory: the next run asks again."""
    path = tmp_path / "bad.jpg"
    path.write_bytes(jpeg()[:2_000])
    (first,) = carried(job(path, tmp_path, route("att")), run)
    (second,) = carried(job(path, tmp_path, route("att")), run)

    assert (first.verdict, second.reused) == (Verdict.REFUSED, None)


def test_a_rendition_of_ours_is_not_degraded_twice(asset, tmp_path):
    """A rendition given as an asset for a smaller limit is fitted from what it was made from."""
    carried(job(asset, tmp_path, route("att")), run)
    (direct,) = carried(job(asset, tmp_path, route("small", 5_000), out="direct"), run)
    rendition = tmp_path / "out/att/a.jpg"

    (same,) = carried(job(rendition, tmp_path, route("att"), out="same"), run)
    (outcome,) = carried(job(rendition, tmp_path, route("small", 5_000), out="twice"), run)

    assert same.verdict is Verdict.FITS
    assert outcome.output_sha256 == direct.output_sha256
    assert [w.name for w in outcome.warnings if w.name == "made_from_origin"]
    assert outcome.asset == "a.jpg"


def test_a_second_generation_is_said(asset, tmp_path):
    """Where the original is gone the rendition is made smaller, and a warning says so."""
    carried(job(asset, tmp_path, route("att")), run)
    asset.unlink()

    (outcome,) = carried(job(tmp_path / "out/att/a.jpg", tmp_path, route("small", 5_000), out="twice"), run)

    assert outcome.verdict is Verdict.FITTED
    assert "second_generation" in {w.name for w in outcome.warnings}


def test_a_folder_at_its_bound_loses_nothing(tmp_path):
    """Removal begins with the first byte over."""
    cache = Cache(str(tmp_path))
    cache.put("ab12", b"x" * 100)

    assert cache.prune(100) == Held(entries=0, size_bytes=0)
    assert cache.prune(99) == Held(entries=1, size_bytes=100)


def test_a_name_that_misleads_is_told_of_a_kept_rendition_too(asset, tmp_path):
    """The same bytes under another suffix are another asset: some providers judge by the name."""
    carried(job(asset, tmp_path, route("att")), run)
    misnamed = tmp_path / "a.png"
    misnamed.write_bytes(asset.read_bytes())

    (outcome,) = carried(job(misnamed, tmp_path, route("att"), out="again"), run)

    assert "suffix_mismatch" in [w.name for w in outcome.warnings]


def test_an_entry_with_other_bytes_in_its_middle_is_no_entry(asset, tmp_path):
    """The files that an entry holds are held against their own hashes, not only what stands before them."""
    carried(job(asset, tmp_path, route("att")), run)
    for entry in (tmp_path / "cache").rglob("*.rendition"):
        data = bytearray(entry.read_bytes())
        if (at := data.find(b"\xff\xd8\xff")) > 0:
            data[at + 200] ^= 1
            entry.write_bytes(data)

    (outcome,) = carried(job(asset, tmp_path, route("att"), out="again"), run)

    assert outcome.reused is None
    assert outcome.verdict is Verdict.FITTED


def test_a_route_that_is_not_available_takes_nothing_from_the_cache(asset, tmp_path):
    """Equal numbers do not make a closed route an open one."""
    carried(job(asset, tmp_path, route("att")), run)
    closed = route("shut", available=False, unavailable=finding("mms_unavailable", "no MMS here"))

    (outcome,) = carried(job(asset, tmp_path, closed, out="again"), run)

    assert outcome.verdict is Verdict.CANNOT_FIT


def test_an_asset_replaced_during_its_fit_is_not_kept(asset, tmp_path):
    """The cache never gives an asset the rendition of other bytes, which stood there when the worker looked."""
    before = asset.read_bytes()

    def swapped(part):
        asset.write_bytes(jpeg(seed=5))
        return run(part)

    (other,) = carried(job(asset, tmp_path, route("att")), swapped)
    asset.write_bytes(before)
    (outcome,) = carried(job(asset, tmp_path, route("att"), out="again"), run)

    assert (outcome.reused, outcome.source_sha256) == (None, hashlib.sha256(before).hexdigest())
    assert outcome.output_sha256 != other.output_sha256


def test_a_poster_comes_out_of_a_cache_too(samples, tmp_path):
    """A clip that was fitted without a name to write it to has no poster: with a name it is made, then kept with it."""
    limits = Limits(kind=KindName.VIDEO, limit_bytes=60_000, target_bytes=60_000, types=("video/mp4",), poster=True)
    wants = Route(name="viber", folder="viber", channel="viber", limits=(limits,))
    clip, options = samples / "film_clip.mp4", FitOptions(trim="1:1.6", effort="fast")
    nameless = replace(job(clip, tmp_path, wants, options=options), outputs=None, scratch=tmp_path)

    bare, named, kept = (
        carried(made, run)[0]
        for made in (
            nameless, job(clip, tmp_path, wants, options=options), job(clip, tmp_path, wants, out="b", options=options),
        )
    )  # fmt: skip
    (again,) = carried(nameless, never)

    assert [len(o.companions) for o in (bare, named, kept, again)] == [0, 1, 1, 0]
    assert (kept.reused, again.reused) == ("cache", "cache")
    assert (tmp_path / "b/viber/a-poster.jpg").stat().st_size == kept.companions[0].size_bytes


@pytest.mark.parametrize("bound", [{"max_pixels": 1_000}, {"max_file_bytes": 1_000}, {"max_name_bytes": 3}])
def test_bounds_hold_before_a_cache(asset, tmp_path, bound):
    """What a run refuses to read is refused, whatever an earlier run with other bounds has kept of it."""
    (first,) = carried(job(asset, tmp_path, route("att")), run)
    (second,) = carried(job(asset, tmp_path, route("att"), out="again", bounds=Bounds(**bound)), run)
    spent = Bounds(max_cpu_s=9, max_wall_s=9, max_memory_bytes=10**9)
    (third,) = carried(job(asset, tmp_path, route("att"), out="third", bounds=spent), never)

    assert [o.verdict for o in (first, second, third)] == [Verdict.FITTED, Verdict.REFUSED, Verdict.FITTED]
    assert not list((tmp_path / "again").rglob("*.jpg"))


@pytest.mark.parametrize("first", [{"outputs": None}, {"exact": True}])
def test_a_kept_rendition_has_the_suffix_of_its_type(asset, tmp_path, first):
    """Made without a name, or under one that misleads, it comes out of the cache as ``.jpg`` all the same."""
    made = replace(job(asset, tmp_path, route("att")), scratch=tmp_path)
    named = (tmp_path / "out.png",)
    carried(replace(made, **({"outputs": named} | first)), run)

    (outcome,) = carried(job(asset, tmp_path, route("att"), out="again"), never)

    assert outcome.output == str(tmp_path / "again/att/a.jpg")
    assert outcome.warnings == ()


def test_types_that_go_out_are_called_as_their_kinds_say():
    """The table of suffixes agrees with the rows of the kinds, and has every type that an encoder writes."""
    rows = [row for kind in all_kinds() for row in kind.formats]
    for media_type, suffixes in SUFFIXES.items():
        own = [row for row in rows if media_type in (row.media_type, *row.aliases)]
        assert suffixes[0] in {row.suffix for row in own}
        assert set(suffixes) <= {name for row in own for name in (row.suffix, *row.suffixes)}
    for name in names("encoders"):
        encoder = load("encoders", name)
        assert SUFFIXES[encoder.media_type][0] == encoder.suffix


@pytest.mark.parametrize("written", [("x", [["a"]]), ("x", []), ("x", [[".jpg", -3]]), (3, None)])
def test_an_entry_of_another_shape_stands_for_nothing(tmp_path, written):
    """A whole entry that another version wrote, or nobody, is not read as an outcome."""
    head = border.packed(written)
    cache = Cache(str(tmp_path))
    cache.put("ab12", hashlib.sha256(head).digest() + len(head).to_bytes(4, "big") + head)

    assert stored.find(cache, "ab12") is None
