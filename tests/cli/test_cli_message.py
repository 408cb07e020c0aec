"""``mediaprep message``: a whole message on one budget, from its file to its folder."""

import email
import email.policy
import json
from pathlib import Path

from message_files import written


def test_the_command_writes_a_whole_message(cli, here):
    """Parts under short names, three wire forms, a record; the MIME form reads back with the standard library."""
    body = (
        'sender: "+15550100"\nrecipients: ["+15550101"]\nsubject: Sale\ntext: Sale. Reply STOP.\n'
        "parts:\n  - {path: flyer_coupon.png, alt: Flyer}\n  - path: contact_v21.vcf\nroutes: [us]\n"
        'fallback: {link: "https://x.example/s"}\nprices: {mms: 0.02, sms_segment: 0.01}\n'
    )
    path = written(here, body, "flyer_coupon.png", "contact_v21.vcf")
    forms = [word for form in ("mime", "mm1", "mm1-retrieve", "mm7") for word in ("--wire", form)]
    done = cli("message", "fit", "--isolation", "none", str(path), "-o", str(here / "out"), "--json", *forms)
    assert done.code == 0
    (record,) = done.records
    assert record["schema"] == "mediaprep.message/1"
    folder = here / "out" / "us"
    assert (folder / "message.mms").stat().st_size == record["size_bytes"] <= record["limit_bytes"]
    assert (folder / "message.retrieve.mms").read_bytes()[:2] == b"\x8c\x84"
    parsed = email.message_from_bytes((folder / "message.mime").read_bytes(), policy=email.policy.default)
    names = [part.get_filename() for part in parsed.iter_parts()]
    assert all((folder / name).is_file() and len(name) <= 20 for name in names)
    assert {Path(name).suffix for name in names} == {".xml", ".png", ".vcf", ".txt"}
    assert json.loads((folder / "message.json").read_text())["verdict"] == record["verdict"]
    states = {item["name"]: item["state"] for item in record["checklist"]}
    assert states["opt-out wording"] == states["link fallback"] == states["size"] == "ok"


def test_a_check_ends_in_the_checklist(cli, here):
    """Each line has a mark and says why; what needs a person is asked."""
    path = written(here, "text: Sale\nparts: [{path: logo.png}]\n", "logo.png")
    done = cli(
        "message", "check", "--isolation", "none", str(path), "--to", "us", "--via", "twilio", "--sender", "toll_free"
    )
    assert done.code in (0, 3)
    assert "[!] opt-out wording" in done.out
    assert max(map(len, done.out.splitlines())) <= 100
    assert "needs_fit" not in done.out
    assert "[?] registration: needed: toll-free verification" in done.out
    assert "MP808" in done.out


def test_a_check_that_asks_for_a_fit_says_what_to_type(cli, here):
    """The next command has the routes that were given on the line, and none that stand in the file."""
    path = written(here, "text: Sale. Reply STOP.\nparts: [{path: logo.png}]\n", "logo.png")
    done = cli("message", "check", str(path), "--max-bytes", "50000")
    assert f"Next:\n  mediaprep message fit {path} --max-bytes 50000 -o messages\n" in done.out
    assert "Next:" not in cli("message", "check", str(path), "--max-bytes", "500000").out


def test_a_message_without_a_route_is_a_usage_error(cli, here):
    """Nothing says where it goes: exit 2 before any work."""
    done = cli("message", "check", "--isolation", "none", str(written(here, "text: Sale STOP")))
    assert done.code == 2
    assert "--to" in done.err


def test_an_audience_gets_one_safe_message_and_one_for_each_class(cli, here):
    """Both are written, and the gain of splitting is said, so that a person can choose."""
    body = "text: Sale. Reply STOP.\nparts: [{path: landscape_photo.jpg}]\naudience: {att: 0.5, verizon: 0.4}\n"
    path = written(here, body, "landscape_photo.jpg")
    done = cli("message", "fit", str(path), "-o", str(here / "out"), "--sender", "short_code", "--isolation", "none")
    assert done.code == 0
    assert "audience: 2 limit classes cover 90%; 10% unknown get the fallback" in done.out
    assert {each.name for each in (here / "out").iterdir()} == {"safe", "att", "verizon"}
    sizes = {name: (here / "out" / name / "message.mime").stat().st_size for name in ("safe", "att", "verizon")}
    assert sizes["safe"] == sizes["att"] < sizes["verizon"]


def test_an_export_of_numbers_becomes_shares_for_the_file(cli, here):
    """What is printed is YAML for message.yaml, with the unknown share in a comment."""
    (here / "numbers.csv").write_text("number,carrier\n1,Verizon Wireless\n2,AT&T\n3,Nobody\n", "utf-8")
    done = cli("audience", str(here / "numbers.csv"))
    assert done.code == 0
    assert "audience:\n  verizon: 0.3333\n  att: 0.3333\n" in done.out
    assert "33.3% on carriers that no profile covers" in done.out
