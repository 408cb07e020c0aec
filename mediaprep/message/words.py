"""A message in words: what goes out, what goes out instead and to whom, what splitting an audience would gain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mediaprep.codes import RUN_FIT
from mediaprep.message import Result, Smaller
from mediaprep.message.audience import Group
from mediaprep.model import Finding


def channel_words(name: str) -> str:
    """Name a channel as people do."""
    return {"sms_link": "SMS with the link", "mms": "MMS", "rcs": "RCS"}.get(name, name)


def segment_words(count: int) -> str:
    """Count the segments of an SMS."""
    return "1 segment" if count == 1 else f"{count} segments"


def smaller_words(each: Smaller) -> str:
    """Say what reaches those who take less than the message has."""
    return each.why if each.gets == "message" else f"{channel_words(each.channel)} instead: {each.why}"


def message_lines(result: Result, results: Sequence[Result]) -> Iterator[str]:
    """Give the lines of one result: parts, findings, the fallback, who takes less, the checklist of all its routes."""
    size = ""
    if result.size_bytes is not None and result.limit_bytes is not None:
        size = f": {result.size_bytes:,} of {result.limit_bytes:,} bytes ({result.counted_as})"
    yield f"{', '.join((result.route, *result.shared_with))}: {result.verdict.words}{size}"
    for part in result.parts:
        score = f", score {part.score:.0f}" if part.score is not None else ""
        yield f"  {part.asset}: {part.verdict.words}, {part.size_bytes or 0:,} bytes{score}"
        yield from (f"    {_finding(found, of_part=True)}" for found in part.violations)
    yield from (f"  {_finding(found)}" for found in (*result.violations, *result.warnings))
    if result.fallback is not None:
        plan = result.fallback
        segments = f"{segment_words(plan.segments)} ({plan.encoding})"
        yield f"  fallback: {channel_words(plan.channel)}, {segments}: {plan.why}"
        if plan.text:
            yield f"    text: {plan.text}"
        if plan.offer:
            yield f"    offered: {plan.offer}"
    for each in result.smaller:
        source = f" [{each.source}]" if each.source else ""
        limit = f" ({each.limit_bytes:,} bytes)" if each.limit_bytes is not None else ""
        yield f"  takes less: {each.who}{limit}: {smaller_words(each)}{source}"
    twins = [other for other in results if other.route in result.shared_with]
    for item in dict.fromkeys(item for each in (result, *twins) for item in each.checklist):
        source = f" [{item.source}]" if item.source else ""
        mark = {"ok": "x", "problem": "!"}.get(item.state, "?")
        yield f"  [{mark}] {item.name}: {item.why}{source}"
    yield from (f"  written to {each.output}" for each in (result, *twins) if each.output is not None)


def choice_lines(groups: Sequence[Group], results: Sequence[Result]) -> Iterator[str]:
    """Say what splitting the audience would gain, so that a person can choose."""
    covered = sum(group.weight for group in groups)
    yield f"audience: {len(groups)} limit classes cover {covered:.0%}; {1 - covered:.0%} unknown get the fallback"
    for group, result in zip(groups, results[1:], strict=True):
        score = f"lowest score {result.lowest_score:.0f}" if result.lowest_score is not None else str(result.verdict)
        yield f"  {group.weight:.0%} {', '.join(group.names)}: {score}"
    safe, gained = results[0], results[0].gained_score
    if gained is not None:
        yield f"  one safe message: lowest score {safe.lowest_score:.0f}; one per class: {gained:+.1f} on average"


def _finding(found: Finding, *, of_part: bool = False) -> str:
    """Say what is wrong and what to do; of a part never to fit it by itself, for it shares the message's budget."""
    remedy = "" if of_part and found.remedy.startswith(RUN_FIT) else f" {found.remedy}"
    return f"{found.code} {found.message}.{remedy}"
