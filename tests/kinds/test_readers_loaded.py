"""Only the readers of formats that we take ever see a foreign byte."""

import pytest

from mediaprep.api import route
from mediaprep.job import Job
from mediaprep.options import Bounds

OTHERS = {
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n",
    "psd": b"8BPS\0\1" + bytes(6) + b"\0\3\0\0\0\x09\0\0\0\x09\0\x08\0\3" + bytes(40),
    "pcx": b"\x0a\5\1\x08" + bytes(124),
    "sgi": b"\x01\xda\1\1\0\3\0\x09\0\x09\0\3" + bytes(500),
    "dds": b"DDS \x7c\0\0\0" + bytes(120),
    "tga": b"\0\0\2" + bytes(9) + b"\x09\0\x09\0\x18\0" + bytes(243),
    "xbm": b"#define a_width 9\n#define a_height 9\nstatic char a_bits[] = {0};\n",
    "fits": b"SIMPLE  =                    T".ljust(2_879) + b"\0",
    "icns": b"icns\0\0\0\x28ic07\0\0\0\x20" + bytes(24),
}
READERS = {f"PIL.{name}ImagePlugin" for name in (
    "Eps", "Psd", "Pcx", "Sgi", "Dds", "Tga", "Xbm", "Fits", "Icns", "Wmf", "Mic", "Fpx", "Fli", "Ftex", "Blp",
)}  # fmt: skip


@pytest.mark.parametrize("suffix", ["jpg", None])
@pytest.mark.parametrize("name", OTHERS)
def test_other_formats_are_refused_and_their_readers_never_loaded(workers, tmp_path, name, suffix):
    """Pillow could read these; under their own name and as a .jpg they are refused by their first bytes."""
    path = tmp_path / f"a.{suffix or name}"
    path.write_bytes(OTHERS[name])

    job = Job(asset=path.name, path=path, routes=(route("us"),), mode="check")
    (outcome,) = workers.run("mediaprep.pipeline:run", job, bounds=Bounds())

    assert str(outcome.verdict) == "refused"
    assert READERS & set(workers.run("faults.jobs:modules", bounds=Bounds())) == set()
