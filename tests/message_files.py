"""Files of messages, with samples beside them."""

import shutil

from foreign import ROOT

SAMPLES = ROOT / "samples"


def written(folder, body, *names):
    """Write a message file with samples beside it."""
    for name in names:
        shutil.copy(SAMPLES / name, folder / name)
    path = folder / "message.yaml"
    path.write_text(body, encoding="utf-8")
    return path
