"""Every bound on what is read at all: judged from the header, with a code of its own, and settable."""

from __future__ import annotations

import io
import re
from dataclasses import fields
from pathlib import Path

import planted
import pytest
from command_line import jpeg
from foreign import ROOT
from kinds.timed_media import make
from PIL import Image

from mediaprep.api import check, route
from mediaprep.codes import BY_NAME
from mediaprep.config import read_bounds
from mediaprep.errors import UsageError
from mediaprep.model import Verdict
from mediaprep.options import Bounds

SECURITY = (ROOT / "SECURITY.md").read_text(encoding="utf-8")

CARD = "BEGIN:VCARD\r\nVERSION:2.1\r\nN:Doe;Jane\r\nFN:Jane Doe\r\n{inner}END:VCARD\r\n"
NESTED = CARD.format(inner="AGENT:\r\n" + CARD.format(inner="AGENT:\r\n" + CARD.format(inner="")))


def _saved(form: str, *pictures: Image.Image, **more: object) -> bytes:
    target = io.BytesIO()
    first, *others = pictures
    first.save(target, form, save_all=bool(others), append_images=others, **more)
    return target.getvalue()


def _pages() -> bytes:
    return _saved("TIFF", *(Image.new("L", (8, 8), shade) for shade in (0, 90, 200)))


def _film() -> bytes:
    return planted.gif(4)  # of 120x90


def _progressive() -> bytes:
    return _saved("JPEG", planted.picture((64, 48)), progressive=True)


def _clip(folder: Path) -> bytes:
    return make(folder / "made.mp4", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac").read_bytes()


def _sound(folder: Path) -> bytes:
    return make(folder / "made.wav", picture=False).read_bytes()


# bound, what is passed, a value that is too little, one that is enough (None: found by the file's own size)
CASES = (
    ("max_file_bytes", lambda _: jpeg(), "a.jpg", 4_000, 40_000),
    ("max_name_bytes", lambda _: jpeg(), "twelve_b.jpg", 11, 12),
    ("max_pixels", lambda _: jpeg(width=64, height=48), "a.jpg", 3_071, 3_072),
    ("max_pixels", lambda _: planted.png(), "a.png", 76_799, 76_800),
    ("max_pixels", _clip, "a.mp4", 6_143, 6_144),
    ("max_total_pixels", lambda _: _film(), "a.gif", 43_199, 43_200),
    ("max_frames", lambda _: _film(), "a.gif", 3, 4),
    ("max_pages", lambda _: _pages(), "a.tiff", 2, 3),
    ("max_scans", lambda _: _progressive(), "a.jpg", 9, 10),
    ("max_duration_s", _sound, "a.wav", 0.9, 1.1),
    ("max_tracks", _clip, "a.mp4", 1, 2),
    ("max_header_bytes", _clip, "a.mp4", 500, 50_000),
    ("max_nesting", lambda _: NESTED.encode(), "a.vcf", 2, 3),
    ("max_text_bytes", lambda _: b"x" * 100, "a.txt", 99, 100),
    ("max_text_bytes", lambda _: planted.vcard(), "a.vcf", 1_000, 1_000_000),
)  # fmt: skip

IN_WORKERS = {"max_cpu_s", "max_wall_s", "max_memory_bytes"}
"""What only a worker can be held to; ``test_sandbox`` and the test below do."""


@pytest.mark.parametrize(("name", "made", "called", "less", "enough"), CASES, ids=lambda value: str(value)[:20])
def test_one_less_is_refused_by_its_code_and_the_bound_itself_is_not(tmp_path, name, made, called, less, enough):
    """An asset over a bound is refused as the bound's metadata says, with the bound's figure; one at it is judged."""
    path = tmp_path / called
    path.write_bytes(made(tmp_path))
    expected = {each.name: each.metadata["code"] for each in fields(Bounds)}[name]

    refused = check(path, route("us"), bounds=Bounds(**{name: less}), isolation="none")
    judged = check(path, route("us"), bounds=Bounds(**{name: enough}), isolation="none")

    assert (refused.verdict, refused.violations[0].name) == (Verdict.REFUSED, expected)
    assert refused.violations[0].allowed == less
    assert judged.verdict in {Verdict.FITS, Verdict.NEEDS_FIT, Verdict.CANNOT_FIT}


@pytest.mark.slow
def test_time_and_memory_are_bounded_in_a_worker(tmp_path):
    """A picture that takes more memory than a worker may have is refused for that; so is one that takes too long."""
    path = tmp_path / "a.png"
    path.write_bytes(_saved("PNG", Image.new("RGB", (9_000, 9_000))))

    for bounds, code in (
        (Bounds(max_memory_bytes=180_000_000), "memory_bound"),
        (Bounds(max_wall_s=0.01), "time_bound"),
    ):
        outcome = check(path, route("us"), bounds=bounds)
        assert (outcome.verdict, outcome.violations[0].name) == (Verdict.REFUSED, code)


def test_every_bound_has_a_case_a_code_and_a_line():
    """A new bound needs a test above and a refusal of its own; the page on security lists all of them."""
    names = {each.name for each in fields(Bounds)}

    assert {case[0] for case in CASES} | IN_WORKERS == names
    assert all(BY_NAME[each.metadata["code"]].severity == "refused" for each in fields(Bounds))
    table = SECURITY.split("<!-- bounds: begin -->\n", 1)[1].split("<!-- bounds: end -->", 1)[0]
    assert table == bounds_table(), "write it anew: PYTHONPATH=tests:tests/kinds python tests/cli/test_cli_bounds.py"


def test_what_to_raise_is_said_as_one_types_it():
    """A refusal that speaks of raising its bound names the option and the bound, never another one's."""
    of_code = {}
    for each in fields(Bounds):
        of_code.setdefault(each.metadata["code"], []).append(each.name)
    for name, bounds in of_code.items():
        remedy = BY_NAME[name].remedy
        if "aise" in remedy:
            assert re.findall(r"(\w+)=N", remedy) == bounds, name
            assert "--bound" in remedy


def test_the_command_line_and_the_projects_file_set_bounds(cli, here):
    """``--bound`` and ``[bounds]`` take the same names; the command line wins, an unknown name gets a suggestion."""
    (here / "a.jpg").write_bytes(jpeg(width=64, height=48))
    (here / "mediaprep.toml").write_text("[bounds]\nmax_pixels = 3_000\n")

    assert [v["code"] for v in cli("check", "a.jpg", "--to", "us", "--json").records[0]["violations"]] == ["MP505"]
    assert (
        cli("check", "a.jpg", "--to", "us", "--bound", "max_pixels=4000", "--json").records[0]["verdict"] != "refused"
    )
    wrong = cli("check", "a.jpg", "--to", "us", "--bound", "max_pixel=4000")
    assert (wrong.code, "did you mean max_pixels" in wrong.err) == (2, True)
    (here / "mediaprep.toml").write_text("[bounds]\nmax_pixels = -3\n")
    assert cli("check", "a.jpg", "--to", "us").code == 2


@pytest.mark.parametrize(
    "words", [["max_pixels"], ["max_pixels=many"], ["max_wall_s=0"], ["x=1"], ["max_file_bytes=-1"]]
)
def test_what_is_no_bound_is_a_usage_error(words):
    """No bound is ever ignored or taken for none."""
    with pytest.raises(UsageError):
        read_bounds(words)


def test_sizes_are_read_as_everywhere():
    """5GB, 300KiB and plain numbers; seconds may have a fraction."""
    assert read_bounds(["max_file_bytes=5GB", "max_wall_s=2.5"]) == Bounds(max_file_bytes=5_000_000_000, max_wall_s=2.5)


def bounds_table() -> str:
    """Write the table of bounds as SECURITY.md holds it."""
    rows = []
    for each in fields(Bounds):
        code = BY_NAME[each.metadata["code"]]
        rows.append(f"| `{each.name}` | {each.default:,} | {each.metadata['help']} | {code.id} {code.name} |")
    return "\n".join(["| bound | default | of what | refused as |", "| --- | --- | --- | --- |", *rows]) + "\n"


if __name__ == "__main__":
    page = ROOT / "SECURITY.md"
    before, _, rest = SECURITY.partition("<!-- bounds: begin -->\n")
    after = rest.partition("<!-- bounds: end -->")[2]
    page.write_text(f"{before}<!-- bounds: begin -->\n{bounds_table()}<!-- bounds: end -->{after}")
