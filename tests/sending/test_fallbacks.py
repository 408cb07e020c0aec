"""What follows a message that failed: the next channel, by us or by the provider, and never twice."""

import json

import pytest
from answers import answers, failed, form, taken
from werkzeug import Response

import mediaprep
from mediaprep.message.document import load
from mediaprep.message.fallback import plan
from mediaprep.providers import Notice, Reason, Receipt, State
from mediaprep.sending.journal import SendJournal

FROM = "+14155550100"


def test_a_phone_without_mms_gets_the_link(live, httpserver):
    """After ``no_mms`` an SMS with text and link goes out, once."""
    answers(httpserver, failed(30011), taken("SM2"))

    sent = live()

    assert (sent.channel, sent.state, sent.provider_id) == ("sms", "accepted", "SM2")
    assert form(httpserver, 1)["Body"] == ["Summer sale. Reply STOP to opt out. https://shop.example/sale"]
    assert "MediaUrl" not in form(httpserver, 1)
    assert sent.earlier[0].reason == Reason.NO_MMS
    with pytest.raises(AttributeError):
        sent.state = "x"


def test_a_receipt_that_came_later_is_acted_on(live, httpserver, tmp_path):
    """Accepted, then undeliverable by receipt: the same call made again goes on by SMS, and then does no more."""
    answers(httpserver, taken("MM1"), taken("SM2"))
    first = live()
    with SendJournal(tmp_path / "live.sqlite3") as journal:
        journal.settle(first.our_id, Receipt(state=State.FAILED, reason=Reason.NO_MMS, raw_code="30011"))

    second, third = live(), live()

    assert (second.channel, second.state) == ("sms", "accepted")
    assert (third.channel, third.known) == ("sms", True)
    assert len(httpserver.log) == 2


@pytest.mark.parametrize("code", [21211, 30007])
def test_failures_that_an_sms_would_share_end_it(live, httpserver, code):
    """A wrong number and a filtered text are no better as an SMS."""
    answers(httpserver, failed(code))

    sent = live()

    assert sent.state == "failed"
    assert not sent.earlier
    assert len(httpserver.log) == 1


def test_without_a_link_there_is_nothing_to_fall_back_to(live, httpserver, message):
    """The media would be lost, so nothing is sent and the reason is said."""
    message.write_text('text: "Hi"\nparts: [{path: dish.jpg}]\n')
    answers(httpserver, failed(30011))

    sent = live()

    assert (sent.channel, sent.state) == ("mms", "failed")
    assert sent.note == "there is no SMS to fall back to: give the message a fallback.link"


def test_a_provider_that_fails_over_gets_the_whole_chain(live, httpserver):
    """Vonage takes the SMS in the same request."""
    answers(httpserver, Response('{"message_uuid": "u"}', status=202))

    live("vonage")

    body = json.loads(httpserver.log[0][0].get_data())
    assert body["channel"] == "mms"
    assert [(each["channel"], each["text"]) for each in body["failover"]] == [
        ("sms", "Summer sale. Reply STOP to opt out. https://shop.example/sale")
    ]


@pytest.mark.parametrize("text", ["See https://shop.example/sale-terms. STOP", "See https://shop.example/sale. STOP"])
def test_the_sms_is_the_one_that_was_planned(live, httpserver, message, text):
    """The link stands in it beside a longer one, and once only: as the plan has it, by us or by the provider."""
    message.write_text(
        f'text: "{text}"\nparts: [{{path: dish.jpg}}]\nfallback: {{link: "https://shop.example/sale"}}\n'
    )
    planned = plan(load(message), mediaprep.route("us")).text
    answers(httpserver, failed(30011), taken(), Response('{"message_uuid": "u"}', status=202))

    live("twilio")
    live("vonage")

    assert form(httpserver, 1)["Body"] == [planned]
    assert json.loads(httpserver.log[2][0].get_data())["failover"][0]["text"] == planned
    assert planned.endswith(("sale-terms. STOP https://shop.example/sale", "See https://shop.example/sale. STOP"))


def test_an_empty_sms_is_not_sent(live, httpserver, message):
    """A fallback of no words has nothing to say: the media stay where they failed, and the reason is said."""
    message.write_text('text: "Hi"\nparts: [{path: dish.jpg}]\nfallback: {text: ""}\n')
    answers(httpserver, failed(30011), Response('{"message_uuid": "u"}', status=202))

    sent = live()
    live("vonage")

    assert (sent.channel, sent.state) == ("mms", "failed")
    assert sent.note == "there is no SMS to fall back to: give the message a fallback.link"
    assert "failover" not in json.loads(httpserver.log[1][0].get_data())


def _note(tmp_path, via, sent, provider_id, state, reason=None):
    with SendJournal(tmp_path / "live.sqlite3") as journal:
        receipt = Receipt(state=state, provider_id=provider_id, reason=reason)
        return journal.note(via, Notice(our_id=sent.our_id, receipt=receipt))


@pytest.mark.parametrize("reason", [Reason.NO_MMS, Reason.TOO_BIG])
def test_what_a_provider_sends_itself_is_not_sent_again(live, httpserver, tmp_path, samples, reason):
    """Vonage's MMS failed by receipt and its own SMS follows: the same call sends no second one and no smaller MMS."""
    (tmp_path / "dish.jpg").write_bytes((samples / "landscape_photo.jpg").read_bytes())
    answers(httpserver, Response('{"message_uuid": "u-mms"}', status=202), Response("{}", status=202))
    first = live("vonage")
    assert _note(tmp_path, "vonage", first, "u-mms", State.FAILED, reason).state == "failed"

    second = live("vonage")

    assert (second.channel, second.state, second.known, len(httpserver.log)) == ("mms", "failed", True, 1)
    assert "sends them itself" in second.note
    assert _note(tmp_path, "vonage", first, "u-sms", State.SENT).state == "sent"
    assert live("vonage").state == "sent"
    assert _note(tmp_path, "vonage", first, "u-sms", State.FAILED).state == "failed"


def test_a_first_link_that_fails_late_does_not_undo_the_next(live, httpserver, tmp_path):
    """Receipts come in any order: the news of the provider's SMS stays when the MMS before it fails by receipt."""
    answers(httpserver, Response('{"message_uuid": "u-mms"}', status=202))
    first = live("vonage")

    assert _note(tmp_path, "vonage", first, "u-sms", State.SENT).state == "sent"
    late = _note(tmp_path, "vonage", first, "u-mms", State.FAILED, Reason.NO_MMS)
    assert (late.state, late.provider_id) == ("sent", "u-sms")


def test_what_a_provider_refused_whole_goes_on_by_us(live, httpserver):
    """Nothing was taken of the chain in the request, so the SMS is ours to send."""
    no = Response('{"type": "https://developer.vonage.com/api-errors/messages#1400"}', status=422)
    answers(httpserver, no, Response('{"message_uuid": "u-sms"}', status=202))

    sent = live("vonage")

    assert (sent.channel, sent.state) == ("sms", "accepted")


def test_an_agent_of_twilio_has_no_fallback_there(live, httpserver, tmp_path):
    """Only a Messaging Service falls back by itself: after an agent's RCS failed by receipt the SMS is ours to send."""
    answers(httpserver, taken("RM1"), taken("SM2"))
    first = live("twilio", on="rcs/us", fallback_sender=FROM, sender_of="agent")
    assert _note(tmp_path, "twilio", first, "RM1", State.FAILED, Reason.NO_MMS).state == "failed"

    assert live("twilio", on="rcs/us", fallback_sender=FROM, sender_of="agent").channel == "mms"


def test_rcs_falls_back_to_mms_and_sms_at_the_provider(live, httpserver):
    """Bandwidth gets three channels in order, the MMS fitted to its own route."""
    answers(httpserver, Response('{"data": {"id": "b"}}', status=202))

    sent = live("bandwidth", on="rcs/us", fallback_sender=FROM, host="directory")

    body = json.loads(httpserver.log[0][0].get_data())
    assert sent.state == "accepted"
    assert [each["channel"] for each in body["channelList"]] == ["RBM", "MMS", "SMS"]


def test_rcs_falls_back_to_mms_and_sms_by_us_where_the_provider_cannot(live, httpserver):
    """Twilio's agent takes no such phone, its number no such MMS: three messages, each tried after the last failed."""
    answers(httpserver, failed(63036), failed(30011), taken("SM3"))

    sent = live("twilio", on="rcs/us", fallback_sender=FROM, sender_of="agent")

    assert [each.channel for each in (*sent.earlier, sent)] == ["rcs", "mms", "sms"]
    assert [form(httpserver, index)["From"] for index in range(3)] == [["rcs:agent"], [FROM], [FROM]]
    assert (sent.state, sent.provider_id) == ("accepted", "SM3")


@pytest.mark.parametrize(("via", "where"), [("vonage", "failover"), ("telnyx", "sms_fallback"), ("aws", None)])
def test_an_agent_is_no_sender_of_the_sms_that_a_provider_sends(live, httpserver, message, via, where, monkeypatch):
    """Without --fallback-from no SMS goes with the request: from an agent's name it would be refused, or get lost."""
    monkeypatch.setenv("TELNYX_MESSAGING_PROFILE_ID", "profile")
    message.write_text('text: "Hi"\nfallback: {link: "https://shop.example/sale"}\n')
    answer = {"data": {"id": "x"}, "message_uuid": "x", "MessageId": "x"}
    answers(httpserver, Response(json.dumps(answer), status=200 if via == "aws" else 202))

    assert live(via, on="rcs/us", sender_of="our_agent", host=None if via == "aws" else "directory").state == "accepted"

    body = json.loads(httpserver.log[0][0].get_data())
    assert (where or "FallbackConfiguration") not in body


def test_an_agent_is_no_sender_of_an_sms_of_ours(live, httpserver, message):
    """The note says what to give, and nothing more is sent; a number to fall back to sends it."""
    message.write_text('text: "Hi"\nfallback: {link: "https://shop.example/sale"}\n')
    answers(httpserver, failed(63036), failed(63036), failed(30011), taken())

    sent = live("twilio", on="rcs/us", sender_of="our_agent")

    assert (sent.channel, sent.state, len(httpserver.log)) == ("rcs", "failed", 1)
    assert "there is no SMS to fall back to: 'our_agent' is a name" in sent.note
    assert "--fallback-from" in sent.note
    assert live("twilio", on="rcs/us", sender_of="our_agent", fallback_sender=FROM).channel == "sms"


def test_a_contact_card_that_gets_no_smaller_goes_on_by_sms(live, httpserver, message, tmp_path):
    """Too big for the provider, and no smaller by any fit: the link goes out, and the note says so."""
    note = "lorem ipsum " * 12_000
    card = f"BEGIN:VCARD\r\nVERSION:3.0\r\nN:A;B;;;\r\nFN:B A\r\nTEL:+14155550100\r\nNOTE:{note}\r\nEND:VCARD\r\n"
    (tmp_path / "a.vcf").write_text(card)
    message.write_text('text: "Hi"\nparts: [{path: a.vcf}]\nfallback: {link: "https://shop.example/sale"}\n')
    answers(httpserver, failed(30019), taken("SM1"))

    sent = live()

    (before,) = sent.earlier
    assert (sent.channel, sent.state, before.reason) == ("sms", "accepted", "too_big")
    assert "cannot be fitted to 100,000" in before.note
    assert before.violations


def test_what_gets_no_smaller_and_has_no_link_failed(live, httpserver, message, tmp_path):
    """It was sent and refused: a failure with its reason, not a message of which nothing was sent."""
    note = "lorem ipsum " * 12_000
    (tmp_path / "a.vcf").write_text(f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:B A\r\nNOTE:{note}\r\nEND:VCARD\r\n")
    message.write_text('text: "Hi"\nparts: [{path: a.vcf}]\n')
    answers(httpserver, failed(30019))

    sent = live()

    assert (sent.state, sent.reason) == ("failed", "too_big")
    assert "cannot be fitted to 100,000" in sent.note
    assert "give the message a fallback.link" in sent.note
