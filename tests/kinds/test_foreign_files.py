"""Other people's files, whole and hostile: animations, cards, texts and documents get the verdict that is expected."""

import time

import pytest
from foreign import CORPUS, corpus_rows

from mediaprep.errors import AssetError
from mediaprep.kinds import identify
from mediaprep.options import Bounds
from mediaprep.storage import open_source

FAMILIES = ("image/gif", "image/png", "image/webp", "text/", "application/", "image/heif-sequence", "image/svg")
ROWS = [  # the pictures in images/ are judged by test_image.py
    row
    for row in corpus_rows()
    if not row["path"].startswith("images/")
    and (
        row["media_type"].startswith(FAMILIES)
        or row["path"].startswith(("gif/", "vcard/"))
        or "animated" in row["special"].lower()
        or "sequence" in row["special"].lower()
    )
]

pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason="the corpus of other people's files is not there")


@pytest.mark.parametrize("row", ROWS, ids=[row["path"] for row in ROWS])
def test_each_file_is_read_or_refused_as_expected(row):
    """Readable files are not refused, broken ones are, and nothing but an AssetError comes out, in short time."""
    started = time.process_time()
    refused = None
    try:
        info = judged(CORPUS / row["path"])
    except AssetError as error:
        refused, info = error.message, None
    if row["expected"].startswith("readable"):
        assert refused is None
        assert info is not None
    elif row["expected"] == "refuse":
        assert info is None
    assert time.process_time() - started < 10


def judged(path):
    """Identify, probe and confirm as the pipeline does; None where no kind knows the file."""
    source = open_source(path, 10**9)
    known = identify(source)
    if known is None:
        return None
    kind, form = known
    return kind.confirm(source, kind.probe(source, form, Bounds()), Bounds())
