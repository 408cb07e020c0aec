"""Nothing but the assets is read, nothing but the output is written, nobody is called: as the kernel saw it."""

from __future__ import annotations

import json
import os
import socket
import sys
import sysconfig
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import hostile_files
import pytest
import traced
from command_line import jpeg
from foreign import ROOT

from mediaprep.ffmpeg import binary

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not traced.available(), reason="strace is not here, or may not attach to programs"),
]

SECRET = b"SECRET-of-another-file"

CODE = tuple({
    sys.prefix, sys.base_prefix, sysconfig.get_path("purelib"), os.fspath(ROOT / "mediaprep"),
    os.fspath(ROOT / "carrier_profiles"), "/usr/lib", "/usr/share/locale", "/usr/local/lib", "/lib", "/lib64",
})  # fmt: skip
"""Where Python and libraries live."""

SYSTEM = (
    "/etc/ld.so.cache", "/etc/localtime", "/etc/ssl/openssl.cnf", "/usr/lib/ssl/openssl.cnf", "/dev/null",
    "/dev/urandom", "/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/filesystems",
    "/proc/sys/vm/overcommit_memory", "/sys/devices/system/cpu", "/sys/fs/cgroup",
)  # fmt: skip
"""What the interpreter, the C library and allocators read at their start."""


@dataclass
class Listener:
    """A port of our own that nobody should call."""

    port: int = 0
    calls: list[object] = field(default_factory=list)


@contextmanager
def listening() -> Iterator[Listener]:
    """Note who calls a port of the loopback."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        heard = Listener(server.getsockname()[1])

        def wait():
            while True:
                try:
                    heard.calls.append(server.accept()[1])
                except OSError:
                    return

        threading.Thread(target=wait, daemon=True).start()
        yield heard
        server.shutdown(socket.SHUT_RDWR)


def below(path: str, *folders: str | Path) -> bool:
    """Say whether a path is one of the folders or files, or in one of them."""
    return any(path == os.fspath(f) or path.startswith(f"{os.fspath(f).rstrip('/')}/") for f in folders)


@dataclass
class Home:
    """The folders of a run: a temporary one, a home with something worth stealing, one to stand in."""

    root: Path

    def __post_init__(self) -> None:
        """Make them."""
        for name in ("tmp", "home", "here", "private"):
            (self.root / name).mkdir()
        for name in (".netrc", ".aws", "private"):
            (self.root / "home" / name).write_bytes(SECRET)
        self.secret = self.root / "private" / "secret.mp4"
        self.secret.write_bytes(SECRET)

    def run(self, *arguments: str | Path) -> tuple[int, list[str], str, bytes]:
        """Call mediaprep; give its exit code, what it touched that it should not have, and what it said."""
        env = {"PATH": os.environ["PATH"], "HOME": str(self.root / "home"), "TMPDIR": str(self.root / "tmp"),
               "PYTHONDONTWRITEBYTECODE": "1"}  # fmt: skip
        log = self.root / f"log{len(list(self.root.glob('log*')))}"
        command = [sys.executable, "-m", "mediaprep", *arguments]
        done, touched = traced.traced(command, log, folder=self.root / "here", env=env)
        assert len(touched) > 500, "the tracer saw nothing"
        return done.returncode, list(self.foreign(touched, arguments)), done.stderr.decode(), done.stdout

    def foreign(self, touched: list[traced.Touched], arguments: tuple[str | Path, ...]) -> Iterator[str]:
        """Name every call that reads, writes, runs or calls what is none of its business."""
        own = (self.root / "tmp", self.root / "out")
        given = [argument for argument in arguments if isinstance(argument, Path)]
        for found in touched:
            if found.network:
                yield f"{found.call}({found.words})"
            elif found.call.startswith("exec"):
                if found.paths[0] not in {
                    os.path.abspath(sys.executable),
                    os.fspath(binary()),
                    os.path.realpath(sys.executable),
                }:
                    yield f"runs {found.paths[0]}"
            elif found.writes:
                yield from (
                    f"{found.call} {p!r}"
                    for p in found.paths
                    if not below(p, *own, "/dev/null") and "__pycache__" not in p
                )
            else:
                known = (*own, *given, *CODE, *SYSTEM, self.root / "here")
                yield from (f"reads {p!r}" for p in found.paths if not below(p, *known) and p != os.fspath(ROOT))


def test_a_hostile_folder_reads_writes_and_calls_nothing_else(tmp_path):
    """Lists, references, entities, odd names, links, pipes, devices: only the folder is read and only OUT written."""
    home = Home(tmp_path)
    assets = tmp_path / "assets"
    assets.mkdir()
    with listening() as heard:
        special = hostile_files.lay_out(assets, f"http://127.0.0.1:{heard.port}", home.secret)
        checked, foreign, said, _ = home.run("check", assets, "--to", "us", "--json")
        assert (foreign, said) == ([], "")
        fitted, foreign, said, records = home.run(
            "fit", assets, "--to", "us", "--max-bytes", "6000", "-o", tmp_path / "out", "--json"
        )

    assert foreign == []
    assert said == ""
    assert (checked, fitted) == (4, 4)
    assert heard.calls == []
    assert os.listdir(home.root / "here") == os.listdir(home.root / "tmp") == []
    outcomes = [json.loads(line) for line in records.splitlines()]
    assert {o["asset"] for o in outcomes} & {os.fspath(path) for path in special} == set()
    pictures = [o for o in outcomes if o["kind"] == "image"]
    assert len(pictures) == len(hostile_files.ODD_NAMES) + 2  # one is in a folder, one points elsewhere in its XMP
    assert {o["verdict"] for o in pictures} == {"fitted"}
    assert "failed" not in {o["verdict"] for o in outcomes}
    for folder, _, names in os.walk(tmp_path / "out"):
        for name in names:
            assert SECRET not in Path(folder, name).read_bytes()


def test_what_is_no_file_is_refused_by_name(tmp_path):
    """A pipe, a socket, a device named on the command line: told apart, never opened, nothing blocks."""
    home = Home(tmp_path)
    assets = tmp_path / "assets"
    assets.mkdir()
    special = hostile_files.lay_out(assets, "http://127.0.0.1:9", home.secret)
    named = [path for path in special if path.exists() and not path.is_symlink()]

    code, foreign, said, records = home.run("check", *named, "--to", "us", "--json")

    assert (code, foreign, said) == (4, [], "")
    outcomes = [json.loads(line) for line in records.splitlines()]
    assert [(o["verdict"], o["violations"][0]["code"]) for o in outcomes] == [("refused", "MP513")] * len(named)


def test_links_in_the_output_folder_lead_nowhere(tmp_path):
    """A link inside OUT does not make anything appear outside of it: those assets fail, the others are written."""
    home = Home(tmp_path)
    for place in ("assets/inner", "out", "elsewhere"):
        (tmp_path / place).mkdir(parents=True)
    (tmp_path / "assets" / "inner" / "a.jpg").write_bytes(jpeg())
    (tmp_path / "assets" / "b.jpg").write_bytes(jpeg())
    (tmp_path / "out" / "inner").symlink_to(tmp_path / "elsewhere")

    code, foreign, _, records = home.run("fit", tmp_path / "assets", "--to", "us", "-o", tmp_path / "out", "--json")

    outcomes = [json.loads(line) for line in records.splitlines()]
    assert (code, foreign) == (5, [])
    assert [o["verdict"] for o in outcomes] == ["fits", "failed"]
    assert outcomes[1]["violations"][0]["code"] == "MP602"
    assert os.listdir(tmp_path / "elsewhere") == []


@pytest.mark.parametrize("folder", ["hostile", "vcard"])
def test_files_made_to_break_decoders_touch_nothing_else(folder, tmp_path, corpus):
    """Files that once broke decoders: nothing else is read, written, run or called, and none is our failure."""
    home = Home(tmp_path)

    code, foreign, said, records = home.run("fit", corpus / folder, "--to", "us", "-o", tmp_path / "out", "--json")

    assert (foreign, said) == ([], "")
    assert code in {3, 4}
    assert "failed" not in {json.loads(line)["verdict"] for line in records.splitlines()}
