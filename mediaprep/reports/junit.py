"""JUnit's XML, which most build servers show: a suite a route, a case an asset."""

from __future__ import annotations

from collections.abc import Sequence

from mediaprep.legible import printable
from mediaprep.model import Outcome, Verdict
from mediaprep.reports import Report, View
from mediaprep.reports._words import nearest, reasons, sentence


class _JUnit:
    def one(self, outcomes: Sequence[Outcome], view: View) -> str:
        """Say nothing yet: the document starts with its counts."""
        return ""

    def end(self, outcomes: Sequence[Outcome], view: View) -> str:
        """Give the document, ASCII with character references."""
        return _document(outcomes, view)


def _document(outcomes: Sequence[Outcome], view: View) -> str:
    from xml.etree import ElementTree as ET  # writes only; nothing foreign is parsed

    by_route: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by_route.setdefault(outcome.route, []).append(outcome)
    root = ET.Element("testsuites", name=f"mediaprep {view.mode}")
    for route, members in by_route.items():
        suite = ET.SubElement(root, "testsuite", name=printable(route), tests=str(len(members)))
        counts = {"failure": 0, "error": 0}
        for outcome in members:
            case = ET.SubElement(suite, "testcase", classname=printable(route), name=printable(outcome.asset))
            case.set("time", f"{outcome.elapsed_s or 0.0:.3f}")
            result = _result(outcome, view)
            if result is not None:
                counts[result] += 1
                element = ET.SubElement(case, result, type=outcome.verdict, message=_summary(outcome))
                element.text = _details(outcome, view)
            if outcome.warnings:
                lines = [f"{w.code} {sentence(w, remedy=True)}" for w in outcome.warnings]
                ET.SubElement(case, "system-out").text = "\n".join(lines)
        suite.set("failures", str(counts["failure"]))
        suite.set("errors", str(counts["error"]))
    ET.indent(root)
    return f"{ET.tostring(root, encoding='us-ascii', xml_declaration=True).decode('ascii')}\n"


def _result(outcome: Outcome, view: View) -> str | None:
    """Sort a case: the asset's own or the route's trouble fails it, a fault of ours or the disk is an error."""
    if outcome.verdict is Verdict.FAILED:
        return "error"
    if not view.accepts(outcome) or (view.warnings_fail and outcome.warnings):
        return "failure"
    return None


def _summary(outcome: Outcome) -> str:
    codes = [v.code for v in outcome.violations] or [w.code for w in outcome.warnings]
    return " ".join([outcome.verdict.words, *dict.fromkeys(codes)])


def _details(outcome: Outcome, view: View) -> str:
    if view.accepts(outcome):
        return "Warnings count as failures in this run."
    lines = [f"{code} {text}".strip() for code, text in reasons(outcome, remedy=True)]
    closest = nearest(outcome)
    return "\n".join([*lines, closest] if closest else lines)


REPORT: Report = _JUnit()
