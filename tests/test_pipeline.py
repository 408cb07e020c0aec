"""One asset on all its routes: sharing, events, dry runs, and errors that become outcomes."""

import os
from dataclasses import replace

import pytest

from mediaprep.errors import AssetError, ToolError
from mediaprep.job import AssetStarted, AttemptMade, Job, OutcomeReady
from mediaprep.kinds import _png as png
from mediaprep.limits import Limits, Route
from mediaprep.model import KindName, Verdict, finding
from mediaprep.options import Bounds, FitOptions
from mediaprep.pipeline import run
from mediaprep.verify import hold, verify


def mms(name, limit_bytes, **numbers):
    """Make a route for stills."""
    limits = Limits(
        kind=KindName.IMAGE, limit_bytes=limit_bytes, target_bytes=limit_bytes, types=("image/jpeg",), **numbers
    )
    return Route(name=name, folder=name, channel="mms", limits=(limits,))


def job_for(path, tmp_path, *routes, **changes):
    """Make a fit job that writes below tmp_path."""
    outputs = tuple(tmp_path / route.folder / "picture" for route in routes)
    made = Job(asset=path.name, path=path, routes=routes, mode="fit", outputs=outputs, scratch=tmp_path)
    return replace(made, **changes)


def files_in(folder):
    """Give every file below a folder."""
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_each_route_gets_its_rendition(samples, tmp_path):
    """Three routes, two sizes: each route's file is there, within its limit, and nothing else."""
    routes = (mms("a", 40_000), mms("b", 80_000), mms("c", 40_000))

    outcomes = run(job_for(samples / "portrait_photo.jpg", tmp_path, *routes))

    assert files_in(tmp_path) == ["a/picture.jpg", "b/picture.jpg", "c/picture.jpg"]
    for outcome, route in zip(outcomes, routes, strict=True):
        assert outcome.route == route.name
        assert (tmp_path / route.folder / "picture.jpg").stat().st_size == outcome.size_bytes
        assert outcome.size_bytes <= route.limits[0].limit_bytes


def test_equal_limits_make_one_rendition(samples, tmp_path):
    """Routes whose limits come to the same share one rendition, hard-linked, and say so."""
    outcomes = run(job_for(samples / "portrait_photo.jpg", tmp_path, mms("a", 40_000), mms("b", 40_000)))

    first, second = (tmp_path / name / "picture.jpg" for name in "ab")
    assert first.stat().st_ino == second.stat().st_ino
    assert outcomes[0].shared_with == ("b",)
    assert outcomes[1].shared_with == ("a",)
    assert outcomes[0].output_sha256 == outcomes[1].output_sha256


def test_events_tell_the_story(samples, tmp_path):
    """Events come in order: started, attempts, outcomes."""
    events = []

    run(job_for(samples / "portrait_photo.jpg", tmp_path, mms("a", 40_000)), events.append)

    assert isinstance(events[0], AssetStarted)
    assert isinstance(events[-1], OutcomeReady)
    assert any(isinstance(e, AttemptMade) for e in events)
    assert events[-1].outcome.attempts == tuple(
        replace(e.attempt, score=a.score)
        for e, a in zip([e for e in events if isinstance(e, AttemptMade)], events[-1].outcome.attempts, strict=True)
    )


def test_a_dry_run_writes_nothing(samples, tmp_path):
    """A dry run decides everything and leaves no file."""
    outcome = run(job_for(samples / "portrait_photo.jpg", tmp_path, mms("a", 40_000), dry_run=True))[0]

    assert outcome.verdict == Verdict.FITTED
    assert outcome.output is None
    assert files_in(tmp_path) == []


@pytest.mark.parametrize(
    ("content", "verdict", "code"),
    [
        (b"", "refused", "empty"),
        (b"PK\x03\x04" + bytes(100), "refused", "unsupported"),
        (b"\xff\xd8\xff\xe0" + bytes(10), "refused", None),
        (None, "failed", "file_missing"),
    ],
)
def test_errors_become_outcomes(tmp_path, content, verdict, code):
    """What cannot be read is an outcome for each route, never an exception, and writes nothing."""
    path = tmp_path / "in" / "asset.jpg"
    path.parent.mkdir()
    if content is not None:
        path.write_bytes(content)

    outcomes = run(job_for(path, tmp_path / "out", mms("a", 40_000), mms("b", 50_000)))

    assert [str(o.verdict) for o in outcomes] == [verdict, verdict]
    assert code is None or outcomes[0].violations[0].name == code
    assert files_in(tmp_path) == (["in/asset.jpg"] if content is not None else [])


def test_mms_that_ended_is_cannot_fit(samples, tmp_path):
    """Where MMS is off, every asset is cannot_fit with the fallback named."""
    off = replace(
        mms("vodafone_de", 300_000),
        available=False,
        unavailable=finding("mms_unavailable", "MMS ended on 2023-01-17"),
        fallback="sms_link",
    )

    outcome = run(job_for(samples / "portrait_photo.jpg", tmp_path, off))[0]

    assert outcome.verdict == Verdict.CANNOT_FIT
    assert outcome.violations[0].code == "MP701"
    assert any("sms_link" in proposal for proposal in outcome.proposals)
    assert files_in(tmp_path) == []


def test_the_five_thousand_byte_photo(samples, tmp_path):
    """A 12 MP photograph in 5,000 bytes: within it, or named as impossible; never a larger file."""
    outcome = run(job_for(samples / "phone_photo.jpg", tmp_path, mms("tiny", 5_000)))[0]

    written = [p.stat().st_size for p in tmp_path.rglob("*") if p.is_file()]
    assert all(size <= 5_000 for size in written)
    assert outcome.done == bool(written)
    if not outcome.done:
        assert "nearest" in outcome.violations[0].message or "best" in outcome.violations[0].message


def test_the_first_frame_goes_out_only_when_asked(samples, tmp_path):
    """A GIF on a route without animations is cannot_fit and proposes --still; with it, a still is written."""
    stills = mms("stills", 200_000)
    no_motion = replace(stills, limits=(*stills.limits, Limits(kind=KindName.ANIMATION, delivered=False)))

    refused = run(job_for(samples / "film_loop.gif", tmp_path, no_motion))[0]
    still = run(job_for(samples / "film_loop.gif", tmp_path, no_motion, options=FitOptions(still=True)))[0]

    assert refused.verdict == Verdict.CANNOT_FIT
    assert "--still" in refused.proposals
    assert still.verdict == Verdict.FITTED
    assert (still.frames, still.media_type) == (1, "image/jpeg")


def test_kinds_without_a_fit_pass_when_they_fit(tmp_path):
    """A calendar within the limits is given on unchanged; over them it is cannot_fit with not_yet_supported."""
    path = tmp_path / "in" / "event.ics"
    path.parent.mkdir()
    event = "BEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20261123T100000Z\r\nSUMMARY:Sale\r\nEND:VEVENT\r\n"
    path.write_bytes(f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y\r\n{event}END:VCALENDAR\r\n".encode())

    def document_route(name, limit_bytes):
        limits = Limits(kind=KindName.DOCUMENT, limit_bytes=limit_bytes, target_bytes=limit_bytes)
        return Route(name=name, folder=name, channel="mms", limits=(limits,))

    job = job_for(path, tmp_path / "out", document_route("a", 1_000), document_route("b", 50))
    fits, over = run(job)

    assert fits.verdict == Verdict.FITS
    assert (tmp_path / "out" / "a" / "picture.ics").read_bytes() == path.read_bytes()
    assert over.verdict == Verdict.CANNOT_FIT
    assert "not_yet_supported" in [v.name for v in over.violations]


def test_what_was_read_back_is_held_against_each_route(samples, tmp_path):
    """A rendition that serves several routes is decoded once; a narrower limit refuses it, and a cut one fails."""
    limits = Limits(kind=KindName.IMAGE, limit_bytes=10_000_000, types=("image/png",))
    path = tmp_path / "logo.png"
    path.write_bytes(png.stripped(logo := (samples / "logo.png").read_bytes(), png.read_structure(logo)))

    info = verify(path, limits, Bounds(), media_type="image/png")

    hold(info, info.size_bytes, limits)
    with pytest.raises(ToolError, match="limit is"):
        hold(info, info.size_bytes, replace(limits, limit_bytes=1_000))
    with pytest.raises(ToolError, match="breaks a limit"):
        hold(info, info.size_bytes, replace(limits, max_width=10))
    path.write_bytes(path.read_bytes()[:5_000])
    with pytest.raises(ToolError, match="cannot be read back"):
        verify(path, limits, Bounds(), media_type="image/png")


def test_searches_that_end_at_the_same_bytes_share_them(samples, tmp_path):
    """Two wide limits stop at the cap: one rendition, staged once, whose two outputs are the same file."""
    routes = (mms("wide", 700_000, max_long_edge=800), mms("wider", 900_000, max_long_edge=800))

    first, second = run(job_for(samples / "landscape_photo.jpg", tmp_path, *routes))

    assert first.output_sha256 == second.output_sha256
    assert (first.shared_with, second.shared_with) == (("wider",), ("wide",))
    assert os.path.samefile(first.output, second.output)
    assert files_in(tmp_path) == ["wide/picture.jpg", "wider/picture.jpg"]


def test_what_one_route_had_to_read_whole_is_not_read_again_for_another(samples, tmp_path):
    """A photo that passes on the second route is sent as it is; cut short, no route sends it, in whatever order."""
    cut = tmp_path / "cut.jpg"
    cut.write_bytes((samples / "portrait_photo.jpg").read_bytes()[:60_000])
    narrow, wide = mms("narrow", 30_000), mms("wide", 5_000_000)

    outcomes = run(job_for(samples / "portrait_photo.jpg", tmp_path, narrow, wide))

    assert [o.verdict for o in outcomes] == [Verdict.FITTED, Verdict.FITS]
    for routes in ((narrow, wide), (wide, narrow)):
        assert {o.verdict for o in run(job_for(cut, tmp_path, *routes))} == {Verdict.REFUSED}


def test_too_little_memory_for_reading_back_is_no_fault_of_the_rendition(samples):
    """What a small worker cannot decode is told as its bound; the rendition was not looked at."""
    limits = Limits(kind=KindName.VIDEO)

    with pytest.raises(AssetError) as caught:
        verify(samples / "city_clip.mp4", limits, Bounds(max_memory_bytes=60_000_000), media_type="video/mp4")

    assert caught.value.code == "memory_bound"
