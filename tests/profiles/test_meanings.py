"""What profiles say beside sizes reaches whoever asks: until when they hold, what becomes of longer text, of GIFs."""

import pytest

import mediaprep
from mediaprep import api
from mediaprep.limits import Limits
from mediaprep.message import Draft
from mediaprep.message.check import text_findings
from mediaprep.model import KindName, MediaInfo
from mediaprep.profiles.load import Profiles
from mediaprep.profiles.route import resolve
from mediaprep.rules import check


@pytest.fixture
def own(tmp_path):
    """A folder of one's own with a carrier that holds for some time."""

    def write(more=""):
        (tmp_path / "seasonal.yaml").write_text(
            "schema: mediaprep.profile/1\nname: seasonal\nrole: carrier\ntitle: Seasonal\nsource: own\n"
            f"sizes: {{total: {{hard: 900000}}}}\n{more}"
        )
        return Profiles.load([tmp_path])

    return write


@pytest.mark.parametrize(
    ("stated", "day", "says"),
    [
        ("valid_until: '2026-06-30'", "2026-06-30", None),
        ("valid_until: '2026-06-30'", "2026-07-01", "was valid until 2026-06-30"),
        ("valid_until: '2026'", "2026-12-31", None),
        ("valid_until: '2026-06'", "2026-07-01", "was valid until 2026-06"),
        ("valid_from: '2026-06-30'", "2026-06-30", None),
        ("valid_from: '2026-06-30'", "2026-06-29", "is not valid before 2026-06-30"),
    ],
)
def test_a_profile_outside_its_days_warns(own, stated, day, says):
    """From the day after its last, and up to the one before its first; a year or month holds to its end."""
    route = resolve("seasonal", profiles=own(f"{stated}\n"), today=day)

    told = [each.message for each in route.warnings if each.profile == "seasonal"]
    assert told == ([] if says is None else [f"the profile seasonal {says}"])


@pytest.mark.parametrize(("via", "consequence"), [("clicksend", "truncated"), ("twilio", "rejected")])
def test_what_becomes_of_longer_text_is_told(via, consequence):
    """A provider that cuts text without a word is not one that refuses it."""
    route = api.route("us", via=via)

    (found,) = [each for each in text_findings(Draft(name="m", text="a" * 5_000), route) if each.code == "MP309"]

    assert found.consequence == consequence


def test_a_provider_that_makes_animations_smaller_warns():
    """Of animations, with what its profile notes; a provider that says that it does not is silent."""
    moving = MediaInfo(
        kind=KindName.ANIMATION, media_type="image/gif", suffix="gif", size_bytes=100, width=10, height=10
    )
    told = {
        via: [w.message for w in check(moving, api.route("us", via=via).limits_for(KindName.ANIMATION))[1]
              if w.name == "provider_resizes"]
        for via in ("sinch", "bird", "telnyx")
    }  # fmt: skip

    assert told == {
        "sinch": ["the provider makes animations smaller (by a quarter or half, where transcoding is on)"],
        "bird": ["the provider makes animations smaller"],
        "telnyx": [],
    }
    assert not Limits(kind=KindName.ANIMATION).provider_resizes
    assert mediaprep.route("us", via="sinch").limits_for("image").provider_resizes is False
