"""The rules of pre-flight, on facts alone."""

import pytest

from mediaprep.limits import Fact, Limits, SizeRule
from mediaprep.model import Confidence, KindName, MediaInfo
from mediaprep.rules import check, turned_box


def picture(**facts):
    """Make the facts of an ordinary JPEG."""
    base = {
        "kind": KindName.IMAGE, "media_type": "image/jpeg", "suffix": "jpg", "size_bytes": 400_000,
        "width": 1000, "height": 800, "frames": 1, "mode": "RGB8", "orientation": 1, "transparent": False,
    }  # fmt: skip
    return MediaInfo(**{**base, **facts})


def limits(**numbers):
    """Make limits for pictures."""
    return Limits(**{"kind": KindName.IMAGE, "types": ("image/jpeg", "image/png"), **numbers})


def names(findings):
    """Give the names of findings."""
    return [found.name for found in findings]


def test_an_ordinary_picture_passes():
    """A picture within every limit breaks nothing and warns of nothing."""
    assert check(picture(), limits(limit_bytes=500_000)) == ((), ())


def test_one_byte_over_is_over():
    """A limit holds to the byte: equal fits, one more does not."""
    assert names(check(picture(size_bytes=500_000), limits(limit_bytes=500_000))[0]) == []
    assert names(check(picture(size_bytes=500_001), limits(limit_bytes=500_000))[0]) == ["over_limit"]


def test_a_violation_carries_its_origin():
    """What is broken names the limit, allowed, actual, and who says so since when."""
    fact = Fact(value=525_000, profile="bandwidth", where="carriers.att.toll_free", source="B5", date="2026-11-22",
                confidence=Confidence.DOC)  # fmt: skip
    rule = SizeRule(
        scope="total", stage="deliver", stated=525_000, allowed_bytes=522_952, counted_as="binary", fact=fact
    )

    found = check(picture(size_bytes=600_000), limits(limit_bytes=522_952, size_rules=(rule,)))[0][0]

    assert (found.allowed, found.actual, found.profile, found.source) == (522_952, 600_000, "bandwidth", "B5")
    assert (found.date, found.confidence) == ("2026-11-22", "doc")
    assert "525,000" in found.message


@pytest.mark.parametrize(
    ("size_bytes", "ingest", "expected"),
    [
        (600_000, 550_000, ["over_limit"]),
        (600_000, 300_000, ["over_limit", "over_ingest_limit"]),
        (450_000, 300_000, ["over_ingest_limit"]),
        (250_000, 300_000, []),
    ],
)
def test_what_the_api_takes_is_told_where_the_delivered_limit_does_not_cover_it(size_bytes, ingest, expected):
    """Who keeps the smaller limit keeps the larger: one asset too large is said once."""
    fact = Fact(value=1, profile="p", where="w", source="own", confidence=Confidence.OWN)
    rules = tuple(
        SizeRule(scope="total", stage=stage, stated=allowed, allowed_bytes=allowed, counted_as="binary", fact=fact)
        for stage, allowed in (("ingest", ingest), ("deliver", 500_000))
    )

    assert names(check(picture(size_bytes=size_bytes), limits(limit_bytes=500_000, size_rules=rules))[0]) == expected


@pytest.mark.parametrize(
    ("facts", "numbers", "expected"),
    [
        ({"media_type": "image/heic", "suffix": "heic"}, {}, "type_not_delivered"),
        ({}, {"delivered": False}, "kind_not_delivered"),
        ({"width": 1001}, {"max_width": 1000, "max_height": 1000}, "too_wide"),
        ({"height": 1001}, {"max_width": 1000, "max_height": 1000}, "too_high"),
        ({}, {"max_pixels": 799_999}, "too_many_pixels"),
        ({}, {"exact_width": 512, "exact_height": 512}, "exact_dimensions"),
        ({"mode": "CMYK8"}, {}, "colour_mode"),
        ({"mode": "RGB16"}, {}, "colour_mode"),
    ],
)
def test_each_rule_fires(facts, numbers, expected):
    """Each rule for pictures names its own code."""
    assert expected in names(check(picture(**facts), limits(**numbers))[0])


def test_a_box_turns_with_the_picture():
    """A box of 640x480 also holds a portrait picture of 480x640."""
    assert turned_box(limits(max_width=640, max_height=480), 480, 640) == (480, 640)
    assert check(picture(width=480, height=640), limits(max_width=640, max_height=480))[0] == ()


@pytest.mark.parametrize(
    ("facts", "numbers", "expected"),
    [
        ({"gps": True}, {}, "gps"),
        ({"metadata": ("exif",)}, {}, "metadata"),
        ({"transparent": True, "mode": "RGBA8"}, {}, "transparency"),
        ({"orientation": 6}, {}, "orientation_flag"),
        ({"colour_profile": "Display P3"}, {}, "wide_gamut"),
        ({"progressive": True}, {}, "progressive_jpeg"),
        ({}, {"reencoded_types": ("image/jpeg",)}, "transcoded_again"),
        ({}, {"limit_bytes": 500_000, "target_bytes": 300_000}, "over_target"),
    ],
)
def test_what_passes_and_still_goes_wrong_is_a_warning(facts, numbers, expected):
    """Warnings name their code and never become violations."""
    violations, warnings = check(picture(**facts), limits(**numbers))

    assert violations == ()
    assert names(warnings) == [expected]


def test_a_misleading_name_is_a_warning():
    """A suffix that belies the content is named."""
    assert names(check(picture(), limits(), misnamed="png")[1]) == ["suffix_mismatch"]


def clip(**facts):
    """Make the facts of an ordinary MMS clip."""
    base = {
        "kind": KindName.VIDEO, "media_type": "video/mp4", "suffix": "mp4", "size_bytes": 300_000, "width": 640,
        "height": 360, "duration_s": 10.0, "fps": 30.0, "container": "mp4", "video_codec": "h264",
        "video_profile": "constrained_baseline", "video_level": 3.0, "audio_codec": "aac", "pixel_format": "yuv420p",
        "faststart": True, "channels": 2, "audio_tracks": 1,
    }  # fmt: skip
    return MediaInfo(**{**base, **facts})


@pytest.mark.parametrize(
    ("facts", "numbers", "expected"),
    [
        ({"duration_s": 31.0}, {"max_duration_s": 30.0}, "too_long"),
        ({"fps": 60.0}, {"max_fps": 30.0}, "frame_rate"),
        ({"fps": 1.0}, {"min_fps": 2.0}, "frame_rate"),
        ({"video_codec": "hevc"}, {"video_codecs": ("h264",)}, "codec_not_delivered"),
        ({"audio_codec": "opus"}, {"audio_codecs": ("aac",)}, "codec_not_delivered"),
        ({"video_profile": "high"}, {"video_profiles": ("constrained_baseline", "main")}, "profile_not_delivered"),
        ({"video_level": 4.0}, {"max_level": 3.1}, "profile_not_delivered"),
        ({"b_frames": True}, {"b_frames": False}, "b_frames"),
        ({"faststart": False}, {"faststart": True}, "not_faststart"),
        ({"audio_tracks": 2}, {"max_audio_tracks": 1}, "too_many_tracks"),
        ({"channels": 6}, {"max_channels": 2}, "channels"),
        ({"bit_rate_bps": 300_000}, {"max_bit_rate_bps": 256_000}, "bit_rate"),
    ],
)
def test_each_rule_for_clips_fires(facts, numbers, expected):
    """Each rule for video and sound names its own code, and an ordinary clip breaks none of them."""
    route = Limits(kind=KindName.VIDEO, types=("video/mp4",), **numbers)

    assert names(check(clip(), route)[0]) == []
    assert expected in names(check(clip(**facts), route)[0])


@pytest.mark.parametrize(
    ("profile", "taken", "plays"),
    [
        ("constrained_baseline", "baseline", True),
        ("constrained_baseline", "main", True),
        ("main", "high", True),
        ("baseline", "main", False),
        ("high", "main", False),
    ],
)
def test_a_decoder_of_one_profile_takes_those_within_it(profile, taken, plays):
    """Where a route names baseline alone, constrained baseline is no violation; what goes beyond a profile is."""
    route = Limits(kind=KindName.VIDEO, types=("video/mp4",), video_profiles=(taken,))

    assert (names(check(clip(video_profile=profile), route)[0]) == []) is plays


def test_text_is_judged_in_the_routes_unit():
    """The same text may fit by characters and not by bytes."""
    text = MediaInfo(
        kind=KindName.TEXT, media_type="text/plain", suffix="txt", size_bytes=90, characters=50, charset="UTF-8"
    )
    by_chars = Limits(kind=KindName.TEXT, max_characters=60)
    by_bytes = Limits(kind=KindName.TEXT, max_characters=60, text_unit="bytes")

    assert check(text, by_chars)[0] == ()
    assert names(check(text, by_bytes)[0]) == ["too_many_characters"]


def test_several_cards_are_one_violation():
    """A file of several cards breaks the rule of one card a part."""
    cards = MediaInfo(
        kind=KindName.VCARD, media_type="text/x-vcard", suffix="vcf", size_bytes=900, cards=3,
        vcard_versions=("3.0",), charset="UTF-8",
    )  # fmt: skip

    assert names(check(cards, Limits(kind=KindName.VCARD))[0]) == ["several_cards"]


@pytest.mark.parametrize(
    ("facts", "numbers", "expected"),
    [
        ({"duration_s": 15.04}, {"max_duration_s": 15.0}, []),
        ({"duration_s": 15.2}, {"max_duration_s": 15.0}, ["too_long"]),
        ({"duration_s": 4.96}, {"min_duration_s": 5.0}, []),
        ({"duration_s": 4.8}, {"min_duration_s": 5.0}, ["too_short"]),
        ({"fps": 30.2}, {"max_fps": 30.0}, []),
        ({"fps": 31.0}, {"max_fps": 30.0}, ["frame_rate"]),
        ({"bit_rate_bps": 2_000_000, "duration_s": 0.5}, {"max_bit_rate_bps": 1_500_000}, []),
        ({"bit_rate_bps": 2_000_000, "duration_s": 2.0}, {"max_bit_rate_bps": 1_500_000}, ["bit_rate"]),
    ],
)
def test_what_containers_round_is_no_fault_and_no_more_is_let_through(facts, numbers, expected):
    """Two frames of duration, a hundredth of a rate, and a rate that lasts less than the second it is stated for."""
    clip = picture(**{"kind": KindName.VIDEO, "media_type": "video/mp4", "mode": None, **facts})

    assert names(check(clip, Limits(kind=KindName.VIDEO, types=("video/mp4",), **numbers))[0]) == expected


def test_of_several_sizes_the_narrowest_is_named():
    """Whoever keeps that one keeps the others."""

    def rule(allowed_bytes):
        fact = Fact(value=allowed_bytes, profile="p", where="", source=str(allowed_bytes), confidence=Confidence.DOC)
        return SizeRule(scope="total", stage="deliver", stated=allowed_bytes, allowed_bytes=allowed_bytes,
                        counted_as="binary", fact=fact)  # fmt: skip

    (found,) = check(picture(size_bytes=600_000), limits(size_rules=(rule(500_000), rule(300_000), rule(400_000))))[0]

    assert (found.allowed, found.source) == (300_000, "300000")
