"""``mediaprep batch`` with assets, manifests, renditions and a cache in an object store."""

from command_line import jpeg
from object_store import names

from mediaprep import objects


def test_a_batch_from_a_store_to_a_store(bucket, here, cli):
    """A prefix of assets becomes renditions below another, once; only their URLs appear, and the cache is shared."""
    for number in range(3):
        objects.put(f"{bucket}/in/{number}/photo.jpg", jpeg(seed=number))
    argv = ["run", f"{bucket}/in", "--max-bytes", "8000", "-o", f"{bucket}/out", "--engine", "serial", "--json"]

    first = cli("batch", *argv, "--cache", f"{bucket}/cache")
    sizes = [objects.head(record["output"]).size_bytes for record in first.records[:-1]]
    again = cli("batch", *argv, "--cache", f"{bucket}/cache")
    objects.put(f"{bucket}/in/1/photo.jpg", jpeg(seed=9))
    changed = cli("batch", *argv)

    assert first.code == 0
    *records, summary = first.records
    assert names(f"{bucket}/out") == ["0/photo.jpg", "1/photo.jpg", "2/photo.jpg", "index.json"]
    assert {r["output"] for r in records} == {f"{bucket}/out/{n}/photo.jpg" for n in range(3)}
    assert [r["size_bytes"] for r in records] == sizes
    assert max(sizes) <= 8000
    assert {r["reused"] for r in again.records[:-1]} == {"journal"}
    assert [r["asset"] for r in changed.records[:-1] if r["reused"] is None] == [f"{bucket}/in/1/photo.jpg"]
    assert summary["verdicts"] == {"fitted": 3}


def test_a_manifest_in_a_store_names_objects_beside_it(bucket, here, cli):
    """Paths of a manifest at a URL begin at its folder; an object that is not there fails alone."""
    objects.put(f"{bucket}/list.jsonl", b'{"asset": "a.jpg"}\n{"asset": "gone.jpg"}\n')
    objects.put(f"{bucket}/a.jpg", jpeg())

    argv = ["run", f"{bucket}/list.jsonl", "--max-bytes", "8000", "-o", "out", "--engine", "serial", "--json"]
    result = cli("batch", *argv)

    assert result.code == 5
    verdicts = {r["asset"]: r["verdict"] for r in result.records[:-1]}
    assert verdicts == {"a.jpg": "fitted", "gone.jpg": "failed"}
    assert (here / "out/a.jpg").stat().st_size <= 8000


def test_a_bucket_that_is_not_there_stops_a_batch_before_any_work(bucket, here, cli):
    """Neither as the place of the assets nor of the renditions: one line, and nothing was fitted or left behind."""
    (here / "in").mkdir()
    (here / "in/a.jpg").write_bytes(jpeg())
    missing = f"{bucket.partition('://')[0]}://no-such-bucket"

    to_it = cli("batch", "run", "in", "--max-bytes", "8000", "-o", f"{missing}/out", "--json")
    from_it = cli("batch", "run", f"{missing}/in", "--max-bytes", "8000", "-o", "out", "--json")

    for result, place in ((to_it, "out"), (from_it, "in")):
        assert (result.code, result.records) == (5, [])
        assert result.err.startswith(f"mediaprep: {missing}/{place}: there is no ")
        assert result.err.count("\n") == 1
    assert sorted(path.name for path in here.iterdir()) == ["in"]
