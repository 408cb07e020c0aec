"""Word, Excel and PowerPoint pass where a channel lists them: told apart by what is listed in them, never unpacked."""

import io
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
OOXML = "application/vnd.openxmlformats-officedocument"
TYPES = {
    **OLD_TYPES, "docx": f"{OOXML}.wordprocessingml.document", "xlsx": f"{OOXML}.spreadsheetml.sheet",
    "pptx": f"{OOXML}.presentationml.presentation",
}  # fmt: skip


def package(*names, comment=b""):
    """Write a zip as Office does, its list of types first."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name in ("[Content_Types].xml", "_rels/.rels", *names):
            package.writestr(name, "<x/>" * 200)
        package.comment = comment
    return out.getvalue()


def compound(*streams):
    """Write a compound file of sectors of 512 bytes: its header, some content, the directory."""
    header = bytearray(512)
    header[:8] = bytes.fromhex("d0cf11e0a1b11ae1")
    header[30:32], header[48:52] = (9).to_bytes(2, "little"), (2).to_bytes(4, "little")
    entries = b"".join(name.encode("utf-16-le").ljust(128, b"\0") for name in ("Root Entry", *streams))
    return bytes(header) + bytes(1024) + entries.ljust(1024, b"\0")


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
        (compound("WordDocument", "Macros", "_VBA_PROJECT"), "unsupported"),
    ],
    ids=["cut", "macros", "old macros"],
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
        compound("__properties_version1.0"),
        compound(),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"PK\x03\x04",
    ],
    ids=["another package", "an e-mail", "an empty one", "a stump", "a stump of a zip"],
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
