"""Clips are fitted: the limit kept and filled, upright, plain, playable, and nothing of what was private."""

from dataclasses import replace
from pathlib import Path

import pytest
from afresh import afresh
from timed_media import make

import mediaprep
from mediaprep import ffmpeg
from mediaprep.job import ShareDone
from mediaprep.kinds import identify
from mediaprep.limits import Fact, Limits, Route
from mediaprep.model import Confidence, KindName
from mediaprep.options import Bounds, FitOptions
from mediaprep.storage import open_source

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples"
CORPUS = ROOT.parent / "shared" / "corpus" / "video"

MMS = Limits(
    kind=KindName.VIDEO,
    types=("video/mp4", "video/3gpp"),
    containers=("mp4", "3gp"),
    video_codecs=("h264", "h263"),
    video_profiles=("constrained_baseline", "baseline", "main"),
    max_level=3.1,
    faststart=True,
    audio_codecs=("aac", "amr_nb"),
    max_audio_tracks=1,
    max_channels=2,
)


def route(limit, **changes):
    """Give a route with a size limit for video."""
    limits = replace(MMS, limit_bytes=limit, target_bytes=limit, **changes)
    return Route(name="test", folder="test", channel="mms", limits=(limits,))


def fitted(path, limit, tmp_path, *, trim=None, effort="fast", on_event=None, **changes):
    """Fit a clip and give the outcome and the facts of what was written."""
    out = tmp_path / "out"
    options = FitOptions(trim=trim, effort=effort)
    on = route(limit, **changes)
    outcome = mediaprep.fit_many(path, [on], out, options, isolation="none", on_event=on_event)[0]
    return outcome, afresh(outcome.output) if outcome.output else None


def corpus(name):
    """Give a real file, or skip."""
    path = CORPUS / name
    if not path.exists():
        pytest.skip("the corpus of real files is not here")
    return path


def frames_of(path):
    """Hash every coded picture of a file."""
    source = ffmpeg.Input(path=Path(path), demuxer="mov")
    target = ffmpeg.Output(muxer="framemd5", options=("-map", "0:v:0", "-c", "copy"))
    made = ffmpeg.transcode([source], [target], bounds=Bounds(), file_bytes=0)
    rows = [line.split(b",") for line in made.stdout.splitlines() if not line.startswith(b"#")]
    return [row[-1].strip() for row in rows]


@pytest.mark.parametrize("limit", [60_000, 150_000])
def test_the_limit_is_kept_and_filled(film, limit, tmp_path):
    """A clip with sound fills at least 98 % of its limit and never passes it; the file says so itself."""
    outcome, info = fitted(film, limit, tmp_path, trim="1:3")

    assert outcome.done
    assert 0.98 * limit <= outcome.size_bytes <= limit
    assert outcome.size_bytes == Path(outcome.output).stat().st_size == info.size_bytes
    assert outcome.score_metric == "mediaprep-clip-estimate/1"


@pytest.mark.parametrize(("limit", "effort"), [(110_000, "brisk"), (60_000, "balanced")])
def test_effort_is_saved_where_nobody_sees_it(limit, effort):
    """A clip that the first turn foretells to look like its source is coded quickly; a coarse one with all effort."""
    source = open_source(SAMPLES / "film_clip.mp4", 10**9)
    kind, form = identify(source)
    options = FitOptions(trim="2:3")
    info = kind.probe(source, form, Bounds())
    with kind.open(source, info, options, Bounds()) as session:
        plan = kind.plan(session, route(limit).limits[0])
        steps = [next(plan)]
        while len(steps) < 10 and not (steps[-1].final and steps[-1].picturing):
            steps.append(plan.send(session.encode(steps[-1])))

    assert steps[-1].picturing.effort == effort


def test_what_is_written_plays_on_mms_phones(film, tmp_path):
    """H.264 Main of a low level, 8-bit 4:2:0, even sides, AAC, index first, no metadata and no foreign tracks."""
    outcome, info = fitted(film, 100_000, tmp_path, trim="1:3")

    assert b"udta" not in Path(outcome.output).read_bytes()
    assert (info.container, info.video_codec, info.audio_codec) == ("mp4", "h264", "aac")
    assert info.video_profile == "main"
    assert info.video_level <= 3.1
    assert info.pixel_format == "yuv420p"
    assert info.width % 2 == info.height % 2 == 0
    assert info.faststart
    assert not info.metadata
    assert not info.other_tracks


def test_no_b_frames_where_the_route_says_so(film, tmp_path):
    """A route without B-frames gets none; one with Baseline alone gets Baseline."""
    _, plain = fitted(film, 80_000, tmp_path / "a", trim="1:2.5", b_frames=False)
    _, least = fitted(film, 80_000, tmp_path / "b", trim="1:2.5", video_profiles=("constrained_baseline",))

    assert not plain.b_frames
    assert least.video_profile == "constrained_baseline"
    assert not least.b_frames


def test_a_turned_clip_is_written_upright(tmp_path):
    """What is transcoded has its rotation in its pixels and none in its wrapper."""
    source = afresh(SAMPLES / "city_clip.mp4")
    _, info = fitted(SAMPLES / "city_clip.mp4", 90_000, tmp_path, trim="0:1.5")

    assert source.rotation_deg == 90
    assert info.rotation_deg == 0
    assert (info.width > info.height) == (source.width > source.height)


def test_what_fits_stays_as_it_is(film, tmp_path):
    """A clip that needs nothing and tells nothing is given back byte by byte."""
    first, _ = fitted(film, 80_000, tmp_path / "a", trim="1:2.5")
    again, _ = fitted(Path(first.output), 80_000, tmp_path / "b")

    assert again.treatment == "passthrough"
    assert Path(again.output).read_bytes() == Path(first.output).read_bytes()


def test_a_wrong_wrapper_alone_is_replaced(tmp_path):
    """QuickTime with codecs that MP4 delivers is rewrapped: the coded pictures stay the same."""
    path = corpus("media__bt601.mov")
    outcome, info = fitted(path, 500_000, tmp_path)

    assert outcome.treatment == "remux"
    assert outcome.media_type == "video/mp4"
    assert info.faststart
    assert frames_of(outcome.output) == frames_of(path)


def test_private_metadata_goes_without_a_loss(tmp_path):
    """A clip that fits but says where it was made is rewrapped without the place."""
    path = corpus("media__internal_emulator_transformer_output_270_rotated.mp4")
    outcome, info = fitted(path, 3_000_000, tmp_path, max_level=5.2)

    assert outcome.treatment == "remux"
    assert not info.metadata
    assert info.rotation_deg == afresh(path).rotation_deg


def test_too_long_is_said_and_never_cut(film, tmp_path):
    """Over the route's duration nothing is written; a stretch is proposed, and with it the clip is fitted."""
    outcome, _ = fitted(film, 300_000, tmp_path, max_duration_s=2.0)
    cut, info = fitted(film, 100_000, tmp_path, max_duration_s=2.0, trim="1:3")

    assert outcome.verdict == "cannot_fit"
    assert outcome.output is None
    assert "--trim 2" in outcome.proposals
    assert cut.done
    assert info.duration_s == pytest.approx(2.0, abs=0.06)


@pytest.mark.parametrize(("name", "coded", "fps"), [("clip.ts", "mpeg2video", 30), ("clip.mp4", "mpeg4", 5)])
def test_a_stretch_lasts_no_longer_than_asked(tmp_path, name, coded, fps):
    """A stretch as long as the route allows is fitted: no last frame outlasts it, and MPEG-TS gives no more."""
    inputs = ("-f", "lavfi", "-i", f"testsrc2=s=160x120:r={fps}:d=8", "-f", "lavfi", "-i", "sine=f=500:d=8")
    path = make(tmp_path / name, *inputs, "-c:v", coded, "-c:a", "mp2", picture=False, sound=False)

    outcome, info = fitted(path, 200_000, tmp_path, trim="1.03:5.33", max_duration_s=4.3)

    assert outcome.done
    assert info.duration_s <= 4.31


@pytest.mark.parametrize(
    ("trim", "says"),
    [
        ("100:105", "the asset lasts 5.312 s; --trim begins at 100 s"),
        ("5.3:9", "the clip's pictures last 5.28 s; --trim begins at 5.3 s"),
    ],
)
def test_a_stretch_behind_the_end_is_told_as_such(trim, says, tmp_path):
    """Where nothing is left, also where only sound is, the asset's length is named; no tool is blamed."""
    outcome, _ = fitted(SAMPLES / "film_clip.mp4", 300_000, tmp_path, trim=trim)

    assert [(v.name, v.message) for v in outcome.violations] == [("nothing_left", says)]


def test_a_stretch_too_long_for_its_bytes_is_proposed_shorter(tmp_path):
    """Where nothing good fits, the outcome says how long a stretch would."""
    outcome, _ = fitted(SAMPLES / "film_clip.mp4", 12_000, tmp_path)

    assert not outcome.done
    assert any(text.startswith("--trim 0:") for text in outcome.proposals)


@pytest.mark.parametrize(
    ("limits", "limit", "said"),
    [
        ({"max_bit_rate_bps": 4_000}, "max_bit_rate_bps", "no rendition keeps 4,000 bit/s"),
        (
            {"max_bit_rate_bps": 8_000, "types": ("video/3gpp",), "containers": ("3gp",), "video_codecs": ("h263",)},
            "max_bit_rate_bps",
            "no rendition keeps 8,000 bit/s",
        ),
        ({"max_level": 1.0}, "max_level", "no rendition keeps level 1: 256x144 at 25 frames a second, the least"),
    ],
)
def test_the_limit_that_no_clip_keeps_is_the_one_that_is_named(limits, limit, said, tmp_path):
    """Where the bit rate or the level is in the way, more bytes or fewer seconds are not proposed, and it is cited."""
    where = Fact(value=1, profile="mine", where=f"video.{limit}", source="own", confidence=Confidence.OWN)
    outcome, _ = fitted(SAMPLES / "film_clip.mp4", 300_000, tmp_path, facts=((limit, where),), **limits)

    (told,) = outcome.violations
    assert (outcome.verdict, told.code, told.limit, told.profile) == ("cannot_fit", "MP104", limit, "mine")
    assert told.allowed == limits[limit]
    assert told.message.startswith(said)
    assert not any(text.startswith("--trim") for text in outcome.proposals)


def test_a_clip_that_looks_too_bad_at_a_rate_is_told_by_it(tmp_path):
    """It was the bits in a second that ran out: the size, of which a tenth is used, is not named."""
    outcome, _ = fitted(
        SAMPLES / "film_clip.mp4", 300_000, tmp_path, types=("video/3gpp",), containers=("3gp",),
        video_codecs=("h263",), max_bit_rate_bps=20_000,
    )  # fmt: skip

    assert [told.message.partition(" scores")[0] for told in outcome.violations] == ["the best within 20,000 bit/s"]


def test_a_rate_below_one_of_h263s_sizes_is_kept_at_the_next_smaller(tmp_path):
    """Its coarsest quantiser takes more than 240 kbit/s at 704x576, and there is nothing between that and 352x288."""
    outcome, info = fitted(
        SAMPLES / "city_clip.mp4", 497_952, tmp_path, types=("video/3gpp",), containers=("3gp",),
        video_codecs=("h263",), audio_codecs=("amr_nb",), max_fps=15, max_bit_rate_bps=240_000, floor_score=0.0,
    )  # fmt: skip
    assert outcome.done
    assert (info.width, info.height) == (352, 288)
    assert 8 * info.size_bytes / info.duration_s <= 240_000


def test_old_content_classes_get_h263_and_amr(film, tmp_path):
    """3GP with H.263 at QCIF and AMR, within the bit rate of the class; the picture keeps its shape."""
    outcome, info = fitted(
        film, 60_000, tmp_path, trim="1:3", types=("video/3gpp",), containers=("3gp",),
        video_codecs=("h263",), audio_codecs=("amr_nb",), max_width=176, max_height=144, max_fps=15, floor_score=0.0,
    )  # fmt: skip

    assert (info.media_type, info.video_codec, info.audio_codec) == ("video/3gpp", "h263", "amr_nb")
    assert (info.width, info.height) == (176, 144)
    assert info.fps <= 15
    assert outcome.size_bytes <= 60_000


def test_high_dynamic_range_becomes_plain(tmp_path):
    """HDR is tone-mapped to 8 bits; no outcome claims that it is HDR still."""
    _, info = fitted(corpus("media__hdr10-av1.mp4"), 40_000, tmp_path, trim="0:0.5")

    assert not info.hdr
    assert info.pixel_format == "yuv420p"


@pytest.mark.slow
def test_a_motion_photo_gives_its_film(tmp_path):
    """Of a phone's two picture tracks the one with the most frames is taken."""
    outcome, info = fitted(corpus("media__pixel-motion-photo-2-hevc-tracks.mp4"), 50_000, tmp_path)

    assert outcome.done
    assert info.video_tracks == 1
    assert info.frames > 50
    assert info.height > info.width


def test_a_silent_track_leaves_its_bits_to_the_pictures(tmp_path):
    """Nearly silent sound takes what it needs, not what was set aside for it."""
    outcome, info = fitted(corpus("media__silent-black-25s.mp4"), 40_000, tmp_path, trim="0:4")

    assert outcome.done
    assert info.audio_codec == "aac"
    assert info.height == 240


@pytest.mark.slow
def test_sixty_frames_become_thirty(tmp_path):
    """Rates above 30 are halved, so that every frame is shown as long as the next."""
    _, info = fitted(corpus("media__portrait_4k60.mp4"), 30_000, tmp_path, trim="0:0.5")

    assert info.fps == pytest.approx(30.03, abs=0.2)


def test_square_pixels_come_of_others(tmp_path):
    """A QCIF clip with pixels of 12:11 is shown 4:3 afterwards."""
    _, info = fitted(corpus("file-type__fixture2.3gp"), 40_000, tmp_path, trim="0:3", types=("video/mp4",))

    assert info.width / info.height == pytest.approx(4 / 3, abs=0.02)


def test_a_poster_stands_beside_the_clip(film, tmp_path):
    """Where the route wants a poster, one JPEG within its limits is written and named in the outcome."""
    outcome, _ = fitted(
        film, 60_000, tmp_path, trim="1:2.5", poster=True, poster_max_bytes=20_000,
        poster_width=400, poster_height=400,
    )  # fmt: skip

    (poster,) = outcome.companions
    assert poster.role == "poster"
    assert Path(poster.output).read_bytes()[:2] == b"\xff\xd8"
    assert poster.size_bytes <= 20_000
    assert afresh(poster.output).width <= 400


def test_routes_that_share_a_clip_have_a_poster_each(film, tmp_path):
    """Equal limits are fitted once; rendition and poster stand in the folder of every route."""
    first = route(60_000, poster=True)
    second = replace(first, name="other", folder="other")

    outcomes = mediaprep.fit_many(
        film, [first, second], tmp_path, FitOptions(trim="1:2", effort="fast"), isolation="none"
    )

    posters = [outcome.companions[0].output for outcome in outcomes]
    assert len(set(posters)) == 2
    assert all(Path(poster).exists() for poster in posters)
    assert {Path(poster).parent.name for poster in posters} == {"test", "other"}


def test_progress_is_told(film, tmp_path):
    """Long encodes report their share, which only grows within a step and ends at one."""
    told = []
    fitted(film, 150_000, tmp_path, effort="balanced", on_event=told.append)

    shares = [event.share for event in told if isinstance(event, ShareDone)]
    assert shares
    assert all(0.0 <= share <= 1.0 for share in shares)
    assert shares[-1] == pytest.approx(1.0, abs=0.05)


def test_the_same_clip_gives_the_same_bytes(film, tmp_path):
    """Nothing in a rendition depends on the clock, on names or on the number of cores."""
    first, _ = fitted(film, 50_000, tmp_path / "a", trim="1:2")
    second, _ = fitted(film, 50_000, tmp_path / "b", trim="1:2")

    assert first.output_sha256 == second.output_sha256
