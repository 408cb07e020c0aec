"""Word, Excel and PowerPoint pass where a channel lists them: told apart by what is listed in them, never unpacked."""

import io
import os
import struct
import time
import zipfile

import pytest

import mediaprep
from mediaprep.errors import AssetError
from mediaprep.kinds import identify
from mediaprep.model import Verdict
from mediaprep.options import Bounds
from mediaprep.storage import open_source

MAIN = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "pptx": "ppt/presentation.xml"}
STREAM = {"doc": "WordDocument", "xls": "Workbook", "ppt": "PowerPoint Document"}
OLD_TYPES = {
    "doc": "application/msword", "xls": "application/vnd.ms-excel", "ppt": "application/vnd.ms-powerpoint",
}  # fmt: skip
NONE, LAST = 0xFFFFFFFF, 0xFFFFFFFE
OOXML = "application/vnd.openxmlformats-officedocument"
TYPES = {
    **OLD_TYPES, "docx": f"{OOXML}.wordprocessingml.document", "xlsx": f"{OOXML}.spreadsheetml.sheet",
    "pptx": f"{OOXML}.presentationml.presentation",
}  # fmt: skip


def package(*names, comment=b""):
    """Write a zip as Office does, its list of types first."""
    return zipped(*((name, "<x/>" * 200) for name in ("[Content_Types].xml", "_rels/.rels", *names)), comment=comment)


def zipped(*parts, comment=b""):
    """Write a zip of parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts:
            package.writestr(name, content)
        package.comment = comment
    return out.getvalue()


def in_64_bits(data):
    """Let a zip's end record refer to one of 64 bits for its directory's length and place (APPNOTE 4.3.14)."""
    at = data.rfind(b"PK\x05\x06")
    length, start = struct.unpack("<II", data[at + 12 : at + 20])
    large = b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, 3, 3, length, start)
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, at, 1)
    return data[:at] + large + locator + data[at : at + 12] + b"\xff" * 8 + data[at + 20 :]


def compound(*streams, below=()):
    """Write a compound file of sectors of 512 bytes, its directory in every other one, content between and behind.

    ``streams`` stand right below the root, ``below`` are listed only.
    """
    names = ("Root Entry", *streams, *below)
    entries = bytearray()
    for at, name in enumerate(names):
        entry = bytearray(128)
        entry[: 2 * len(name)] = name.encode("utf-16-le")
        right = at + 1 if 0 < at < len(streams) else NONE
        child = 1 if at == 0 and streams else NONE
        entry[64:80] = struct.pack("<HBBIII", 2 * len(name) + 2, 2 if at else 5, 1, NONE, right, child)
        entries += entry
    pieces = [bytes(entries[at : at + 512]).ljust(512, b"\0") for at in range(0, len(entries), 512)]
    table, sectors = [0xFFFFFFFD], [b""]
    for at, piece in enumerate(pieces):
        sectors += [piece, bytes(512)]
        table += [len(sectors) if at + 1 < len(pieces) else LAST, LAST]
    sectors[0] = struct.pack(f"<{len(table)}I", *table).ljust(512, b"\xff")
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6,
        0, 1, 1, 0, 4096, LAST, 0, LAST, 0) + struct.pack("<I", 0)  # fmt: skip
    return header.ljust(512, b"\xff") + b"".join(sectors)


def office(form):
    """Give a plain file of a row."""
    return package(MAIN[form]) if form in MAIN else compound("Data", STREAM[form])


def judged(folder, data, name="document"):
    """Identify and probe a document."""
    path = folder / name
    path.write_bytes(data)
    source = open_source(path, 10**9)
    kind, form = identify(source)
    return kind.probe(source, form, Bounds())


@pytest.mark.parametrize("form", TYPES)
def test_office_files_are_told_apart_by_what_is_in_them(tmp_path, form):
    """Whatever they are called, and with a comment behind the list."""
    info = judged(tmp_path, office(form))
    assert (info.kind, info.media_type, info.suffix, info.remarks) == ("document", TYPES[form], form, ())
    if form in MAIN:
        assert judged(tmp_path, package("docProps/app.xml", MAIN[form], comment=b"x" * 3000)).suffix == form


@pytest.mark.parametrize("form", MAIN)
def test_a_list_of_types_may_stand_last_however_large_the_file(tmp_path, form):
    """As openpyxl writes it; also behind a comment that holds an end mark, and where numbers have 64 bits."""
    picture = ("docProps/picture", os.urandom(100_000))
    parts = (picture, (MAIN[form], b"<x/>"), ("[Content_Types].xml", b"<x/>"))
    assert judged(tmp_path, zipped(*parts)).suffix == form
    assert judged(tmp_path, zipped(*parts, comment=b"PK\x05\x06" + bytes(40))).suffix == form
    assert judged(tmp_path, in_64_bits(zipped(*parts))).suffix == form
    with pytest.raises(AssetError, match="ends before its list of parts"):
        judged(tmp_path, zipped((MAIN[form], b"<x/>"), picture)[:90_000])


def test_a_list_that_leads_back_to_itself_is_read_once(tmp_path):
    """A loop in the table of an old file, or in its tree of names, ends; the file is refused as damaged."""
    data = bytearray(compound("Workbook", *(f"{n:08}" for n in range(40))))
    data[512 + 4 * 3 : 512 + 4 * 4] = (1).to_bytes(4, "little")  # the second sector of the list leads to the first
    data[1024 + 128 + 68 : 1024 + 128 + 72] = (1).to_bytes(4, "little")
    data[44:48], data[68:72] = b"\xff" * 4, (1).to_bytes(4, "little")
    before = time.process_time()
    with pytest.raises(AssetError) as caught:
        judged(tmp_path, bytes(data))
    assert caught.value.code == "truncated"
    assert time.process_time() - before < 1


@pytest.mark.parametrize("form", TYPES)
def test_whatsapp_takes_office_files_as_they_are_and_mms_does_not(tmp_path, form):
    """They pass byte for byte, up to 100 MB; phones show none by MMS."""
    path = tmp_path / f"offer.{form}"
    path.write_bytes(office(form))
    taken = mediaprep.fit(path, mediaprep.route("whatsapp"), tmp_path / f"out.{form}", isolation="none")
    assert taken.verdict is Verdict.FITS
    assert (tmp_path / f"out.{form}").read_bytes() == path.read_bytes()
    refused = mediaprep.check(path, mediaprep.route("us"), isolation="none")
    assert "type_not_delivered" in [found.name for found in refused.violations]


@pytest.mark.parametrize(
    "data", [package("docProps/core.xml", "word/document.xml"), compound("\x05SummaryInformation", "WordDocument")],
    ids=["new", "old"],
)  # fmt: skip
def test_what_an_office_file_says_about_people_is_named_because_it_stays(tmp_path, data):
    """Its properties hold an author and times."""
    assert "author" in dict(judged(tmp_path, data).remarks)["metadata_kept"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (package("word/document.xml")[:-30], "truncated"),
        (package("word/document.xml", "word/vbaProject.bin"), "unsupported"),
        (compound("WordDocument", "Macros"), "unsupported"),
        (compound("Workbook", below=(*(f"MBD{n:08}" for n in range(90)), "_VBA_PROJECT")), "unsupported"),
        (compound("WordDocument")[:-512], "truncated"),
        (compound("WordDocument", *(f"{n:08}" for n in range(40)))[:3000], "truncated"),
    ],
    ids=["cut", "macros", "old macros", "old macros far behind", "an old one cut", "an old one cut in its list"],
)
def test_what_is_cut_short_or_holds_macros_is_refused(tmp_path, data, code):
    """A damaged package opens nowhere, and files with macros have types that no channel lists."""
    with pytest.raises(AssetError) as caught:
        judged(tmp_path, data)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "data",
    [
        package("lib/x.dll"),
        package("xl/workbook.bin", "xl/vbaProject.bin"),
        zipped(("META-INF/MANIFEST.MF", b"x"), ("word/x.class", b"x")),
        compound("Data", below=("WordDocument",)),
        compound("__properties_version1.0"),
        compound(),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"PK\x03\x04",
    ],
    ids=[
        "another package",
        "a binary sheet",
        "a JAR",
        "an old one within another",
        "an e-mail",
        "an empty one",
        "a stump",
        "a stump of a zip",
    ],
)
def test_other_packages_are_no_documents(tmp_path, data):
    """The same wrappers hold much else; what it seems to be is said as before."""
    path = tmp_path / "x"
    path.write_bytes(data)
    assert identify(open_source(path, 10**9)) is None


def test_a_list_of_parts_beyond_any_office_file_is_not_read(tmp_path):
    """A zip whose directory claims more bytes than the file has, or four million, is as one without."""
    data = bytearray(package("word/document.xml"))
    at = data.rfind(b"PK\x05\x06")
    data[at + 12 : at + 16] = (0xFFFFFFF0).to_bytes(4, "little")
    with pytest.raises(AssetError) as caught:
        judged(tmp_path, bytes(data))
    assert caught.value.code == "truncated"
