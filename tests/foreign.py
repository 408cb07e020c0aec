"""Where the corpus of other people's files is, and what is expected of each."""

import csv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT.parent / "shared" / "corpus"


def corpus_rows():
    """Read the corpus's manifest; nothing where the corpus is absent."""
    manifest = CORPUS / "MANIFEST.tsv"
    if not manifest.exists():
        return []
    with manifest.open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))
