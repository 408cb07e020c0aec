"""Limits other than the one on the size that no encode may keep, the bit rate and the codec's level. Pure."""

from __future__ import annotations

from mediaprep.encoders import ClipEncoder
from mediaprep.kinds import Encoded
from mediaprep.kinds._video_ladder import Rung, level_of
from mediaprep.limits import Limits
from mediaprep.model import Finding, finding


def bytes_within(limits: Limits, length_s: float) -> int | None:
    """Give the most bytes that the rate leaves; None without one. Of less than a second the wrapper would be most."""
    if limits.max_bit_rate_bps is None:
        return None
    return int(limits.max_bit_rate_bps * max(length_s, 1.0) / 8)


def rate_decides(limits: Limits, length_s: float, limit_bytes: int) -> bool:
    """Say whether the rate leaves fewer bytes than the limit on the size."""
    most = bytes_within(limits, length_s)
    return most is not None and most < limit_bytes


def of_rate(limits: Limits, length_s: float, nearest: Encoded | None) -> Finding:
    """Say that no rendition keeps the rate, and how near the nearest came; fewer seconds or more bytes are no help."""
    most, near, actual = limits.max_bit_rate_bps, "", None
    if nearest is not None:
        actual = round(8 * nearest.size_bytes / max(length_s, 1.0))
        at = f" at {nearest.step.width}x{nearest.step.height}" if nearest.step.width is not None else ""
        near = f"; the nearest took {actual:,} bit/s{at}"
    return finding(
        "nothing_fits", f"no rendition keeps {most:,} bit/s{near}", limit="max_bit_rate_bps", allowed=most,
        actual=actual, remedy="Choose a route that takes a higher bit rate, or send a link instead.",
        **limits.provenance("max_bit_rate_bps"),
    )  # fmt: skip


def level_needed(limits: Limits, encoder: ClipEncoder, least: Rung) -> float | None:
    """Give the level that the least frames need, where it is above the route's; codecs of a few sizes have none."""
    needed = level_of(*least.coded, float(least.fps))
    return needed if not encoder.sizes and limits.max_level is not None and needed > limits.max_level else None


def of_clip(
    limits: Limits, encoder: ClipEncoder, least: Rung, length_s: float, limit_bytes: int, nearest: Encoded | None
) -> Finding | None:
    """Say which limit no encode of a clip keeps; None where it is the one on the size."""
    needed = level_needed(limits, encoder, least)
    if needed is None:
        return of_rate(limits, length_s, nearest) if rate_decides(limits, length_s, limit_bytes) else None
    what = f"{least.width}x{least.height} at {float(least.fps):g} frames a second, the least that is tried"
    return finding(
        "nothing_fits", f"no rendition keeps level {limits.max_level:g}: {what}, needs level {needed:g}",
        limit="max_level", allowed=limits.max_level, actual=needed,
        remedy="Choose a route that takes a higher level, or send a link instead.", **limits.provenance("max_level"),
    )  # fmt: skip
