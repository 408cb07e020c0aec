"""The production checklist: each line says why and by which source; recipients' countries are looked at."""

from dataclasses import replace
from pathlib import Path

import pytest

from mediaprep import api
from mediaprep.message import Draft, Wish
from mediaprep.message.reach import reach

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
DRAFT = Draft(
    name="test", parts=(Wish(asset="phone_photo.jpg", path=SAMPLES / "phone_photo.jpg"),), text="Sale. Reply STOP.",
    fallback_link="https://shop.example/s", to=("+14155550100", "+493012345678"), price_mms=0.02, price_segment=0.008,
)  # fmt: skip


@pytest.mark.parametrize(
    ("to", "via", "sender"),
    [("us", None, None), ("us", "twilio", "toll_free"), ("att", "aws", "short_code"), ("kr", None, "long_code"),
     ("us", "bandwidth", "long_code")],
)  # fmt: skip
def test_each_line_names_its_source(to, via, sender):
    """Whatever is named or left open, no line of the checklist stands without why and source."""
    result = api.fit_message(DRAFT, api.route(to, via=via, sender=sender), mode="check", isolation="none")
    assert {item.name for item in result.checklist} >= {
        "recipients", "available", "registration", "opt-out wording", "link fallback", "hosting", "size", "price",
    }  # fmt: skip
    for item in result.checklist:
        assert item.why, item
        assert item.source, item
        assert item.state in ("ok", "problem", "ask")


def test_hosting_rules_are_told_in_words():
    """No key of a profile stands in the line."""
    result = api.fit_message(DRAFT, api.route("us", via="twilio", sender="long_code"), mode="check", isolation="none")
    (line,) = [item.why for item in result.checklist if item.name == "hosting"]
    assert "_" not in line
    assert "names of 20 characters at most" in line


def test_recipients_are_judged_by_their_countries():
    """Where MMS has ended, and what is no number, is a problem before anything is sent; unknown countries are asked."""
    ended = api.route("vodafone_de")

    def resolve(region):
        return replace(ended, name=region) if region == "ch" else api.route(region)

    regions = {"+1": "us", "+2": "us", "+3": "ch", "+4": "intl"}
    found = {item.why.split(":")[0].split(",")[0]: item.state for item in reach(tuple(regions), regions.get, resolve)}
    assert found == {"2 recipients in us": "ok", "1 recipient in ch": "problem", "1 recipient in intl": "ask"}
    result = api.fit_message(replace(DRAFT, to=("12",)), api.route("us"), mode="check", isolation="none")
    assert [item.state for item in result.checklist if item.name == "recipients"] == ["problem"]


def test_one_message_for_carriers_that_ask_the_same_of_it(tmp_path):
    """What a route says of kinds that the message does not hold parts nothing."""
    routes = [api.route(name, via="twilio", sender="toll_free") for name in ("att", "verizon")]
    first, second = api.fit_messages(DRAFT, routes, tmp_path, isolation="none")
    assert (first.shared_with, second.shared_with) == (("verizon",), ("att",))


def test_what_networks_ask_of_mms_is_not_asked_of_other_channels():
    """WhatsApp knows no 10DLC, no STOP and no phones without MMS; its provider's way of taking media is known there."""
    draft = replace(DRAFT, text="Sale")
    result = api.fit_message(draft, api.route("whatsapp", via="vonage"), mode="check", isolation="none")
    lines = {item.name: item for item in result.checklist}
    assert not {"registration", "opt-out wording", "link fallback"} & set(lines)
    assert not any(found.name == "no_opt_out" for found in result.warnings)
    assert "public url" in lines["hosting"].why


def test_times_that_a_provider_asks_for_are_told_in_hours_where_they_are():
    """36,000 seconds are ten hours, as the table of providers says."""
    result = api.fit_message(DRAFT, api.route("us", via="twilio", sender="toll_free"), mode="check", isolation="none")
    (line,) = [item for item in result.checklist if item.name == "hosting"]
    assert "media kept for 10 h at least" in line.why


def test_a_channel_that_a_providers_profile_does_not_have_is_asked_for():
    """Nothing says that it is offered, and nothing that it is not."""
    result = api.fit_message(DRAFT, api.route("whatsapp", via="plivo"), mode="check", isolation="none")
    (line,) = [item for item in result.checklist if item.name == "available"]
    assert (line.state, line.why) == ("ask", "nothing here says that plivo offers whatsapp; its profile lists mms")
    (warning,) = [found for found in result.warnings if found.limit == "channels"]
    assert warning.remedy == "Ask plivo before you count on it."


def test_a_provider_whose_way_of_taking_media_is_unknown_is_named():
    """It is not said that none was named."""
    result = api.fit_message(DRAFT, api.route("rcs", via="azure"), mode="check", isolation="none")
    (line,) = [item for item in result.checklist if item.name == "hosting"]
    assert (line.state, line.why) == ("ask", "the profile of azure does not say how media are handed over")
