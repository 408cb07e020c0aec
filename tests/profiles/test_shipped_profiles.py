"""The shipped data itself: sound, complete, and right where it was checked against its sources."""

from dataclasses import replace

import pytest

from mediaprep import rules
from mediaprep.errors import RouteError
from mediaprep.kinds import all_kinds
from mediaprep.model import KindName, MediaInfo
from mediaprep.profiles.cascade import half, plain
from mediaprep.profiles.cells import all_cells
from mediaprep.profiles.checking import check
from mediaprep.profiles.load import Profiles
from mediaprep.profiles.names import canonical
from mediaprep.profiles.route import resolve
from mediaprep.profiles.why import why


@pytest.fixture(scope="module")
def shipped():
    """The shipped profiles."""
    return Profiles.load()


def deciding(profiles, group, **options):
    """Give the row of `why` that decides the limit of stills."""
    record = why(group, profiles=profiles, kind=KindName.IMAGE, today="2026-11-23", **options)
    return next(row for row in record["candidates"] if "limit of image" in row["decides"])


def test_every_shipped_profile_checks_clean(shipped):
    """Schema, sources, names, hearsay and regions: nothing to complain about."""
    found = check(shipped)
    assert found.errors == ()
    assert found.warnings == ()


def test_the_issues_names_are_all_there(shipped):
    """Carriers, regions, providers and channels that people will ask for exist."""
    wanted = {
        "carrier": "att verizon tmobile us_cellular rogers bell telus videotron freedom sasktel telstra optus "
        "vodafone_au ee o2_uk vodafone_uk three_uk telekom_de o2_de vodafone_de orange_fr sfr free_fr bouygues",
        "region": "us ca au gb de fr kr intl",
        "provider": "twilio vonage aws bandwidth telnyx plivo sinch infobip bird signalwire azure clicksend "
        "telstra_api mm7 intelepeer sendo dialpad commio nhn_cloud naver_sens",
        "channel": "mms rcs whatsapp whatsapp_sticker sms_link apple_business apple_rich_link viber",
    }
    for role, names in wanted.items():
        assert set(names.split()) <= set(shipped.names(role))


@pytest.mark.parametrize(
    ("group", "options", "stated", "source"),
    [
        ("att", {"via": "bandwidth", "sender": "toll_free"}, 525_000, "[B5]"),
        ("att", {"via": "plivo", "sender": "toll_free"}, 750_000, "[P1]"),
        ("att", {"sender": "toll_free"}, 525_000, "[B5]"),
        ("us", {}, 500_000, "[B1]"),
        ("verizon", {"sender": "short_code"}, 1_200_000, "[T3]"),
        ("verizon", {"sender": "10dlc"}, 675_000, "[P1]"),
        ("tmobile", {"sender": "short_code"}, 1_000_000, "[T3]"),
        ("whatsapp", {}, 5_000_000, "[W1]"),
        ("intl", {}, 300_000, ""),
        ("kr", {}, 300_000, "[K1]"),
        ("apple_rich_link", {}, 200_000, "[AP2]"),
        ("tmobile", {"via": "sendo", "sender": "long_code"}, 700_000, "[SE1]"),
        ("tmobile", {"via": "dialpad", "sender": "short_code"}, 1_000_000, "[DP2]"),
        ("skt_kr", {"via": "naver_sens"}, 300_000, "[K2]"),
    ],
)
def test_figures_are_those_of_their_sources(shipped, group, options, stated, source):
    """Figures picked from the facts come out of `why` with value, source, date and conflicts."""
    row = deciding(shipped, group, **options)
    assert row["stated"] == stated
    assert source in row["source"]
    assert row["date"]


def test_what_other_sources_say_is_kept(shipped):
    """AT&T's toll-free figure names the providers that take more."""
    conflicts = {item["value"] for item in deciding(shipped, "att", sender="toll_free")["conflicts"]}
    assert {600_000, 750_000, 1_000_000} <= conflicts


def test_every_name_resolves(shipped):
    """Each carrier, region and channel is a route, or a channel without a size, which says what to name."""
    sizeless = {}
    for role in ("carrier", "region", "channel"):
        for name in shipped.names(role):
            try:
                route = resolve(name, profiles=shipped, today="2026-11-23")
            except RouteError as error:
                sizeless[name] = str(error)
                continue
            stills = route.limits_for(KindName.IMAGE)
            assert not route.available or not stills.delivered or stills.limit_bytes > 0
            assert route.folder.isascii()
    assert "mms" in sizeless
    assert all("--max-bytes" in text for text in sizeless.values())
    assert set(sizeless) <= set(shipped.names("channel"))


@pytest.mark.parametrize("provider", Profiles.load().names("provider"))
def test_every_provider_resolves_and_its_region_keeps_every_cell(shipped, provider):
    """With any provider and sender, no region's limit is above that provider's cell for a carrier in it."""
    for region in shipped.names("region"):
        for carrier in shipped.names("carrier"):
            if region not in shipped.value(shipped.files[carrier]).get("regions", ()):
                continue
            for sender, entry in all_cells(shipped, shipped.files[provider], carrier):
                asked = None if sender == "any" else sender
                route = resolve(region, via=provider, sender=asked, profiles=shipped, today="2026-11-23")
                most = plain(half(entry, "hard"))
                limit = route.limits_for(KindName.IMAGE).limit_bytes
                assert not route.available or most is None or limit <= most, (region, carrier, sender)


def test_ended_services_are_closed(shipped):
    """Vodafone in Germany switched MMS off: the route says since when, and names the fallback."""
    route = resolve("vodafone_de", profiles=shipped, today="2026-11-23")
    assert (route.available, route.fallback) == (False, "sms_link")
    assert "2023-01-17" in route.unavailable.message


def test_types_have_the_spelling_of_the_formats(shipped):
    """Every media type that a kind reports is spelt as the limits spell it, else it would never be found there."""
    for kind in all_kinds():
        for form in kind.formats:
            assert canonical(form.media_type) == form.media_type
            assert all(canonical(alias) in (form.media_type, alias) for alias in form.aliases)


def test_stills_and_animations_have_their_types(shipped):
    """In the United States stills go as JPEG first and animations as GIF."""
    route = resolve("us", profiles=shipped)
    assert route.limits_for(KindName.IMAGE).types[0] == "image/jpeg"
    assert "image/gif" in route.limits_for(KindName.ANIMATION).types


def test_whatsapp_takes_no_animation(shipped):
    """WhatsApp delivers stills only: GIF and WebP are refused there."""
    route = resolve("whatsapp", profiles=shipped)
    assert route.limits_for(KindName.ANIMATION).delivered is False
    assert route.limits_for(KindName.IMAGE).types == ("image/jpeg", "image/png")


@pytest.mark.parametrize("options", [{}, {"via": "twilio"}, {"via": "vonage", "sender": "long_code"}])
def test_the_order_of_a_group_does_not_matter(shipped, options):
    """A group of carriers, regions and a content class has the same limits however it is written."""
    names = ("verizon", "att", "us", "image_rich")
    first = resolve(",".join(names), profiles=shipped, **options)
    assert resolve(",".join(reversed(names)), profiles=shipped, **options).limits == first.limits


def test_a_further_name_never_raises_a_limit(shipped):
    """Adding a name to a group makes no size larger and no list of types longer."""
    group = ""
    before = None
    for name in ("tmobile", "verizon", "att", "us_cellular", "bell", "kr", "image_basic"):
        group = f"{group},{name}".removeprefix(",")
        after = resolve(group, profiles=shipped)
        for old, new in zip(before.limits if before else (), after.limits, strict=bool(before)):
            assert new.limit_bytes <= old.limit_bytes
            assert new.target_bytes <= old.target_bytes
            assert set(new.types) <= set(old.types)
        before = after


@pytest.mark.parametrize(
    ("to", "sender", "said"),
    [
        ("us", "rcs_agent", "mms has no rcs_agent senders"),
        ("rcs/us", "short_code", "rcs has no short_code senders"),
        ("rcs/us", "10dlc", "rcs has no long_code senders"),
    ],
)
def test_numbers_send_no_rcs_and_agents_nothing_else(shipped, to, sender, said):
    """A sender that cannot be on the channel closes the route, before anything is made for it."""
    route = resolve(to, sender=sender, profiles=shipped, today="2026-11-23")
    assert not route.available
    assert said in route.unavailable.message


@pytest.mark.parametrize(("via", "to", "warned"), [("plivo", "whatsapp", 1), ("twilio", "whatsapp", 0)])
def test_a_channel_that_a_provider_does_not_list_warns(shipped, via, to, warned):
    """Its limits are those of the channel, and whether the provider offers it is to be asked."""
    route = resolve(to, via=via, profiles=shipped, today="2026-11-23")
    assert route.available
    assert len([found for found in route.warnings if found.limit == "channels"]) == warned


def test_viber_through_sinch_takes_no_gif(shipped):
    """What a provider refuses on one of its channels holds on that channel alone."""
    assert not resolve("viber", via="sinch", profiles=shipped).limits_for(KindName.ANIMATION).delivered
    assert resolve("viber", via="vonage", profiles=shipped).limits_for(KindName.ANIMATION).delivered
    assert resolve("us", via="sinch", profiles=shipped).limits_for(KindName.ANIMATION).delivered


def test_opus_goes_to_whatsapp_with_one_channel(shipped):
    """Other codecs may have two; a rule about one codec leaves the others alone."""
    limits = resolve("whatsapp", profiles=shipped).limits_for(KindName.AUDIO)
    facts = MediaInfo(
        kind=KindName.AUDIO, media_type="audio/ogg", suffix="ogg", size_bytes=9, audio_codec="opus", channels=2
    )
    assert [found.name for found in rules.check(facts, limits)[0]] == ["channels"]
    assert rules.check(replace(facts, channels=1), limits)[0] == ()
    assert rules.check(replace(facts, media_type="audio/mp4", audio_codec="aac"), limits)[0] == ()


def test_a_kind_that_one_sender_lacks_names_that_sender(shipped):
    """Without a sender those of every type hold, and who sends from another type is told how to say so."""
    limits = resolve("us", via="vonage", profiles=shipped).limits_for(KindName.VIDEO)
    facts = MediaInfo(kind=KindName.VIDEO, media_type="video/mp4", suffix="mp4", size_bytes=1000)
    found = next(found for found in rules.check(facts, limits)[0] if found.name == "kind_not_delivered")
    assert "from short_code senders" in found.message
    assert "--sender" in found.remedy


def test_providers_of_korea_have_pictures_of_their_own_size(shipped):
    """Each says how large a JPEG may be; the region's is the smaller one."""
    naver = shipped.value(shipped.files["naver_sens"])["image"]
    assert (naver["max_width"]["value"], naver["max_height"]["value"]) == (1500, 1440)
    limits = resolve("kr", via="nhn_cloud", profiles=shipped).limits_for(KindName.IMAGE)
    assert (limits.max_width, limits.max_height, limits.types) == (1000, 1000, ("image/jpeg",))
    assert not resolve("us", via="nhn_cloud", profiles=shipped).available


def test_a_video_that_may_fall_back_to_mms_aims_at_what_twilio_takes_for_that(shipped):
    """RCS takes more; 5 MB is what it hands on as MMS where the phone has no RCS."""
    limits = resolve("rcs/us", via="twilio", profiles=shipped).limits_for(KindName.VIDEO)
    assert (limits.limit_bytes, limits.target_bytes) == (16_000_000, 5_000_000)
    assert resolve("rcs/us", via="aws", profiles=shipped).limits_for(KindName.VIDEO).target_bytes == 10_000_000


def test_viber_asks_of_names_and_hosts_whoever_the_provider_is(shipped):
    """A file's name has 25 characters, and the server of a video answers HEAD with its length."""
    facts = dict(resolve("viber", profiles=shipped).facts)
    assert {name: facts[f"hosting.{name}"].value for name in ("filename_max", "need_head", "need_content_length")} == {
        "filename_max": 25, "need_head": True, "need_content_length": True,
    }  # fmt: skip
    assert "hosting.url_max" not in facts  # stated of a thumbnail's address alone


def test_old_phones_through_commio_take_short_slow_3gp(shipped):
    """225 frames of H.263 at level 10: 176x144, 15 a second, 64 kbit/s; in 3GP."""
    limits = resolve("us", via="commio", profiles=shipped).limits_for(KindName.VIDEO)
    assert (limits.max_frames, limits.max_fps, limits.max_bit_rate_bps) == (225, 15, 64_000)
    assert (limits.max_width, limits.max_height) == (176, 144)
    assert limits.types[0] == "video/3gpp"
