"""A message's words and how many parts it has, judged before anything is encoded; what its fallback says."""

from dataclasses import replace

import pytest

from mediaprep import api
from mediaprep.limits import Fact, Route
from mediaprep.message import Draft, Result
from mediaprep.message.check import part_findings, text_findings
from mediaprep.message.document import load
from mediaprep.message.fallback import plan
from mediaprep.message.words import message_lines
from mediaprep.model import KindName, Outcome, Treatment, Verdict, finding
from mediaprep.units import text_length


def route_with(**facts):
    """Make a route that states some figures for the message."""
    stated = {name.replace("__", "."): value for name, value in facts.items()}
    made = tuple((name, Fact(value=value, profile="test", where=name)) for name, value in stated.items())
    return Route(name="test", folder="test", channel="mms", limits=(), facts=made)


def test_counts_of_parts_are_kept():
    """Too many in all, too many of a kind, too few: each its own finding."""
    route = route_with(parts__max=2, parts__min=1, parts__kinds__video=1)
    names = [found.name for found in part_findings([KindName.VIDEO] * 3, route)]
    assert names == ["too_many_parts", "too_many_parts"]
    assert [found.name for found in part_findings([], route)] == ["too_few_parts"]
    assert list(part_findings([KindName.IMAGE, KindName.VIDEO], route)) == []


@pytest.mark.parametrize(
    ("text", "subject", "wanted"),
    [
        ("", None, {"empty_message"}),
        ("Sale", None, {"no_opt_out"}),
        ("Sale “x” STOP", None, {"plainer_letters"}),
        ("http://shop.example STOP", None, {"link_not_safe"}),
        ("bit.ly/x STOP", None, {"link_not_safe"}),
        ("https://shop.example/a STOP", None, set()),
        ("STOP", "a" * 41, {"subject_too_long"}),
        ("무료수신거부 080", None, set()),
        ("Weekend special", None, {"no_opt_out"}),
    ],
)
def test_text_and_subject_are_judged(text, subject, wanted):
    """Empty, without a way out, with letters that cost, with links that carriers filter, with too long a subject."""
    message = Draft(name="test", text=text, subject=subject)
    route = route_with(subject__max=40, subject__supported=True)
    assert {found.name for found in text_findings(message, route)} == wanted


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Our summer sale will end Sunday, do not quit now", False),
        ("Cancel your old plan, don't stop now", False),
        ("SALE WILL END SUNDAY", False),
        ("Wij gaan uit eten in de temporada baja", False),
        ("Text us before the end of May", False),
        ("Reply STOP to opt out.", True),
        ("reply stop to end", True),
        ('Text the word "quit" to 12345', True),
        ("REPLY END", True),
        ("Txt CANCEL", True),
        ("STOP=end, HELP=help", True),
        ("Stop to end", True),
        ("STOP2QUIT", True),
        ("STOP au 36111", True),
        ("Sms STOP SMS 36111", True),
        ("Responde BAJA para salir", True),
        ("envoyez arrêt", True),
        ("Antworte mit Stop", True),
        ("Stuur UIT naar 1234", True),
        ("To unsubscribe: https://shop.example/u", True),
        ("opt-out: https://shop.example/u", True),
    ],
)
def test_a_way_to_stop_is_an_instruction(text, says):
    """The words that people answer with are everyday words, too: alone in a sentence they tell nobody how to stop."""
    found = {each.name for each in text_findings(Draft(name="t", text=text), route_with())}
    assert ("no_opt_out" not in found) == says


@pytest.mark.parametrize("text", ["a" * 1_595 + " STOP\n", "\n" + "a" * 1_594 + "\r\nSTOP\r\n\r\n"])
def test_text_is_measured_as_it_goes_out(tmp_path, text):
    """Line breaks around it, as a YAML block has them at its end, are not sent and not counted."""
    path = tmp_path / "message.yaml"
    path.write_text("subject: |\n  Hello\ntext: |\n  Sale STOP\n", "utf-8")
    assert (load(path).text, load(path).subject) == ("Sale STOP", "Hello")

    message = Draft(name="t", text=text)
    assert text_length(message.text, "chars") <= 1_600
    route = api.route("us", via="twilio")
    assert "too_many_characters" not in {each.name for each in text_findings(message, route)}
    sent = api.fit_message(message, route, isolation="none").envelope.parts[-1].data.decode()
    assert sent == message.text.replace("\n", "\r\n")
    assert "too_many_characters" in {each.name for each in text_findings(replace(message, text="b" * 1_601), route)}


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("See https://shop.example/sale-terms. Reply STOP", False),
        ("See https://shop.example/sale.html", False),
        ("See https://x.example/?to=https://shop.example/sale", False),
        ("See https://shop.example/sale/2", False),
        ("See https://shop.example/sale. Reply STOP", True),
        ("(https://shop.example/sale)", True),
        ("https://shop.example/sale!\nSTOP", True),
        ("Sale:https://shop.example/sale", True),
    ],
)
def test_the_beginning_of_another_link_is_not_the_link(text, there):
    """The fallback's link is added where the text has only a longer one."""
    link = "https://shop.example/sale"
    made = plan(Draft(name="t", text=text, fallback_link=link), route_with())
    assert made.text == (text if there else f"{text} {link}")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"fallback_link": "http://shop.example/a"}, ["http://shop.example/a is not https"]),
        ({"fallback_link": "https://bit.ly/x"}, ["bit.ly is a public link shortener"]),
        ({"fallback_text": "Look: bit.ly/x", "fallback_link": "bit.ly/x"}, ["bit.ly is a public link shortener"]),
        ({"fallback_link": "https://shop.example/a"}, []),
    ],
)
def test_links_of_the_fallback_are_judged_as_those_of_the_text(more, words):
    """What carriers filter is told before it is sent in a message's place, once each."""
    found = text_findings(Draft(name="t", text="STOP", **more), route_with())
    assert [each.message for each in found if each.name == "link_not_safe"] == words


def test_a_subject_nobody_carries_is_a_warning():
    """The route carries no subject: it is said, and it is no reason to stop."""
    found = list(text_findings(Draft(name="t", text="STOP", subject="Hi"), route_with(subject__supported=False)))
    assert [(each.name, each.severity) for each in found] == [("subject_not_carried", "warning")]


def test_a_fallback_has_its_link_and_its_segments():
    """The link comes once, and the count is that of the text with the link."""
    message = Draft(name="t", text="Sale “today”", fallback_link="https://x.example/" + "a" * 60)
    made = plan(message, route_with())
    assert made.text.endswith("a" * 60)
    assert (made.segments, made.encoding) == (2, "ucs2")
    assert "gsm7 in 1" in made.offer
    assert plan(replace(message, fallback_text=made.text), route_with()).text == made.text


def test_korean_text_is_counted_in_bytes_of_its_own_charset():
    """A syllable takes two bytes, a Latin letter one; what EUC-KR has no letter for is named, never replaced."""
    route = api.route("kr")
    assert route.limits_for(KindName.TEXT).text_unit == "euc_kr_bytes"
    fits, over, odd = "가" * 998 + "STOP", "가" * 999 + "STOP", "가 STOP 😀"
    assert [found.name for found in text_findings(Draft(name="t", text=fits), route)] == []
    (found,) = text_findings(Draft(name="t", text=over), route)
    assert (found.name, found.allowed, found.actual) == ("too_many_characters", 2_000, 2_002)
    assert "bytes in EUC-KR" in found.message
    (found,) = text_findings(Draft(name="t", text=odd), route)
    assert (found.name, found.actual) == ("charset", "😀")
    subject = Draft(name="t", text="STOP", subject="가" * 21)
    assert [found.name for found in text_findings(subject, route)] == ["subject_too_long"]


@pytest.mark.parametrize(
    ("to", "sender", "channel", "says"),
    [("rcs", None, "mms", "must fit MMS, too"), ("us", "rcs_agent", "rcs", "check this one with --to rcs")],
)
def test_what_carries_media_as_well_loses_none(to, sender, channel, says):
    """From RCS to MMS, and of an agent from MMS to RCS, the media go along: no link is asked for."""
    made = plan(Draft(name="t", text="Sale"), api.route(to, sender=sender))
    assert made.channel == channel
    assert says in made.why


def test_a_part_is_never_to_be_fitted_by_itself():
    """A fit of its own would leave the other parts nothing of their budget; any other way out is told."""
    part = Outcome(
        asset="a.jpg", route="us", verdict=Verdict.NEEDS_FIT, treatment=Treatment.REJECT, size_bytes=900,
        violations=(finding("over_limit", "900 bytes; the limit is 5 bytes"), finding("too_long", "9 s")),
    )  # fmt: skip
    result = Result(route="us", folder="us", verdict=Verdict.NEEDS_FIT, parts=(part,))

    shown = list(message_lines(result, [result]))

    assert "    MP101 900 bytes; the limit is 5 bytes." in shown
    assert any(line.startswith("    MP304 9 s. Shorten it") for line in shown)
