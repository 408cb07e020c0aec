"""Plans: names decided before work, faults told at once, shards that share out every row."""

import contextlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mediaprep.batch.manifest import Fault, Row
from mediaprep.batch.plan import Plan, Shard
from mediaprep.errors import ProfileError, RouteError, UsageError
from mediaprep.limits import Limits, Route
from mediaprep.model import KindName
from mediaprep.naming import output_stems, roles_of
from mediaprep.options import FitOptions
from mediaprep.walk import Asset

FILES = [f"{stem}.{suffix}" for stem in ("a", "A", "a-poster", "a-jpg", "index") for suffix in ("jpg", "mp4", "json")]
NAMES = [*FILES, *(f"{folder}/{file}" for folder in ("a.jpg", "a-poster.mp4", "index.json") for file in FILES[:7])]


def route(name, limit_bytes=50_000):
    """Make a route for stills; the name ``nowhere`` has none."""
    if name == "nowhere":
        raise RouteError("no route 'nowhere'")
    limits = Limits(
        kind=KindName.IMAGE, limit_bytes=limit_bytes, target_bytes=limit_bytes, types=("image/jpeg",),
        poster=name == "posters",
    )  # fmt: skip
    channel, _, named = name.rpartition("/")
    return Route(name=name, folder=named.replace(",", "+"), channel=channel or "mms", limits=(limits,))


def row(path, *, place="list.csv:2", **more):
    """Make a row for a path."""
    return Row(place=place, asset=path, path=path, relative=tuple(path.split("/")), options={}, **more)


@pytest.fixture
def planned():
    """Give a function that loads rows into a plan."""
    made = []

    def load(rows, *, names=("us",), shard="1/1"):
        routes = tuple(map(route, names))
        made.append(Plan(routes=routes, resolve=route, options=FitOptions(), shard=Shard.read(shard)))
        made[-1].load(rows, "out")
        return made[-1]

    yield load
    for plan in made:
        plan.close()


def test_rows_keep_their_order_and_options(planned):
    """A row's own options and routes win over the run's."""
    first = replace(row("a.jpg"), options={"max_bytes": 9, "allow": ("mp4",)})
    plan = planned([first, row("b/c.jpg", routes=("att", "us"))])

    one, two = plan

    assert (one.place, one.options.max_bytes, one.options.allow) == (("a",), 9, ("mp4",))
    assert [r.name for r in one.routes] == ["us"]
    assert ([r.name for r in two.routes], two.place) == (["att", "us"], ("b", "c"))
    assert plan.folder_of(two.routes[0]) == "att"


def test_one_group_needs_no_folder(planned):
    """Where every row has the same single group, renditions lie in the output folder itself."""
    plan = planned([row("a.jpg"), row("b.jpg")])

    assert {plan.folder_of(r) for p in plan for r in p.routes} == {""}


def test_assets_that_differ_by_suffix_keep_it(planned):
    """``map.jpg`` beside ``MAP.png`` become two names on every system."""
    plan = planned([row("map.jpg"), row("MAP.png"), row("x.jpg")])

    assert [p.place for p in plan] == [("map-jpg",), ("MAP-png",), ("x",)]


def test_names_that_posters_and_folders_take_are_told_apart(planned):
    """As in ``fit``, ``clip-poster`` is its clip's where a route wants posters, and ``map.jpg`` its folder's."""
    names = ["clip.mp4", "clip-poster.jpg", "map.jpg/x.png", "map.tiff", "index.json/a.jpg", "clip.mov"]

    plain = [p.place for p in planned(map(row, names))]
    posters = [p.place for p in planned((row(name, routes=("posters",)) for name in names), names=())]

    assert plain == [
        ("clip-mp4",),
        ("clip-poster",),
        ("map.jpg", "x"),
        ("map-tiff",),
        ("index-json", "a"),
        ("clip-mov",),
    ]
    assert posters == plain
    assert [p.place for p in planned(map(row, names[:2]))] == [("clip",), ("clip-poster",)]
    shown = planned((row(name, routes=("posters",)) for name in names[:2]), names=())
    assert [p.place for p in shown] == [("clip",), ("clip-poster-jpg",)]
    with pytest.raises(UsageError, match=r"map-tiff\.gif"):
        planned(map(row, (*names, "map-tiff.gif")))


@example(["a.jpg", "a.mp4", "a-jpg.jpg", "a-jpg.mp4"])
@given(st.lists(st.sampled_from(NAMES), min_size=1, max_size=6, unique=True))
def test_a_batch_names_as_a_fit_does(names):
    """Whatever the assets are called, a batch's plan gives the names that ``fit`` gives, or refuses with it."""
    assets = [Asset(name=name, path=Path("in", name), relative=tuple(name.split("/"))) for name in names]
    wanted = route("posters")
    try:
        (stems,) = zip(*output_stems(assets, ["x"], Path(), roles_of([wanted])), strict=True)
        expected = [stem.parts for stem in stems]
    except UsageError:
        expected = None
    with contextlib.closing(Plan(routes=(wanted,), resolve=route, options=FitOptions(), shard=Shard())) as plan:
        try:
            plan.load(map(row, names), "out")
            given = [p.place for p in plan]
        except UsageError:
            given = None

    assert given == expected


@pytest.mark.parametrize("pair", [("a/x.jpg", "A/x.jpg"), ("x.jpg", "X.jpg")])
def test_names_that_meet_are_refused(planned, pair):
    """Two assets that would still be written to one name stop the run, both named."""
    with pytest.raises(UsageError, match=r"x\.jpg"):
        planned(map(row, pair))


def test_one_asset_twice_needs_different_routes(planned):
    """The same asset on other routes is fine; on the same route both rows are named."""
    planned([row("a.jpg", routes=("att",)), row("a.jpg", routes=("us",))])

    with pytest.raises(UsageError, match=r"a.jpg on us \(list.csv:2 and list.csv:9\)"):
        planned([row("a.jpg", routes=("att", "us")), row("a.jpg", place="list.csv:9")])


def test_all_faults_are_told_at_once(planned):
    """Faults of the manifest, unknown routes and sources among the outputs come in one error."""
    rows = [
        Fault("list.csv:2: bad"),
        row("a.jpg", place="list.csv:3", routes=("nowhere",)),
        row("out/b.jpg"),
        row("c.jpg"),
    ]

    with pytest.raises(ProfileError) as caught:
        planned(rows)

    assert len(caught.value.problems) == 3
    assert "list.csv:3: no route 'nowhere'" in caught.value.problems


@pytest.mark.parametrize(
    ("asset", "out", "inside"),
    [
        ("s3://b/out/x.jpg", "s3://b/out", True),
        ("s3://b/out/x.jpg", "s3://b/out/", True),
        ("s3://b/output/x.jpg", "s3://b/out", False),
        ("s3://b/x.jpg", "out", False),
        ("{tmp}/out/x.jpg", "{tmp}/out", True),
        ("{tmp}/out-2/x.jpg", "{tmp}/out", False),
        ("{tmp}/link.jpg", "{tmp}/out", True),
    ],
)
def test_no_rendition_of_a_run_is_its_asset(tmp_path, asset, out, inside):
    """What lies in the output folder, or leads there, is refused; a name that only begins like the folder's is not."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "x.jpg").write_bytes(b"x")
    (tmp_path / "link.jpg").symlink_to(tmp_path / "out" / "x.jpg")
    asset, out = (text.format(tmp=tmp_path) for text in (asset, out))
    one = Row(place="list.csv:2", asset=asset, path=asset, relative=("x.jpg",), options={})

    with contextlib.closing(Plan(routes=(route("us"),), resolve=route, options=FitOptions(), shard=Shard())) as plan:
        if inside:
            with pytest.raises(ProfileError, match="inside the output folder"):
                plan.load([one], out)
        else:
            plan.load([one], out)
            assert plan.rows == 1


def test_routes_of_rows_that_would_share_a_folder_get_one_each(planned):
    """Two channels of one region are two folders, and neither writes over the other."""
    plan = planned([row("a.jpg", routes=("us", "rcs/us"))], names=())

    assert sorted(plan.folder_of(each) for each in next(iter(plan)).routes) == ["rcs-us", "us"]


def test_a_row_without_any_route_is_a_fault(planned):
    """Without --to each row has to name its routes."""
    with pytest.raises(ProfileError, match="no route"):
        planned([row("a.jpg")], names=())


def test_an_audience_becomes_groups_of_equal_limits(planned):
    """Carriers with the same limits share one rendition, the others get their own."""
    plan = planned([row("a.jpg", audience=(("att", 0.4), ("verizon", 0.6)))], names=())

    (only,) = plan

    assert [r.name for r in only.routes] == ["att,verizon"]


def test_shards_share_out_every_row(planned):
    """Each row belongs to one shard, by its name and not by its position."""
    names = [f"{n}.jpg" for n in range(200)]
    parts = [{p.asset for p in planned(map(row, order), shard=f"{i}/3")}
             for i, order in ((1, names), (2, names[::-1]), (3, names))]  # fmt: skip

    assert set.union(*parts) == set(names)
    assert sum(map(len, parts)) == 200
    assert min(map(len, parts)) > 40


@pytest.mark.parametrize("text", ["0/2", "3/2", "x", "1/", "1/0", "-1/2"])
def test_a_shard_is_a_part_of_a_whole(text):
    """Anything else is a usage error."""
    with pytest.raises(UsageError):
        Shard.read(text)
