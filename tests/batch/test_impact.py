"""``profiles diff --impact``: which finished renditions a changed limit breaks, from the journal alone."""

import json
import shutil
from dataclasses import replace

import pytest
from command_line import jpeg
from foreign import ROOT
from timed_media import make

from mediaprep import fit, route
from mediaprep.batch.impact import objections
from mediaprep.cli import run
from mediaprep.model import KindName


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Lay out profiles before and after a change: carrier ``testers`` falls from 60,000 to 30,000 bytes."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "assets").mkdir()
    for number, width in enumerate((160, 320, 900)):
        (tmp_path / f"assets/{number}.jpg").write_bytes(jpeg(width=width, height=width * 3 // 4, seed=number))
    for name, size in (("old", 60_000), ("new", 30_000)):
        shutil.copytree(ROOT / "carrier_profiles", tmp_path / name)
        own = (
            "schema: mediaprep.profile/1\nname: testers\nrole: carrier\ntitle: Testers\ncountries: [us]\n"
            f"regions: [us]\nsource: own\nsizes: {{total: {{hard: {size}}}}}\ntypes: {{deliver: [image/jpeg]}}\n"
        )
        (tmp_path / name / "carriers" / "testers.yaml").write_text(own)
    return tmp_path


def test_what_a_lower_limit_breaks_is_named(folders, capsys):
    """Renditions over the new limit are listed with the figure; smaller ones and other routes are not."""
    assert run(["batch", "run", "assets", "--to", "testers", "--to", "us", "--profiles", "old", "-o", "out",
                "--engine", "serial", "--json"]) == 0  # fmt: skip
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()][:-1]
    over = {r["output"] for r in records if r["route"] == "testers" and r["size_bytes"] > 30_000 - 2_048}
    before = {p: p.stat().st_mtime_ns for p in (folders / "out").rglob("*.jpg")}

    assert run(["profiles", "diff", "old", "new", "--impact", "out", "--json"]) == 0
    impact = json.loads(capsys.readouterr().out)["impact"]
    assert run(["profiles", "diff", "old", "new", "--impact", "out"]) == 0
    text = capsys.readouterr().out

    assert over
    assert {b["output"] for b in impact["broken"]} == over
    assert {v["code"] for b in impact["broken"] for v in b["violations"]} == {"MP101"}
    assert (impact["renditions"], impact["touched"]) == (6, 3)
    assert f"{len(over)} of 6 renditions in out break a limit that changed (testers {len(over)})" in text
    assert {p: p.stat().st_mtime_ns for p in (folders / "out").rglob("*.jpg")} == before


def test_a_folder_without_a_journal_is_a_usage_error(folders, capsys):
    """There is nothing to say about a folder that no batch has written."""
    assert run(["profiles", "diff", "old", "new", "--impact", "assets"]) == 2
    assert "no journal" in capsys.readouterr().err


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Fit a clip to a route; give its outcome and the limits that it was fitted to."""
    folder = tmp_path_factory.mktemp("clip")
    source = make(folder / "clip.mp4", "-pix_fmt", "yuv420p")
    on = route("us", max_bytes=20_000)
    outcome = fit(source, on, folder / "out.mp4", isolation="none")
    assert outcome.verdict == "fitted"
    assert not list(objections(outcome, on.limits_for(KindName.VIDEO)))
    return outcome, on.limits_for(KindName.VIDEO)


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("over_limit", {"size_rules": (), "limit_bytes": 1_000}),
        ("kind_not_delivered", {"delivered": False}),
        ("type_not_delivered", {"types": ("video/3gpp",)}),
        ("container_not_delivered", {"containers": ("3gp",)}),
        ("codec_not_delivered", {"video_codecs": ("h263",)}),
        ("codec_not_delivered", {"audio_codecs": ("amr_nb",)}),
        ("profile_not_delivered", {"video_profiles": ("extended",)}),
        ("profile_not_delivered", {"max_level": 0.5}),
        ("frame_rate", {"max_fps": 5.0}),
        ("bit_rate", {"max_bit_rate_bps": 100}),
        ("too_wide", {"max_width": 16, "max_height": None}),
        ("too_high", {"max_height": 16, "max_width": None}),
        ("too_many_pixels", {"max_pixels": 100}),
        ("too_long", {"max_duration_s": 0.1}),
        ("too_short", {"min_duration_s": 60.0}),
        ("too_many_tracks", {"max_audio_tracks": 0}),
        ("channels", {"max_channels": 0}),
        ("channels", {"sample_rates_hz": (1,)}),
        ("below_floor", {"floor_score": 100.1}),
    ],
)
def test_each_limit_of_a_clip_is_judged_without_an_encode(clip, code, change):
    """What was read back from a rendition when it was made is judged against any limit that falls later."""
    outcome, limits = clip

    found = list(objections(outcome, replace(limits, **change)))

    assert code in {violation.name for violation in found}


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("codec_not_delivered", {"video_codecs": ("h263",)}),
        ("profile_not_delivered", {"video_profiles": ("extended",)}),
        ("frame_rate", {"max_fps": 5.0}),
        ("channels", {"max_channels": 0}),
    ],
)
def test_a_clip_that_got_a_new_wrapper_alone_is_judged_by_all_its_facts(tmp_path, code, change):
    """What was only rewrapped was read back, too: its codecs, profile and rates are as well known as a new clip's."""
    on = route("us", max_bytes=200_000)
    clip = make(tmp_path / "clip.mov", "-pix_fmt", "yuv420p", "-profile:v", "baseline", "-ac", "1")
    outcome = fit(clip, on, tmp_path / "out.mp4", isolation="none")
    limits = on.limits_for(KindName.VIDEO)

    assert outcome.treatment == "remux"
    assert not list(objections(outcome, limits))
    assert code in {violation.name for violation in objections(outcome, replace(limits, **change))}


def test_a_change_of_codecs_is_found_in_the_journal(folders, capsys):
    """A carrier that stops taking H.264 breaks the clips that were made for it, not the pictures."""
    make(folders / "assets/clip.mp4", "-pix_fmt", "yuv420p")
    for name, codec in (("old", "h264"), ("new", "h263")):
        text = (folders / name / "carriers/testers.yaml").read_text()
        text = text.replace("30000", "60000").replace("[image/jpeg]", "[image/jpeg, video/mp4]")
        (folders / name / "carriers/testers.yaml").write_text(f"{text}video: {{codecs: [{codec}]}}\n")
    run(["batch", "run", "assets", "--to", "testers", "--profiles", "old", "-o", "out", "--engine", "serial",
         "--max-bytes", "20000"])  # fmt: skip
    capsys.readouterr()

    run(["profiles", "diff", "old", "new", "--impact", "out", "--json"])

    impact = json.loads(capsys.readouterr().out)["impact"]
    assert [(b["asset"], [v["limit"] for v in b["violations"]]) for b in impact["broken"]] == [
        ("assets/clip.mp4", ["video_codecs"])
    ]
