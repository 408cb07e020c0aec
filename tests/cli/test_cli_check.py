"""``mediaprep check`` on real files."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from command_line import Cli, jpeg


def test_a_record_an_asset_in_walking_order(cli: Cli, campaign: Path) -> None:
    """--json is NDJSON on stdout and nothing else; assets are called as given plus the walked path."""
    result = cli("check", "campaign", "--max-bytes", "8000", "--json")
    assert result.code == 3
    assert result.out.isascii()
    assert result.err == ""
    assert [(r["asset"], r["verdict"]) for r in result.records] == [
        (os.path.join("campaign", "big.jpg"), "needs_fit"),
        (os.path.join("campaign", "spring", "big.jpg"), "needs_fit"),
        (os.path.join("campaign", "spring", "small.jpg"), "fits"),
    ]
    first = result.records[0]
    assert first["violations"][0]["code"] == "MP101"
    assert first["violations"][0]["allowed"] == first["limit_bytes"] == 8000
    assert first["violations"][0]["actual"] == first["source"]["size_bytes"] == first["size_bytes"]
    assert first["kind"] == "image"


def test_json_and_format_json_are_the_same(cli: Cli, campaign: Path) -> None:
    """The short flag is only short."""
    one, two = (
        cli("check", "campaign/spring/small.jpg", "--max-bytes", "8KB", *how)
        for how in (["--json"], ["--format", "json"])
    )
    assert one.code == two.code == 0
    assert one.out.partition('"elapsed_s"')[0] == two.out.partition('"elapsed_s"')[0]


def test_the_table_says_what_is_wrong_and_what_to_type_next(cli: Cli, campaign: Path) -> None:
    """The next step is the fit with the same route; what is fine is one line."""
    result = cli("check", "campaign", "--max-bytes", "8000")
    assert result.code == 3
    assert "big.jpg" in result.out
    assert "small.jpg" not in result.out
    assert "1 of 3 can be sent as they are (--all lists them)." in result.out
    assert result.out.endswith("Next:\n  mediaprep fit campaign --max-bytes 8000 -o out\n")
    assert "small.jpg" in cli("check", "campaign", "--max-bytes", "8000", "--all").out


def test_codes_of_refused_and_missing_assets(cli: Cli, campaign: Path) -> None:
    """A truncated picture is refused (4), a missing one fails (5), and neither stops the others."""
    whole = (campaign / "big.jpg").read_bytes()
    (campaign / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    result = cli("check", "campaign", "--max-bytes", "1MB", "--json")
    assert result.code == 4
    assert [r["verdict"] for r in result.records] == ["fits", "refused", "fits", "fits"]
    result = cli("check", "gone.jpg", "campaign", "--max-bytes", "1MB", "--json")
    assert result.code == 5
    assert [r["verdict"] for r in result.records] == ["failed", "fits", "refused", "fits", "fits"]
    assert result.records[0]["violations"][0]["code"] == "MP601"


def test_fail_on_decides_what_the_codes_mean(cli: Cli, campaign: Path) -> None:
    """Under never a run that only reports is not stopped by judgements, but a failure stays one."""
    assert cli("check", "campaign", "--max-bytes", "8000", "--fail-on", "never").code == 0
    assert cli("check", "campaign", "gone.jpg", "--max-bytes", "8000", "--fail-on", "never").code == 5
    (campaign / "big.png").write_bytes((campaign / "big.jpg").read_bytes())  # a suffix against the content: MP404
    assert cli("check", "campaign/big.png", "--max-bytes", "1MB").code == 0
    assert cli("check", "campaign/big.png", "--max-bytes", "1MB", "--fail-on", "warning").code == 3


def test_other_formats_come_out_whole(cli: Cli, campaign: Path) -> None:
    """Annotations stream, JUnit is one document."""
    assert cli("check", "campaign", "--max-bytes", "8000", "--format", "github").out.startswith(
        "::error file=campaign/"
    )
    assert cli("check", "campaign", "--max-bytes", "8000", "--format", "junit").out.startswith("<?xml")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_hostile_names_go_through_every_format(cli: Cli, here: Path) -> None:
    """Undecodable bytes, line breaks, escapes and leading dashes are names like others."""
    folder = here / "in"
    folder.mkdir()
    for raw in (b"caf\xe9.jpg", b"two\nlines.jpg", b"--to.jpg", b"\x1b[31m.jpg"):
        with open(os.path.join(os.fsencode(folder), raw), "wb") as stream:
            stream.write(jpeg())
    result = cli("check", "in", "--max-bytes", "8000", "--json")
    names = [r["asset"] for r in result.records]
    assert names == ["in/\x1b[31m.jpg", "in/--to.jpg", "in/caf\udce9.jpg", "in/two\nlines.jpg"]
    assert {r["verdict"] for r in result.records} == {"needs_fit"}
    for form in ("table", "github", "junit"):
        shown = cli("check", "in", "--max-bytes", "8000", "--format", form).out
        assert "\x1b" not in shown
        assert "caf\\udce9.jpg" in shown
        assert "two\\nlines.jpg" in shown
    assert cli("check", "--max-bytes", "8000", "--", "in/--to.jpg").code == 3


def test_the_projects_file_gives_defaults_and_the_command_line_wins(cli: Cli, campaign: Path, here: Path) -> None:
    """A size in mediaprep.toml holds for the run below its folder, until the call says otherwise."""
    (here / "mediaprep.toml").write_text('max_bytes = "8KB"\n', encoding="utf-8")
    assert cli("check", "campaign/big.jpg", "--json").records[0]["limit_bytes"] == 8000
    assert cli("check", "campaign/big.jpg", "--json", "--max-bytes", "1MB").records[0]["limit_bytes"] == 1_000_000
    (here / "mediaprep.toml").write_text("max_byte = 8\n", encoding="utf-8")
    result = cli("check", "campaign/big.jpg")
    assert result.code == 2
    assert "mediaprep.toml:1: unknown key 'max_byte'; did you mean max_bytes?" in result.err
    assert cli("check", "--help").code == 0


def test_workers_give_the_same_records(cli: Cli, campaign: Path) -> None:
    """Decoding in workers of their own changes nothing but the time."""

    def facts(isolation: str) -> list[dict]:
        records = cli("check", "campaign", "--max-bytes", "8000", "--json", isolation=isolation).records
        return [{key: value for key, value in r.items() if key != "elapsed_s"} for r in records]

    assert facts("workers") == facts("none")


def test_a_sender_of_any_spelling_goes_through_a_worker_and_back(cli, campaign):
    """What a worker gives back names the number type, whether it was said as 10dlc, shortcode or toll_free."""
    for said, meant in (("10dlc", "long_code"), ("shortcode", "short_code"), ("toll_free", "toll_free")):
        done = cli("check", "campaign", "--to", "us", "--sender", said, "--json")
        assert {(record["sender"], record["verdict"]) for record in done.records} == {(meant, "fits")}


def test_what_agencies_hand_over_is_named(cli, here):
    """A file of a kind that is never read is told by what it is, not only that it is unknown."""
    (here / "hero.jxl").write_bytes(b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(100))
    (here / "logo.svg").write_bytes(b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>')
    (here / "logo.ai").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n" + bytes(100))
    done = cli("check", ".", "--to", "us")
    assert done.code == 4
    words = " ".join(done.out.split())
    for name in ("JPEG XL", "SVG, a drawing of shapes", "PostScript, as from Illustrator"):
        assert f"it looks like {name}." in words
