"""Whole messages: one budget, measured on the finished message; faults named with file, line and column."""

import os
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from message_files import SAMPLES, written

from mediaprep import api
from mediaprep.errors import AssetError, ProfileError, RouteError
from mediaprep.limits import Limits, Route, own_rule
from mediaprep.message import Draft, Wish
from mediaprep.message.budget import counted, media_room, message_size, total_of
from mediaprep.message.fitting import MessageFitter, _giving_way
from mediaprep.model import KindName, Outcome, Verdict
from mediaprep.options import Bounds, FitOptions
from mediaprep.parts import Envelope, Part
from mediaprep.pipeline import run
from mediaprep.wire import mime, mm1

TEXT = "Summer sale until Sunday. Reply STOP to opt out."


def draft(*names, text=TEXT, **more):
    """Make a message of samples."""
    return Draft(name="test", parts=tuple(Wish(asset=name, path=SAMPLES / name) for name in names), text=text, **more)


def fitted(message, route, **options):
    """Fit a message in this process."""
    return api.fit_message(message, route, isolation="none", **options)


def test_a_message_keeps_what_its_route_counts_and_fills_it():
    """Photograph, flyer and card share one budget; the finished PDU is what is measured."""
    route = api.route(max_bytes=90_000)
    result = fitted(draft("landscape_photo.jpg", "flyer_coupon.png", "contact_v21.vcf"), route, wires=("mm1",))
    assert result.verdict == Verdict.FITTED
    assert result.size_bytes == result.wires[0].size_bytes <= result.limit_bytes
    assert result.size_bytes >= 0.97 * result.target_bytes
    assert [outcome.done for outcome in result.parts] == [True] * 3


def test_a_limit_in_base64_holds_for_the_mime_form():
    """Where the route counts base64 with its line breaks, the MIME message is what keeps the limit."""
    base = api.route("us")
    limits = tuple(
        replace(each, size_rules=tuple(replace(r, stated=150_000, counted_as="base64_lines") for r in each.size_rules))
        for each in base.limits
    )
    result = fitted(draft("landscape_photo.jpg", "phone_photo.jpg"), replace(base, limits=limits))
    assert result.counted_as == "base64_lines"
    assert result.wires[0].form == "mime"
    assert 0.9 * result.target_bytes < result.size_bytes == result.wires[0].size_bytes <= 150_000


def test_what_is_small_enough_stays_as_it_is():
    """A message that fits needs no encode beyond cleaning; nothing is spent for its own sake."""
    result = fitted(draft("flyer_coupon.png"), api.route("us"))
    assert result.verdict in (Verdict.FITS, Verdict.FITTED)
    assert result.parts[0].treatment in ("passthrough", "strip")


def test_parts_without_room_are_told_before_anything_is_written(tmp_path):
    """Floors that do not fit together end in one finding with both figures, and no folder."""
    result = fitted(draft("landscape_photo.jpg", "phone_photo.jpg"), api.route(max_bytes=5_000), out=tmp_path / "out")
    assert result.verdict in (Verdict.CANNOT_FIT, Verdict.BELOW_FLOOR)
    assert not (tmp_path / "out").exists()


def test_what_cannot_shrink_is_weighed_before_any_encode(tmp_path):
    """Two documents over the total are told by the check already; two pictures over it need a fit together."""
    path = tmp_path / "menu.pdf"
    path.write_bytes(b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n" + b"% filler\n" * 40_000 + b"trailer\n<<>>\n%%EOF\n")
    wish = Wish(asset="menu.pdf", path=path)
    limits = tuple(replace(each, types=(), delivered=True) for each in api.route("us").limits)
    route = replace(api.route("us"), limits=limits)
    result = fitted(Draft(name="t", parts=(wish, wish), text=TEXT), route, mode="check")
    assert (result.verdict, result.violations[-1].name) == (Verdict.CANNOT_FIT, "no_room")
    alone = fitted(draft("flyer_coupon.png"), route, mode="check")
    both = fitted(draft("flyer_coupon.png", "flyer_coupon.png"), route, mode="check")
    assert (alone.verdict, both.verdict) == (Verdict.FITS, Verdict.NEEDS_FIT)
    found = both.violations[0]
    assert (found.name, found.allowed, found.actual) == ("message_over_limit", 500_000, both.size_bytes)
    assert 2 * 271_461 < both.size_bytes < 2 * 271_461 + 2_000
    assert "mediaprep message fit" in found.remedy
    states = {item.name: (item.state, item.why) for item in both.checklist}
    assert states["size"] == ("problem", f"{both.size_bytes:,} of 500,000 bytes (binary)")


@pytest.mark.parametrize(("less", "verdict"), [(0, Verdict.FITS), (1, Verdict.NEEDS_FIT)])
def test_a_message_may_have_its_limit_to_the_byte_as_it_stands(less, verdict):
    """Of the limit's own size it goes out; one byte more needs a fit."""
    size_bytes = fitted(draft("logo.png"), api.route("us"), mode="check").size_bytes

    result = fitted(draft("logo.png"), api.route(max_bytes=size_bytes - less), mode="check")

    assert (result.verdict, result.size_bytes) == (verdict, size_bytes)


@pytest.mark.parametrize(("api_takes", "least"), [(700_000, 700_000), (2_000_000, 1_000_000)])
def test_what_the_providers_api_takes_of_a_whole_message_is_a_limit_of_it(api_takes, least):
    """A message that the carrier would deliver is refused by an API that takes less: the narrower of both holds."""
    delivered = replace(own_rule(1_000_000), scope="total", stage="deliver")
    taken = replace(own_rule(api_takes), scope="total", stage="ingest")
    limits = Limits(kind=KindName.IMAGE, size_rules=(delivered, taken))
    route = Route(name="t", folder="t", channel="mms", limits=(limits,))

    assert total_of(route, [limits]).limit_bytes == least


@given(
    sizes=st.lists(st.integers(0, 60_000), min_size=1, max_size=4),
    counted_as=st.sampled_from(("binary", "base64", "base64_lines", "base64_characters")),
)
@settings(max_examples=60, deadline=None)
def test_media_that_keep_their_room_keep_the_limit_in_the_finished_message(sizes, counted_as):
    """However the room is shared, under names as long as any and the longest type: all was reckoned at its most."""
    message = Envelope(parts=(), presentation=None, to=("+14155550123",), our_id="0" * 16)
    limit = message_size(message, len(sizes), sum(sizes), counted_as)
    parts = tuple(
        Part(name=f"clip000{n}-7f3a91c.3gp", media_type="video/3gpp", data=bytes(size)) for n, size in enumerate(sizes)
    )

    assert counted(replace(message, parts=parts), counted_as) <= limit


@given(
    media=st.integers(1, 6), media_bytes=st.integers(0, 3_000_000), over=st.integers(-3, 3),
    counted_as=st.sampled_from(("binary", "base64", "base64_lines", "base64_characters")),
)  # fmt: skip
def test_a_message_is_over_its_limit_where_its_media_are_over_their_room(media, media_bytes, over, counted_as):
    """What a check says of the whole is what a fit will ask of the parts, to the byte."""
    message = Envelope(parts=(), presentation=None, to=("+14155550123",), our_id="0" * 16)
    limit = message_size(message, media, media_bytes, counted_as) + over
    assert (media_room(message, media, limit, counted_as) >= media_bytes) == (over >= 0)


@pytest.mark.parametrize("name", ["both.vcf", "both.vcard", "both.txt", "ü" * 124 + ".vcard"])
def test_several_cards_of_a_file_are_parts_of_their_own(tmp_path, name):
    """Two people in one file become two parts, each its own card, named after the file, whatever its suffix."""
    card = "BEGIN:VCARD\r\nVERSION:2.1\r\nN:{0};A;;;\r\nFN:A {0}\r\nTEL;CELL:1\r\nEND:VCARD\r\n"
    path = tmp_path / name
    path.write_text(card.format("One") + card.format("Two"), newline="")
    message = Draft(name="test", parts=(Wish(asset=name, path=path),), text=TEXT)
    result = fitted(message, api.route("us"))
    assert result.verdict == Verdict.FITTED
    cards = [part for part in result.envelope.parts if part.media_type == "text/x-vcard"]
    assert [b"FN:A One" in cards[0].data, b"FN:A Two" in cards[1].data] == [True, True]
    assert all(part.name.startswith(("both-", "uuuu")) for part in cards)
    assert [part.asset for part in result.parts] == [f"{name}#1", f"{name}#2"]
    checked = fitted(message, api.route("us"), mode="check")
    assert (checked.verdict, len(checked.parts)) == (Verdict.FITS, 2)


@pytest.mark.parametrize("mode", ["check", "fit"])
def test_cards_are_split_only_where_a_worker_has_read_them(tmp_path, mode):
    """What is missing failed and what is over the bound on text is refused: verdicts, as for any other part."""
    wishes = {name: Wish(asset=name, path=tmp_path / name) for name in ("gone.vcf", "long.vcf")}
    (tmp_path / "long.vcf").write_bytes(b"BEGIN:VCARD\r\nVERSION:2.1\r\nN:A\r\nEND:VCARD\r\n" * 100)
    for name, verdict, code in (
        ("gone.vcf", Verdict.FAILED, "file_missing"),
        ("long.vcf", Verdict.REFUSED, "text_bound"),
    ):
        message = Draft(name="t", parts=(wishes[name],), text=TEXT)
        result = fitted(message, api.route("us"), mode=mode, bounds=Bounds(max_text_bytes=2_000))
        assert (result.verdict, len(result.parts)) == (verdict, 1)
        assert result.parts[0].violations[0].name == code


def test_a_text_alone_is_a_message():
    """No media: a text part and its presentation."""
    result = fitted(draft(), api.route("us"))
    assert result.verdict == Verdict.FITS
    assert [part.media_type for part in result.envelope.parts] == ["text/plain"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("parts: [{path: gone.jpg}]", ":1:16: 'gone.jpg' does not exist"),
        ("text: a\nparts:\n  - path: ../x.jpg", "leads out of the message's folder"),
        ("parts: [{path: ../gone.jpg}]", "leads out of the message's folder"),
        ("parts: [{path: /etc/hosts}]", "absolute path"),
        ("parts: [{path: round}]", "form a circle"),
        ("parts: [{path: .}]", "is not a file"),
        ("parts: [{paht: a}]", "path"),
        ("text: 5", "text"),
        ("tetx: a", "did you mean"),
        ("audience: {att: 0.7, verizon: 0.7}", "add up to 1.4"),
        ("parts: [{path: logo.png, duration_s: -5}]", ":1:38: parts[0].duration_s: Input should be greater than 0"),
        ("parts: [{path: logo.png, duration_s: 0}]", "greater than 0"),
        ("parts: [{path: logo.png, duration_s: 8000}]", "less than or equal to 3600"),
        ("fallback: {link: see our shop}", ":1:18: 'see our shop' is not an address that a phone opens"),
        ("fallback: {link: shop.example/sale}", "write https://"),
        ("prices: {mms: -0.01}", "greater than or equal to 0"),
    ],
)
def test_faults_of_a_message_file_are_named_with_their_place(tmp_path, body, said):
    """Missing, outside, absolute, cyclic, unknown, mistyped: file, line and column, and nothing ran."""
    (tmp_path / "x.jpg").write_bytes(b"x")
    folder = tmp_path / "inner"
    folder.mkdir()
    os.symlink("round", folder / "round")
    path = written(folder, body)
    with pytest.raises(ProfileError) as caught:
        api.read_message(path)
    assert said in str(caught.value)
    assert str(caught.value).startswith(f"{path}:")


def test_every_fault_is_reported_at_once(tmp_path):
    """Two missing parts are two lines."""
    path = written(tmp_path, "parts:\n  - path: a.jpg\n  - path: b.jpg\n")
    with pytest.raises(ProfileError) as caught:
        api.read_message(path)
    assert [line.split(": ")[0].removeprefix(str(path)) for line in caught.value.problems] == [":2:11", ":3:11"]


def test_a_carrier_that_nobody_knows_is_named_with_its_place(tmp_path):
    """What profiles do not know shows only when routes are resolved; file, line and column are there all the same."""
    path = written(tmp_path, "text: Sale STOP\naudience:\n  att: 0.5\n  nobody: 0.2\n")
    with pytest.raises(RouteError) as caught:
        api.audience_groups(api.read_message(path))
    assert str(caught.value).startswith(f"{path}:4:")


def test_a_message_without_text_has_no_way_out_and_no_segments():
    """Nothing is claimed of a text that is not there."""
    result = fitted(draft("flyer_coupon.png", text=""), api.route("us"), mode="check")
    assert {item.name: item.state for item in result.checklist}["opt-out wording"] == "problem"
    assert result.fallback.segments == 0


@pytest.mark.parametrize("code", ["crashed_worker", "time_bound"])
def test_a_part_that_kills_the_worker_is_named(tmp_path, code):
    """Parts are fitted in one worker; where it does not survive, each is judged alone, and the one at fault told."""

    def dying(bundle):
        raise AssetError(code, "decoding killed its worker")

    (tmp_path / "cut.jpg").write_bytes((SAMPLES / "phone_photo.jpg").read_bytes()[:90_000])
    wishes = (Wish(asset="good", path=SAMPLES / "logo.png"), Wish(asset="cut", path=tmp_path / "cut.jpg"))
    fitter = MessageFitter(run=run, together=dying, scratch=tmp_path)
    result = fitter.fit(Draft(name="t", parts=wishes, text=TEXT), api.route("us"))
    assert result.verdict == Verdict.REFUSED
    assert [part.asset for part in result.parts if part.verdict == Verdict.REFUSED] == ["cut"]
    alone = fitter.fit(Draft(name="t", parts=wishes[:1], text=TEXT), api.route(max_bytes=5_000))
    assert (alone.verdict, alone.parts[0].violations[0].name) == (Verdict.REFUSED, code)


def test_a_part_that_cannot_be_fitted_leaves_the_others_as_judged():
    """A card that keeps no such limit is named; the photograph beside it is no fault of the worker that fitted both."""
    message = draft("contact_v30.vcf", "phone_photo.jpg")
    us, rule = api.route("us"), replace(own_rule(500), scope="kind")
    cards = replace(us.limits_for(KindName.VCARD), limit_bytes=500, target_bytes=500, size_rules=(rule,))
    on = replace(us, limits=tuple(cards if each.kind == KindName.VCARD else each for each in us.limits))
    result = api.fit_message(message, on)
    card, photo = result.parts
    assert (result.verdict, card.verdict, photo.verdict) == (Verdict.CANNOT_FIT, Verdict.CANNOT_FIT, Verdict.NEEDS_FIT)
    assert (card.asset, photo.asset) == ("contact_v30.vcf", "phone_photo.jpg")
    assert "the nearest was" in card.violations[0].message


@pytest.mark.parametrize("how", ["route", "options"])
def test_a_limit_of_ones_own_is_the_messages(how):
    """``--max-bytes`` on a message is what its media have together, not what each of them may have."""
    message, limit = draft("landscape_photo.jpg", "phone_photo.jpg"), 120_000
    on = api.route("us", max_bytes=limit if how == "route" else None)
    options = FitOptions(max_bytes=limit if how == "options" else None)

    result = api.fit_message(message, on, options=options, isolation="none")
    checked = api.fit_message(message, on, options=options, mode="check", isolation="none")

    assert result.verdict == Verdict.FITTED
    assert 0.95 * limit <= sum(part.size_bytes for part in result.parts) <= limit
    assert "message_over_limit" in [found.name for found in checked.violations]


def test_each_route_of_a_message_is_registered_by_its_own_provider():
    """The checklist of a second route names what that route's provider asks for, not the first one's."""
    routes = [api.route("us", via=via, sender="toll_free") for via in ("mm7", "twilio")]

    results = api.fit_messages(draft("logo.png"), routes, mode="check", isolation="none")

    found = [next(item.source for item in result.checklist if item.name == "registration") for result in results]
    assert found[1] == "profile twilio"
    assert found[0] != found[1]


def test_a_part_gives_way_where_its_route_says_that_it_looks_worse():
    """The score under which a part is named is the route's own."""
    low, high = (
        Outcome(asset=name, route="us", kind=KindName.IMAGE, verdict=Verdict.FITTED, score=score, size_bytes=1)
        for name, score in (("a", 70.0), ("b", 95.0))
    )
    strict = replace(api.route("us"), limits=tuple(replace(x, warn_score=75.0) for x in api.route("us").limits))

    assert not list(_giving_way([low, high], api.route("us")))
    assert [each.name for each in _giving_way([low, high], strict)] == ["part_gives_way"]


@pytest.mark.parametrize(
    ("name", "codec", "charset", "number"),
    [
        ("grüße.txt", "cp1252", "windows-1252", b"\x81\x02\x08\xcc"),
        ("grüße.txt", "utf-16", "utf-16", b"\x81\x02\x03\xf7"),
        ("grüße.txt", "utf-8", "utf-8", b"\x81\xea"),
    ],
)
def test_a_text_part_names_the_charset_that_its_bytes_are_in(tmp_path, name, codec, charset, number):
    """A text file passes as it is: called UTF-8, its umlauts were not shown. MM1 has the numbers of IANA's list."""
    path = tmp_path / name
    path.write_bytes("Grüße … und alles Gute".encode(codec))
    message = Draft(name="t", text="STOP", parts=(Wish(asset=name, path=path),))
    made = fitted(message, api.route(max_bytes=100_000)).envelope
    assert made.parts[0].charset == charset
    assert f"text/plain; charset={charset};".encode() in mime.write(made).data
    assert number in mm1.send_req(made).data
