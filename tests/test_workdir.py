"""Temporary folders that go away, and outputs that appear whole or not at all."""

import errno
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaprep import workdir
from mediaprep.errors import ToolError
from mediaprep.storage import open_source
from mediaprep.workdir import (
    PART_PREFIX,
    make_folder,
    place,
    private_folder,
    staged_copy,
    staged_file,
    sweep,
    would_replace,
    write_atomically,
)

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions, links and limits")


def names(folder):
    """Give what is in a folder, hidden names included."""
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path_factory, monkeypatch):
    """Keep what these tests make apart from everything else."""
    base = tmp_path_factory.mktemp("temp")
    monkeypatch.setattr(workdir.tempfile, "tempdir", str(base))
    workdir.remove_all()
    yield base
    workdir.remove_all()


@posix
def test_private_folders_are_private():
    """Only this user may enter, and no two calls share a folder."""
    one, two = private_folder(), private_folder()

    assert one != two
    for folder in (one, one.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_private_folders_go_at_the_end(own_temporary_folder):
    """``remove_all``, which also runs when the interpreter ends, leaves nothing."""
    (private_folder() / "x").write_bytes(b"x")

    workdir.remove_all()

    assert names(own_temporary_folder) == []
    assert private_folder().is_dir()


@posix
def test_folders_of_killed_runs_are_removed_and_those_of_living_ones_kept(own_temporary_folder):
    """A run killed with SIGKILL leaves a folder that the next run removes; a living run's stays."""
    script = (
        "from mediaprep.workdir import private_folder; import time; print(private_folder(), flush=True); time.sleep(60)"
    )
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", script],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "TMPDIR": str(own_temporary_folder)},
        )
        for _ in range(2)
    ]
    killed, living = (Path(run.stdout.readline().strip()) for run in runs)
    runs[0].kill()
    runs[0].wait()

    private_folder()

    assert not killed.parent.exists()
    assert living.exists()
    runs[1].kill()
    for run in runs:
        run.communicate()


@posix
def test_a_folder_that_is_no_temporary_folder_of_ours_is_left_alone(own_temporary_folder):
    """A fresh folder without a mark, a link and a file with our prefix all stay."""
    (own_temporary_folder / f"{workdir.PREFIX}fresh").mkdir()
    (own_temporary_folder / f"{workdir.PREFIX}file").write_bytes(b"")
    (own_temporary_folder / f"{workdir.PREFIX}link").symlink_to(own_temporary_folder)

    private_folder()

    assert {f"{workdir.PREFIX}{name}" for name in ("fresh", "file", "link")} <= set(names(own_temporary_folder))


def test_no_room_for_temporary_files_is_said_clearly(monkeypatch):
    """A temporary folder that does not exist is an error with its name."""
    monkeypatch.setattr(workdir.tempfile, "tempdir", "/no/such/folder")

    with pytest.raises(ToolError, match="/no/such/folder"):
        private_folder()


@given(data=st.binary(), durable=st.booleans())
def test_what_is_written_is_what_is_there(tmp_path_factory, data, durable):
    """Bytes and files arrive whole, over whatever stood there, and no other name is left."""
    folder = tmp_path_factory.mktemp("out")
    target, source = folder / "a.jpg", folder / "b.jpg"

    write_atomically(target, b"old")
    write_atomically(target, data, durable=durable)
    write_atomically(source, target, inside=folder)

    assert target.read_bytes() == source.read_bytes() == data
    assert names(folder) == ["a.jpg", "b.jpg"]


@posix
def test_outputs_have_ordinary_permissions(tmp_path):
    """An output is readable as the user's umask says, not private like a temporary file."""
    mask = os.umask(0o027)
    try:
        write_atomically(tmp_path / "a", b"x")
    finally:
        os.umask(mask)

    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


@posix
def test_a_link_is_replaced_never_followed(tmp_path):
    """Writing to a name that is a link leaves the file behind the link alone."""
    precious = tmp_path / "precious"
    precious.write_bytes(b"keep")
    link = tmp_path / "out.jpg"
    link.symlink_to(precious)

    write_atomically(link, b"new")

    assert precious.read_bytes() == b"keep"
    assert not link.is_symlink()


@posix
def test_a_pipe_keeps_its_name(tmp_path):
    """Neither a pipe nor a device, nor a link to one, becomes a file by the rename that makes an output appear."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    staged = staged_file(tmp_path, b"rendition")
    for target in (tmp_path / "pipe", tmp_path / "link", Path(os.devnull)):
        for put in (lambda path: write_atomically(path, b"rendition"), lambda path: place(staged, path)):
            with pytest.raises(ToolError, match="name a file"):
                put(target)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["pipe", "link", staged.name])
    assert (tmp_path / "pipe").is_fifo()


def test_nothing_is_written_outside_of_the_folder_asked_for(tmp_path):
    """A folder inside OUT that is a link to somewhere else is refused, and so is ``..``."""
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    out.mkdir()
    elsewhere.mkdir()
    (out / "sub").symlink_to(elsewhere)
    staged = staged_file(out, b"x")

    for target in (out / "sub" / "a.jpg", out / ".." / "a.jpg"):
        with pytest.raises(ToolError, match="outside"):
            write_atomically(target, b"x", inside=out)
        with pytest.raises(ToolError, match="outside"):
            place(staged, target, inside=out)

    with pytest.raises(ToolError, match="outside"):
        make_folder(out / "sub" / "deep", out)

    assert names(elsewhere) == []


@posix
def test_what_waits_under_an_unfinished_name_is_not_written_to(tmp_path, monkeypatch):
    """Where a file or a link has the name that an output gets in the making, it stays, and so does what it leads to."""
    monkeypatch.setattr(workdir.secrets, "token_hex", lambda size: "0" * 2 * size)
    precious, waiting = tmp_path / "precious", tmp_path / f"{PART_PREFIX}{'0' * 16}"
    precious.write_bytes(b"keep")
    waiting.symlink_to(precious)

    with pytest.raises(ToolError):
        write_atomically(tmp_path / "a.jpg", b"new")

    assert waiting.is_symlink()
    assert precious.read_bytes() == b"keep"
    assert names(tmp_path) == sorted([waiting.name, "precious"])


@posix
def test_an_output_in_its_assets_place_is_known_by_any_spelling(tmp_path):
    """By links and ``..``, whatever suffix it will get, in another case too; a file beside the asset is not it."""
    asset, link = tmp_path / "in" / "Photo.heic", tmp_path / "link"
    asset.parent.mkdir()
    asset.write_bytes(b"asset")
    link.symlink_to(asset.parent)

    for folder in (asset.parent, link, asset.parent / ".." / "in"):
        assert would_replace(asset, folder / "Photo.heic", exact=True)
        assert would_replace(asset, folder / "photo", exact=False)
        assert not would_replace(asset, folder / "Photo.jpg", exact=True)
        assert not would_replace(asset, folder / "photo-1", exact=False)
    assert not would_replace(asset, tmp_path / "out" / "Photo", exact=False)


@pytest.mark.parametrize("data", [b"x" * 1_000_000, Path("source")], ids=["bytes", "file"])
@posix
def test_a_failed_write_leaves_the_old_output_and_no_rest(tmp_path, monkeypatch, data):
    """When the disk takes no more, the error names the output, the old bytes stand, and no part is left."""
    import resource
    import signal

    if isinstance(data, Path):
        (tmp_path.parent / "big").write_bytes(b"x" * 1_000_000)
        data = tmp_path.parent / "big"
    target = tmp_path / "a.jpg"
    target.write_bytes(b"old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(ToolError, match=r"a\.jpg") as caught:
            write_atomically(target, data)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)

    assert caught.value.code == "disk"
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["a.jpg"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_has_its_own_words(tmp_path):
    """ENOSPC while copying comes out as ``disk`` with the system's words."""
    with (
        pytest.raises(ToolError, match=os.strerror(errno.ENOSPC)) as caught,
        workdir._translated(tmp_path / "a"),
        open("/dev/full", "wb") as stream,
    ):
        stream.write(b"x")

    assert caught.value.code == "disk"


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_a_permission_error(tmp_path):
    """Read-only output folders are ``permission``."""
    tmp_path.chmod(0o500)

    with pytest.raises(ToolError) as caught:
        write_atomically(tmp_path / "a.jpg", b"x")

    assert caught.value.code == "permission"


def test_a_missing_folder_or_source_is_named(tmp_path):
    """What does not exist is ``file_missing`` with its own name, never that of a part."""
    for target, data, name in (
        (tmp_path / "no" / "a.jpg", b"x", "a.jpg"),
        (tmp_path / "a.jpg", tmp_path / "gone", "gone"),
    ):
        with pytest.raises(ToolError, match=name) as caught:
            write_atomically(target, data)
        assert caught.value.code == "file_missing"
        assert PART_PREFIX not in caught.value.message


def test_a_file_in_the_way_of_a_folder_is_named(tmp_path):
    """Where a folder on the way is a file, that file is named, not what cannot be below it."""
    (tmp_path / "f").write_bytes(b"x")

    with pytest.raises(ToolError, match=r"f/sub/a.jpg cannot be created: .*/f is a file, not a folder") as caught:
        open_source(tmp_path / "f" / "sub" / "a.jpg", 100)

    assert caught.value.code == "file_missing"
    with pytest.raises(ToolError, match=r"/f is a file, not a folder"):
        make_folder(tmp_path / "f")


@pytest.mark.skipif(sys.platform != "linux", reason="/proc takes no files of anyone")
def test_a_folder_that_takes_no_files_is_not_said_to_be_missing():
    """A folder of the system exists, whatever its error says."""
    with pytest.raises(ToolError, match="/proc does not accept new files") as caught:
        staged_file(Path("/proc"), b"x")

    assert caught.value.code == "permission"


def test_one_rendition_can_appear_at_several_places(tmp_path):
    """Placed renditions share their bytes on disk where that can be, and the staged name stays the caller's."""
    staged = staged_file(tmp_path, b"rendition")

    for name in ("a.jpg", "b.jpg", "a.jpg"):
        place(staged, tmp_path / name)
    staged.unlink()

    assert names(tmp_path) == ["a.jpg", "b.jpg"]
    assert {(tmp_path / name).read_bytes() for name in ("a.jpg", "b.jpg")} == {b"rendition"}
    assert os.path.samefile(tmp_path / "a.jpg", tmp_path / "b.jpg")


def test_without_hard_links_renditions_are_copied(tmp_path, monkeypatch):
    """On a file system without links each place gets its own copy."""

    def refuse(*args):
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    staged = staged_copy(None, staged_file(None, b"rendition"))

    place(staged, tmp_path / "a.jpg")

    assert (tmp_path / "a.jpg").read_bytes() == b"rendition"
    assert names(tmp_path) == ["a.jpg"]


def test_a_copy_of_an_asset_is_never_the_asset(tmp_path):
    """Editing an output later does not change the asset that it was copied from."""
    asset = tmp_path / "asset"
    asset.write_bytes(b"asset")

    staged = staged_copy(tmp_path, asset)
    place(staged, tmp_path / "out")
    (tmp_path / "out").write_bytes(b"edited")

    assert asset.read_bytes() == b"asset"


def test_old_rests_of_killed_runs_are_swept(tmp_path):
    """Unfinished outputs older than an hour go; fresh ones and everything else stay."""
    old, fresh = staged_file(tmp_path, b"x"), staged_file(tmp_path, b"y")
    (tmp_path / "a.jpg").write_bytes(b"x")
    hours_ago = time.time() - 7_200
    os.utime(old, (hours_ago, hours_ago))
    os.utime(tmp_path / "a.jpg", (hours_ago, hours_ago))

    assert sweep(tmp_path) == 1
    assert names(tmp_path) == sorted([fresh.name, "a.jpg"])
