"""What tests share: the project's samples, and the corpus of other people's files where it is there."""

import csv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT.parent / "shared" / "corpus"


def corpus_rows():
    """Read the corpus's manifest; nothing where the corpus is absent."""
    manifest = CORPUS / "MANIFEST.tsv"
    if not manifest.exists():
        return []
    with manifest.open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


@pytest.fixture(scope="session")
def samples():
    """The folder of sample assets."""
    return ROOT / "samples"


@pytest.fixture(scope="session")
def corpus():
    """The folder of other people's files; the test is skipped where it is absent."""
    if not CORPUS.exists():
        pytest.skip("the corpus of other people's files is not beside this checkout")
    return CORPUS
