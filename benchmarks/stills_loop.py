"""A thousand flyers that differ in one code, through one Fitter: CPU a flyer, memory, every code read back.

python benchmarks/stills_loop.py [--count 1000] [--limit 300000]
"""

from __future__ import annotations

import argparse
import io
import resource
import statistics
import time
from pathlib import Path

import numpy as np
import zxingcpp
from PIL import Image

from mediaprep.api import Fitter, route
from mediaprep.barcodes import read_codes

FLYER = Path(__file__).resolve().parents[1] / "samples" / "flyer_coupon.png"


def flyers(count: int):
    """Make flyers of 1080 x 1920 pixels as a campaign's printer would: the same art, another code."""
    with Image.open(FLYER) as opened:
        art = opened.convert("RGB").resize((1080, 1920), Image.Resampling.LANCZOS)
    for number in range(count):
        text = f"https://shop.example.com/c/{number:06}"
        code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
        flyer = art.copy()
        flyer.paste(Image.fromarray(np.asarray(code.to_image(scale=8, add_quiet_zones=True))).convert("RGB"), (60, 60))
        raw = io.BytesIO()
        flyer.save(raw, "JPEG", quality=95, subsampling=0)
        yield text, raw.getvalue()


def main() -> None:
    """Fit them one after the other and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--limit", type=int, default=300_000)
    asked = parser.parse_args()
    times, peaks, lost, over, sizes = [], [], 0, 0, []
    with Fitter(route(max_bytes=asked.limit), isolation="none") as fitter:
        for number, (text, raw) in enumerate(flyers(asked.count)):
            before = time.process_time()
            outcome = fitter.fit(raw)
            times.append(time.process_time() - before)
            peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
            over += (outcome.size_bytes or 0) > asked.limit
            sizes.append(outcome.size_bytes or 0)
            if number % 10 == 0:  # reading back takes longer than fitting
                with Image.open(io.BytesIO(outcome.data)) as made:
                    lost += text not in {words for _, words in read_codes(made)}
    early = min(20, len(peaks) - 1)
    print("| figure | value |\n| --- | --- |")
    print(f"| flyers, limit | {len(times)}, {asked.limit:,} bytes |")
    print(f"| CPU of one core a flyer, median / p90 | {1e3 * statistics.median(times):.0f} / "
          f"{1e3 * sorted(times)[int(0.9 * (len(times) - 1))]:.0f} ms |")  # fmt: skip
    print(f"| peak memory after {early + 1} flyers, at the end | {peaks[early]:.0f}, {peaks[-1]:.0f} MiB |")
    print(f"| over the limit; codes lost (every tenth read back) | {over}; {lost} |")
    print(f"| bytes, median | {statistics.median(sizes):,.0f} |")


if __name__ == "__main__":
    main()
