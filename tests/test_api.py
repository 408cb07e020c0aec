"""The library as users call it."""

import io
import os
import pickle
import subprocess
import sys
import threading

import pytest
from command_line import jpeg
from PIL import Image

import mediaprep
from mediaprep import FitOptions, Fitter, Job, UsageError, VerdictError
from mediaprep.message import Draft


@pytest.fixture(scope="module")
def small():
    """A route that is a size alone."""
    return mediaprep.route(max_bytes="60KB")


def test_a_path_is_fitted_to_a_file(samples, tmp_path, small):
    """fit() with ``out`` writes that file and gives its outcome."""
    outcome = mediaprep.fit(samples / "portrait_photo.jpg", small, tmp_path / "out.jpg", isolation="none")

    assert outcome.output == str(tmp_path / "out.jpg")
    assert (tmp_path / "out.jpg").stat().st_size == outcome.size_bytes <= 60_000
    outcome.raise_for_verdict()


def test_bytes_in_bytes_out(samples, small):
    """fit() without ``out`` takes bytes and gives bytes, which no record and no pickle holds."""
    outcome = mediaprep.fit((samples / "portrait_photo.jpg").read_bytes(), small)

    assert len(outcome.data) == outcome.size_bytes
    assert "data" not in outcome.to_record()
    assert pickle.loads(pickle.dumps(outcome)).data is None


def test_one_decode_many_routes(samples, tmp_path):
    """fit_many() writes one folder a route."""
    routes = [mediaprep.route(max_bytes=size) for size in (30_000, 60_000)]

    outcomes = mediaprep.fit_many(samples / "portrait_photo.jpg", routes, tmp_path, isolation="none")

    assert [o.size_bytes <= size for o, size in zip(outcomes, (30_000, 60_000), strict=True)] == [True, True]
    assert len(list(tmp_path.rglob("*.jpg"))) == 2


def test_one_route_of_fit_many_has_its_folder_and_suffix(samples, tmp_path):
    """fit_many() with a single route names its rendition as it does with several: in a folder, with a suffix."""
    route = mediaprep.route(max_bytes=60_000)

    (outcome,) = mediaprep.fit_many(samples / "portrait_photo.jpg", [route], tmp_path, isolation="none")

    assert outcome.output == str(tmp_path / route.folder / "portrait_photo.jpg")


def test_an_asset_is_never_written_over(tmp_path, small):
    """An ``out`` that is the asset itself is refused, by another spelling or link too, and its bytes stay."""
    asset = tmp_path / small.folder / "a.jpg"
    asset.parent.mkdir()
    asset.write_bytes(jpeg(width=900, height=700, quality=97))
    before = asset.read_bytes()
    (tmp_path / "link").symlink_to(asset.parent)

    for out in (asset, asset.parent / ".." / small.folder / "a.jpg", tmp_path / "link" / "a.jpg"):
        with pytest.raises(UsageError, match="never written over"):
            mediaprep.fit(asset, small, out)
    with pytest.raises(UsageError, match="never written over"):
        mediaprep.fit_many(asset, [small], tmp_path)
    ((outcome,),) = mediaprep.run(
        [Job(asset="a", path=asset, routes=(small,), mode="fit", outputs=(asset,), exact=True)]
    )

    assert (outcome.verdict, outcome.violations[0].name) == ("failed", "permission")
    assert asset.read_bytes() == before


def test_routes_of_one_folder_do_not_write_over_each_other(samples, tmp_path):
    """Two routes whose renditions would have one name are refused by fit_many, before any work."""
    routes = [mediaprep.route("att", max_bytes=size) for size in (50_000, 60_000)]

    with pytest.raises(UsageError, match="one folder"):
        mediaprep.fit_many(samples / "portrait_photo.jpg", routes, tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX limits")
def test_bytes_on_a_full_disk_are_one_of_our_errors(tmp_path):
    """Bytes that find no room in the temporary folder raise ToolError, as all that goes wrong with a disk does."""
    (tmp_path / "a.jpg").write_bytes(jpeg())
    program = f"""
import resource, signal
from pathlib import Path
import mediaprep
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
data = Path({str(tmp_path / "a.jpg")!r}).read_bytes()
with mediaprep.Fitter(mediaprep.route(max_bytes=100_000)) as fitter:
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, 1_000))
    try:
        fitter.fit(data)
    except mediaprep.ToolError as error:
        print(error.code)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (done.stdout, done.stderr) == ("disk\n", "")


def test_a_fitter_serves_threads(samples, small):
    """One Fitter may be called from several threads; each call gets its own outcome."""
    results = {}
    with Fitter(small, workers=2) as fitter:

        def work(name):
            results[name] = fitter.fit(samples / name)

        threads = [
            threading.Thread(target=work, args=(n,)) for n in ("portrait_photo.jpg", "phone_photo.jpg", "logo.png")
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert {n: o.asset.endswith(n) for n, o in results.items()} == dict.fromkeys(results, True)
    assert all(o.done for o in results.values())


def test_isolation_changes_nothing_but_the_process(samples, small):
    """With and without workers the bytes are the same."""
    isolated = mediaprep.fit(samples / "logo.png", small)
    inline = mediaprep.fit(samples / "logo.png", small, isolation="none")

    assert isolated.data == inline.data


@pytest.mark.parametrize("content", [bytearray, memoryview])
def test_content_may_come_in_any_buffer(samples, small, content):
    """What frameworks hand over in place of bytes is fitted as bytes are."""
    assert mediaprep.fit(content((samples / "logo.png").read_bytes()), small, isolation="none").done


def test_one_route_and_several_have_calls_of_their_own(samples, small):
    """Whoever gives fit a list, or fit_many a lone route, reads the name of the other call."""
    with pytest.raises(UsageError, match="call fit_many"):
        mediaprep.fit(samples / "logo.png", [small])
    with pytest.raises(UsageError, match="or call fit"):
        mediaprep.fit_many(samples / "logo.png", small)


def test_public_names_are_listed_before_they_are_loaded():
    """dir(mediaprep), and completion with it, shows every public name from the start."""
    done = subprocess.run(
        [sys.executable, "-c", "import mediaprep; print(*dir(mediaprep))"], capture_output=True, text=True, check=True
    )
    assert set(mediaprep.__all__) <= set(done.stdout.split())


def test_a_damaged_asset_is_a_value(small):
    """What cannot be read is refused, not raised; raise_for_verdict is the caller's choice."""
    outcome = mediaprep.fit(b"\xff\xd8\xff\xe0 nonsense", small, isolation="none")

    assert outcome.verdict == "refused"
    with pytest.raises(VerdictError):
        outcome.raise_for_verdict()


def test_a_folder_is_no_file_to_write(tmp_path, small):
    """It is said before any work, not as a full disk after it."""
    with pytest.raises(UsageError, match="name the file to write"):
        mediaprep.fit(b"anything", small, tmp_path)


def test_the_records_of_a_run_are_never_written_over(tmp_path, small):
    """A rendition called index.json, in whatever case, is refused as the command line refuses it."""
    for name in ("index.json", "Index.JSON"):
        with pytest.raises(UsageError, match="keeps its records"):
            mediaprep.fit(b"anything", small, tmp_path / name)


def test_a_route_is_shown_in_a_line():
    """At a prompt or in a log a route says what it is, not sixty kilobytes of limits and sources."""
    shown = repr(mediaprep.route("us", via="twilio", sender="toll_free"))
    assert shown == "Route(name='us', channel='mms', provider='twilio', sender='toll_free', limit_bytes=497952)"


def test_no_route_is_a_usage_error():
    """A call without a route and without a size says what to name."""
    with pytest.raises(UsageError, match="us"):
        mediaprep.route()


def test_a_name_for_a_route_and_a_file_for_an_asset_are_told_what_to_write(small):
    """The two commonest mistakes of a first program end in the line to write instead."""
    with pytest.raises(UsageError, match=r"mediaprep\.route\('us'\)"):
        mediaprep.fit("photo.jpg", "us")
    with pytest.raises(UsageError, match="path or bytes, not BytesIO; for an open file"):
        mediaprep.fit(io.BytesIO(b"x"), small)


def test_options_reach_the_work(small):
    """The background asked for is behind the transparent pixels."""
    logo = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    raw = io.BytesIO()
    logo.save(raw, "PNG")

    outcome = mediaprep.fit(raw.getvalue(), small, options=FitOptions(background="#00ff00"), isolation="none")

    with Image.open(io.BytesIO(outcome.data)) as out:
        assert out.convert("RGB").getpixel((5, 5))[1] > 240


@pytest.mark.parametrize("to", ["us", None])
def test_a_limit_among_the_options_is_kept(samples, to):
    """``FitOptions.max_bytes`` narrows a route of the profiles, and a wider one changes nothing."""
    on = mediaprep.route(to, max_bytes=None if to else 400_000)

    small = mediaprep.fit(samples / "phone_photo.jpg", on, options=FitOptions(max_bytes=90_000), isolation="none")
    wide = mediaprep.check(samples / "logo.png", on, options=FitOptions(max_bytes=10**9), isolation="none")
    over = mediaprep.check(samples / "logo.png", on, options=FitOptions(max_bytes=50_000), isolation="none")

    assert small.size_bytes <= small.limit_bytes == 90_000
    assert wide.limit_bytes == on.limits_for("image").limit_bytes
    assert (over.verdict, over.violations[0].profile) == ("needs_fit", "--max-bytes")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"to": "att", "max_bytes": "300XB"}, "is not a size"),
        ({"to": "att", "max_bytes": 0}, "number of bytes"),
        ({"max_bytes": -5}, "number of bytes"),
        ({"to": ["us", "ca"]}, "each route separately"),
        ({"max_bytes": 300_000, "via": "twilio"}, "name a carrier or region"),
        ({"max_bytes": 300_000, "sender": "bogus"}, "name a carrier or region"),
    ],
)
def test_what_is_no_route_is_a_usage_error(wrong, says):
    """A size that is none, and words that a route would pass over, raise UsageError: users catch one tree of errors."""
    with pytest.raises(UsageError, match=says):
        mediaprep.route(**wrong)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda us, draft: mediaprep.fit(b"a text", us, options={"effort": "max"}), "write mediaprep.FitOptions"),
        (lambda us, draft: mediaprep.fit(b"a text", us, options={}), "write mediaprep.FitOptions"),
        (lambda us, draft: mediaprep.check("s3://bucket/photo.jpg", us), "give it to fit_batch"),
        (lambda us, draft: mediaprep.check("https://example.com/photo.jpg", us), "fetch it, and give its bytes"),
        (lambda us, draft: mediaprep.fit(b"a text", us, "s3://bucket/photo.jpg"), "only `batch run -o` writes"),
        (lambda us, draft: mediaprep.fit_many(b"a text", [us], "s3://bucket/"), "only `batch run -o` writes"),
        (lambda us, draft: mediaprep.fit_many(b"a text", us), "or call fit"),
        (lambda us, draft: mediaprep.fit_many(b"a text", "us"), "resolve each with mediaprep.route"),
        (lambda us, draft: mediaprep.fit_many(b"a text", [[us]]), "all of them in one list"),
        (lambda us, draft: mediaprep.fit_batch([], us, "out"), "give a list of routes"),
        (lambda us, draft: mediaprep.fit_batch(["a.jpg"], [us], "https://shop.example/out"), "written to such a URL"),
        (lambda us, draft: mediaprep.fit_batch(["a.jpg"], [us], os.devnull), "is a device; name a file or a folder"),
        (lambda us, draft: mediaprep.fit_message({"parts": []}, us), "a message is a Draft"),
        (lambda us, draft: mediaprep.fit_message(draft, [us]), "call fit_messages"),
        (lambda us, draft: mediaprep.fit_messages(draft, us), "or call fit_message"),
        (lambda us, draft: mediaprep.fit_message(draft, us, options={}), "write mediaprep.FitOptions"),
    ],
)
def test_a_slip_in_a_call_is_said_before_any_work(small, tmp_path, monkeypatch, call, said):
    """Each says what to give instead, and nothing is made meanwhile."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=said):
        call(small, Draft(name="draft"))
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are POSIX")
def test_a_pipe_is_never_replaced(small, tmp_path):
    """A file would take the place of a pipe or a device by its rename."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    for name in ("pipe", "link"):
        with pytest.raises(UsageError, match="is a pipe; name a file"):
            mediaprep.fit(b"a text", small, tmp_path / name)
    assert (tmp_path / "pipe").is_fifo()
    assert (tmp_path / "link").is_symlink()
