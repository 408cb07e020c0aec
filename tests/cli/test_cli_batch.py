"""``mediaprep batch``: runs, runs again, retries, shards; every form of manifest through the real command line."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest
from command_line import jpeg

LIMIT = "8000"


def files(folder):
    """Give every rendition below a folder with its bytes and dates."""
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(("journal", "index"))
    }


def batch(cli, *argv):
    """Run a batch in one worker; give the result, its outcome records and its summary."""
    result = cli("batch", *argv, "--engine", "serial", "--json")
    *records, summary = result.records
    return result, records, summary


def test_a_folder_is_fitted_and_fitted_again_for_nothing(cli, campaign):
    """The second run encodes nothing, changes no byte, and says the same of every asset."""
    first, records, summary = batch(cli, "run", "campaign", "--max-bytes", LIMIT, "-o", "out")
    before = files(campaign.parent / "out")

    again, later, second = batch(cli, "run", "campaign", "--max-bytes", LIMIT, "-o", "out")

    assert (first.code, again.code) == (0, 0)
    assert sorted(before) == ["big.jpg", "spring/big.jpg", "spring/small.jpg"]
    assert files(campaign.parent / "out") == before
    assert (summary["schema"], summary["assets"], summary["finished"]) == ("mediaprep.summary/1", 3, True)
    assert summary["encodes"] > 0
    assert (second["encodes"], second["reused"]) == (0, 3)
    assert {r["reused"] for r in later} == {"journal"}
    strip = {"reused": None}
    assert sorted(map(json.dumps, (r | strip for r in later))) == sorted(map(json.dumps, records))


def test_the_index_says_what_the_journal_holds(cli, campaign):
    """``index.json`` has every record with its routes; it is written anew only when something changed."""
    argv = ["run", "campaign", "--to", "us", "--to", "att", "-o", "out"]
    _, records, _ = batch(cli, *argv)
    index = campaign.parent / "out/index.json"
    first, written = json.loads(index.read_text()), index.stat().st_mtime_ns

    batch(cli, *argv)
    same = index.stat().st_mtime_ns
    (campaign / "more.jpg").write_bytes(jpeg(seed=11))
    batch(cli, *argv)
    grown = json.loads(index.read_text())

    assert first["schema"] == "mediaprep.index/1"
    assert [(r["name"], r["folder"]) for r in first["routes"]] == [("us", "us"), ("att", "att")]
    assert sorted(map(json.dumps, first["records"])) == sorted(map(json.dumps, records))
    assert same == written
    assert len(grown["records"]) == len(records) + 2


def test_only_what_changed_is_done_again(cli, campaign):
    """A changed asset, a lost rendition and a spoilt one are made anew; a touched asset and others are not."""
    batch(cli, "run", "campaign", "--max-bytes", LIMIT, "-o", "out")
    (campaign / "more.jpg").write_bytes(jpeg(seed=11))
    batch(cli, "run", "campaign", "--max-bytes", LIMIT, "-o", "out")
    (campaign / "big.jpg").write_bytes(jpeg(seed=9))
    os.utime(campaign / "spring/small.jpg", (1, 1))
    (campaign.parent / "out/spring/big.jpg").unlink()
    (campaign.parent / "out/more.jpg").write_bytes(b"spoilt")

    _, records, _ = batch(cli, "run", "campaign", "--max-bytes", LIMIT, "-o", "out")

    assert {r["asset"]: r["reused"] for r in records} == {
        "campaign/big.jpg": None,
        "campaign/more.jpg": None,
        "campaign/spring/big.jpg": None,
        "campaign/spring/small.jpg": "journal",
    }
    assert (campaign.parent / "out/more.jpg").read_bytes() != b"spoilt"


def test_other_limits_or_options_are_other_work(cli, campaign):
    """What decides the bytes decides whether an outcome still stands."""
    batch(cli, "run", "campaign", "--max-bytes", LIMIT, "-o", "out")

    _, records, _ = batch(cli, "run", "campaign", "--max-bytes", "7000", "-o", "out")

    assert {r["reused"] for r in records} == {None}
    assert all(r["size_bytes"] <= 7000 for r in records)


def test_another_group_makes_nothing_anew(cli, campaign):
    """With a second --to the first group's files appear in its folder, too; with one less they come back, unmade."""
    batch(cli, "run", "campaign", "--to", "us", "--max-bytes", LIMIT, "-o", "out")
    alone = files(campaign.parent / "out")

    _, both, _ = batch(cli, "run", "campaign", "--to", "us", "--to", "att", "--max-bytes", LIMIT, "-o", "out")
    _, again, _ = batch(cli, "run", "campaign", "--to", "att", "--max-bytes", LIMIT, "-o", "out")

    assert {(r["route"], r["reused"]) for r in both} == {("us", "journal"), ("att", None)}
    assert {(r["route"], r["reused"]) for r in again} == {("att", "journal")}
    found = {name: data for name, (data, _) in files(campaign.parent / "out").items()}
    assert {name: found[f"us/{name}"] for name in alone} == {name: data for name, (data, _) in alone.items()}
    assert all(found[name] == found[f"att/{name}"] for name in alone)
    assert {r["output"] for r in again} == {f"out/{name}" for name in alone}


def test_a_manifest_says_routes_and_options_of_each_row(cli, campaign):
    """Each row has its groups, below one folder each, and its own limit."""
    (campaign / "list.csv").write_text("asset,routes,max_bytes\nbig.jpg,att;us,9000\nspring/big.jpg,us,7000\n")

    result, records, _ = batch(cli, "run", "campaign/list.csv", "-o", "out")

    assert result.code == 0
    assert sorted(files(campaign.parent / "out")) == ["att/big.jpg", "us/big.jpg", "us/spring/big.jpg"]
    assert [r["limit_bytes"] for r in sorted(records, key=lambda r: r["output"])] == [9000, 9000, 7000]


def test_faults_of_a_manifest_stop_the_run_before_any_work(cli, campaign):
    """All faults are told with their lines, and nothing is written."""
    (campaign / "list.csv").write_text("asset,routes\nbig.jpg,nowhere\n,us\n")

    result = cli("batch", "run", "campaign/list.csv", "-o", "out")

    assert result.code == 2
    assert "list.csv:2: " in result.err
    assert "list.csv:3: the row names no asset" in result.err
    assert not (campaign.parent / "out").exists()


def test_a_batch_without_a_route_says_so_once(cli, campaign):
    """What holds for all assets is one line, not one for each."""
    done = cli("batch", "run", "campaign", "-o", "out")

    assert done.code == 2
    assert done.err.count("no route") == 1


def test_refused_assets_are_kept_and_retried_on_demand(cli, campaign):
    """A damaged asset costs nothing again until ``retry`` asks for it; then its mended bytes are fitted."""
    (campaign / "bad.jpg").write_bytes(jpeg()[:2000])
    first, _, summary = batch(cli, "run", "campaign", "--max-bytes", LIMIT, "-o", "out")
    _, records, _ = batch(cli, "run", "campaign", "--max-bytes", LIMIT, "-o", "out")
    stat = (campaign / "bad.jpg").stat()
    (campaign / "bad.jpg").write_bytes(jpeg())

    again = cli("batch", "retry", "out", "--only", "refused", "--engine", "serial", "--json")

    assert first.code == 4
    assert summary["verdicts"]["refused"] == 1
    assert {r["asset"]: r["reused"] for r in records}["campaign/bad.jpg"] == "journal"
    assert stat.st_size == 2000
    *records, summary = again.records
    assert {r["asset"] for r in records if r["reused"] is None} == {"campaign/bad.jpg"}
    assert summary["verdicts"] == {"fitted": 3, "fits": 1}
    assert again.code == 0


def test_a_raised_bound_tries_again_what_it_had_refused(cli, campaign):
    """A refusal stands while the bounds are the same; what was let through stands under any."""
    argv = ["run", "campaign", "--max-bytes", LIMIT, "-o", "out"]
    strict = ["--bound", "max_pixels=5000"]
    seen = [batch(cli, *argv, *bounds) for bounds in (strict, strict, (), strict)]

    assert [result.code for result, _, _ in seen] == [4, 4, 0, 0]
    assert [summary["reused"] for _, _, summary in seen] == [0, 3, 1, 3]
    assert seen[2][2]["verdicts"] == {"fitted": 2, "fits": 1}


def test_a_retry_that_cannot_begin_forgets_nothing(cli, campaign):
    """A fault in the manifest, or in what is said now, stops it before any outcome is given up."""
    manifest = campaign / "list.csv"
    manifest.write_text("asset\nbig.jpg\nspring/small.jpg\n", encoding="utf-8")
    batch(cli, "run", "campaign/list.csv", "--max-bytes", LIMIT, "-o", "out")
    (before,) = cli("batch", "status", "out", "--json").records

    poor = cli("batch", "retry", "out", "--only", "fits,fitted", "--limit-memory", "1MB")
    manifest.write_text("asset,routes\nbig.jpg,nosuch\n", encoding="utf-8")
    faulty = cli("batch", "retry", "out", "--only", "fits,fitted")

    assert (poor.code, faulty.code) == (2, 2)
    assert "nosuch" in faulty.err
    assert "to do again" not in poor.err + faulty.err
    assert cli("batch", "status", "out", "--json").records == [before]
    assert before["verdicts"] == {"fitted": 1, "fits": 1}


def test_index_and_status_are_of_the_last_run(cli, campaign):
    """Assets that left the manifest are no longer listed, counted or proposed for a retry; their files stay."""
    manifest = campaign / "list.csv"
    (campaign / "bad.jpg").write_bytes(jpeg()[:2000])
    for rows in ("big.jpg\nbad.jpg", "spring/small.jpg"):
        manifest.write_text(f"asset\n{rows}\n", encoding="utf-8")
        batch(cli, "run", "campaign/list.csv", "--max-bytes", LIMIT, "-o", "out")

    status = cli("batch", "status", "out")
    records = json.loads((campaign.parent / "out/index.json").read_text())["records"]

    assert [record["asset"] for record in records] == ["spring/small.jpg"]
    assert "1 asset, 1 outcome: 1 done" in status.out
    assert "retry" not in status.out
    assert (campaign.parent / "out/big.jpg").exists()


def test_a_failed_asset_is_tried_again_by_itself(cli, campaign):
    """What was no asset's fault (a file that was not there yet) is done by the next run."""
    (campaign / "list.csv").write_text("asset\nbig.jpg\nlate.jpg\n")
    first, _, _ = batch(cli, "run", "campaign/list.csv", "--max-bytes", LIMIT, "-o", "out")
    (campaign / "late.jpg").write_bytes(jpeg())

    second, _, _ = batch(cli, "run", "campaign/list.csv", "--max-bytes", LIMIT, "-o", "out")

    assert (first.code, second.code) == (5, 0)


def test_status_tells_verdicts_and_records(cli, campaign):
    """``status`` reads the journal: text, the summary's record, or every outcome."""
    _, records, _ = batch(cli, "run", "campaign", "--max-bytes", LIMIT, "-o", "out")

    text = cli("batch", "status", "out")
    (summary,) = cli("batch", "status", "out", "--json").records
    told = [json.loads(line) for line in cli("batch", "status", "out", "--records").out.splitlines()]

    assert "3 assets" in text.out
    assert summary["verdicts"] == Counter(r["verdict"] for r in records)
    assert told == records
    assert cli("batch", "status", "campaign").code == 2


def test_a_summary_counts_as_people_do_and_says_how_to_try_again(cli, campaign):
    """One asset is one asset, bytes have the unit that suits them, and what failed has a command, too."""
    (campaign / "list.csv").write_text("asset\nsmall.jpg\ngone.jpg\n", encoding="utf-8")
    small = campaign / "spring" / "small.jpg"
    (campaign / "small.jpg").write_bytes(small.read_bytes())
    done = cli("batch", "run", str(campaign / "list.csv"), "--max-bytes", LIMIT, "-o", "out", "--engine", "serial")

    assert done.code == 5
    assert "2 assets, 2 outcomes: 1 done; " in done.out
    assert "0.0 MB" not in done.out
    assert "  mediaprep batch retry out --only failed" in done.out
    (campaign / "gone.jpg").write_bytes(small.read_bytes())
    assert cli("batch", "retry", "out", "--only", "failed", "--engine", "serial").code == 0


def test_shards_share_the_work_and_the_folder(cli, campaign):
    """Shards of one folder have a journal each; ``status`` adds them up."""
    for number in range(8):
        (campaign / f"{number}.jpg").write_bytes(jpeg(seed=number))
    seen = []
    for part in ("1/2", "2/2"):
        _, records, _ = batch(cli, "run", "campaign", "--max-bytes", LIMIT, "-o", "out", "--shard", part)
        seen.append({r["asset"] for r in records})

    (summary,) = cli("batch", "status", "out", "--json").records

    assert seen[0].isdisjoint(seen[1])
    assert all(seen)
    for part, assets in zip(("1-of-2", "2-of-2"), seen, strict=True):
        index = json.loads((campaign.parent / f"out/index-{part}.json").read_text())
        assert {r["asset"] for r in index["records"]} == assets
    assert (summary["assets"], summary["finished"]) == (11, True)
    assert len(files(campaign.parent / "out")) == 11


def test_retry_is_the_run_again_from_wherever_it_is_called(cli, campaign, monkeypatch):
    """All shards are done anew with the run's own bounds and cache, from any folder; what is said now comes first."""
    for part in ("1/2", "2/2"):
        batch(cli, "run", "campaign", "--max-bytes", LIMIT, "-o", "out", "--shard", part, "--bound", "max_pixels=5000",
              "--cache", "kept")  # fmt: skip
    elsewhere = campaign.parent / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)

    same = cli("batch", "retry", "../out", "--json", "--engine", "serial")
    wider = cli("batch", "retry", "../out", "--json", "--engine", "serial", "--bound", "max_pixels=100000000")

    records = [record for record in same.records if record["schema"] == "mediaprep.outcome/1"]
    assert (same.code, wider.code) == (4, 0)
    assert Counter(r["verdict"] for r in records) == {"refused": 2, "fits": 1}
    assert sum(r["verdicts"].get("fitted", 0) for r in wider.records if "verdicts" in r) == 2
    assert list(elsewhere.iterdir()) == []
    assert sorted(p.name for p in (campaign.parent / "out").glob("journal*.sqlite3")) == [
        "journal-1-of-2.sqlite3", "journal-2-of-2.sqlite3",
    ]  # fmt: skip


def test_a_run_that_was_moved_is_not_retried(cli, campaign):
    """Nothing is forgotten where the run could only be asked for again in another place."""
    (campaign / "bad.jpg").write_bytes(jpeg()[:2000])
    batch(cli, "run", "campaign", "--max-bytes", LIMIT, "-o", "out")
    (campaign.parent / "out").rename(campaign.parent / "moved")

    result = cli("batch", "retry", "moved", "--engine", "serial")
    (summary,) = cli("batch", "status", "moved", "--json").records

    assert (result.code, summary["verdicts"]["refused"]) == (2, 1)
    assert "was moved since its run" in result.err
    assert not (campaign.parent / "out").exists()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_an_interrupt_says_how_to_go_on(campaign):
    """SIGINT ends the run with 130 and the words of how to resume; the next run finishes the work."""
    for number in range(40):
        (campaign / f"{number}.jpg").write_bytes(jpeg(seed=number, width=640, height=480))
    command = [
        sys.executable, "-m", "mediaprep", "batch", "run", "campaign", "--max-bytes", LIMIT, "-o", "out",
        "--jobs", "2", "--json",
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        run.stdout.readline()
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=30)
    time.sleep(0.1)

    finished = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()

    assert run.returncode == 130
    assert "the same command goes on from there" in err
    summary = json.loads(finished[-1])
    assert summary["reused"] > len(out.splitlines())
    assert (summary["assets"], summary["finished"]) == (43, True)


def test_a_cache_serves_fit_and_batch_and_keeps_its_bound(cli, campaign):
    """What ``fit`` made, ``batch`` takes from the cache; ``cache info`` and ``prune`` look after it."""
    fitted = cli("fit", "campaign", "--max-bytes", LIMIT, "-o", "fitted", "--cache", "kept", "--json")
    (campaign.parent / "mediaprep.toml").write_text('cache = "kept"\n')

    _, records, summary = batch(cli, "run", "campaign", "--max-bytes", LIMIT, "-o", "out")
    (info,) = cli("cache", "info", "--json").records
    (pruned,) = cli("cache", "prune", "--cache-max-bytes", "1000", "--json").records

    assert fitted.code == 0
    assert {r["reused"] for r in records} == {"cache"}
    assert summary["encodes"] == 0
    plain = {name: data for name, (data, _) in files(campaign.parent / "fitted").items() if name != "index.json"}
    assert {name: data for name, (data, _) in files(campaign.parent / "out").items()} == plain
    assert info["entries"] >= 6
    assert pruned["size_bytes"] <= 1000
    assert pruned["removed_entries"] > 0
