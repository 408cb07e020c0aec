"""How many encodes a sound takes and how full its limit gets, one codec at a time.

A case counts as free where no ceiling of the codec or of the source ends it: one that ends short of its limit with a
tone at the ceiling is left out of the fill. CPU is not measured: an encode of sound is the cost.

    python benchmarks/sounds.py SOUND [SOUND ...] --limits 20000 30000 60000 100000 --types audio/mp4 audio/mpeg
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from clips import BOUNDS

from mediaprep.job import Job
from mediaprep.limits import Limits, Route
from mediaprep.model import KindName
from mediaprep.options import FitOptions
from mediaprep.pipeline import run

CODECS = {"audio/mp4": "aac", "audio/mpeg": "mp3", "audio/ogg": "opus", "audio/amr": "amr_nb"}
CEILINGS_KBPS = {"aac": 80, "mp3": 96, "opus": 64, "amr_nb": 12}


def route_of(limit_bytes: int, media_type: str) -> Route:
    """Make a route that takes one codec."""
    limits = Limits(
        kind=KindName.AUDIO, limit_bytes=limit_bytes, target_bytes=limit_bytes, types=(media_type,),
        audio_codecs=(CODECS[media_type],), max_channels=1,
    )  # fmt: skip
    return Route(name=str(limit_bytes), folder=str(limit_bytes), channel="mms", limits=(limits,))


def main() -> None:
    """Fit every sound to every limit and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sounds", nargs="+", type=Path)
    parser.add_argument("--limits", nargs="+", type=int, default=[20_000, 30_000, 45_000, 60_000, 100_000])
    parser.add_argument("--types", nargs="+", default=["audio/mp4", "audio/mpeg"], choices=sorted(CODECS))
    parser.add_argument("--rows", action="store_true", help="print every case")
    asked = parser.parse_args()
    print("| codec | cases | encodes, mean | first within 98-100 % | filled, least, median | over |")
    print("| --- | --- | --- | --- | --- | --- |")
    for media_type in asked.types:
        encodes, fills, first, over = [], [], 0, 0
        for path in asked.sounds:
            for limit_bytes in asked.limits:
                with tempfile.TemporaryDirectory() as folder:
                    job = Job(
                        asset=path.name, path=path.absolute(), routes=(route_of(limit_bytes, media_type),), mode="fit",
                        options=FitOptions(), bounds=BOUNDS, outputs=(Path(folder) / "ours",),
                    )  # fmt: skip
                    (outcome,) = run(job)
                if outcome.treatment != "transcode" or not outcome.attempts:
                    continue
                over += (outcome.size_bytes or 0) > limit_bytes
                fill, last = (outcome.size_bytes or 0) / limit_bytes, outcome.attempts[-1]
                if fill < 0.9 and (last.quality or 0) >= 0.95 * CEILINGS_KBPS[CODECS[media_type]]:
                    continue
                first += 0.98 <= outcome.attempts[0].size_bytes / limit_bytes <= 1
                encodes.append(len(outcome.attempts))
                fills.append(fill)
                if asked.rows:
                    print(f"{path.name[:30]} {limit_bytes} {[a.size_bytes for a in outcome.attempts]} {fill:.3f}")
        print(
            f"| {CODECS[media_type]} | {len(fills)} | {statistics.mean(encodes):.2f} | {first} "
            f"| {100 * min(fills):.1f}, {100 * statistics.median(fills):.1f} | {over} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
