"""Reading the boxes of MP4, QuickTime and 3GP files."""

import struct

import pytest
from timed_media import (
    TURNED_90,
    bounded,
    box,
    full_box,
    make,
    movie,
    movie_head,
    picture_entry,
    sample_table,
    sound_entry,
    track,
)

from mediaprep.errors import AssetError
from mediaprep.kinds import _isobmff as isobmff


def read(data, max_tracks=32):
    """Read bytes as a file."""
    return isobmff.read(bounded(data, max_tracks=max_tracks))


def refusal(data, max_tracks=32):
    """Give the code with which bytes are refused."""
    with pytest.raises(AssetError) as caught:
        read(data, max_tracks)
    return caught.value.code


def test_a_plain_movie_tells_what_its_boxes_say():
    """Dimensions, duration, rate, tracks and the place of the index come from headers alone."""
    clip = read(movie(track(picture_entry(b"s263")), track(sound_entry(), handler=b"soun", number=2), brand=b"3gp4"))

    assert (clip.container, clip.brand, clip.faststart) == ("3gp", "3gp4", True)
    assert clip.duration_s == 1.0
    assert clip.picture is not None
    assert (clip.picture.codec, clip.picture.width, clip.picture.height) == ("h263", 96, 64)
    assert (clip.picture.fps, clip.picture.frames, clip.picture.variable_frame_rate) == (25.0, 25, False)
    assert clip.picture.bit_rate_bps == 25 * 100 * 8
    assert clip.sound is not None
    assert (clip.sound.codec, clip.sound.channels, clip.sound.sample_rate_hz) == ("amr_nb", 1, 8000)


def test_the_index_behind_the_media_is_no_faststart():
    """A player has to fetch the end of such a file before it can start."""
    whole = movie(track(picture_entry()))
    late = whole[:20] + box(b"mdat", bytes(2500)) + whole[20:]

    assert read(whole).faststart is True
    assert read(late).faststart is False


def test_a_turned_picture_names_its_quarter_turns():
    """The display matrix of a phone held upright reads as 90 degrees clockwise."""
    picture = read(movie(track(picture_entry(), matrix=TURNED_90))).picture

    assert picture is not None
    assert picture.rotation_deg == 90


@pytest.mark.parametrize(
    ("rows", "seconds"),
    [
        ([(500, 0, 0x10000)], 0.5),
        ([(200, -1, 0x10000), (1000, 0, 0x10000)], 1.0),
        ([(0, 400, 0x10000)], 0.6),
    ],
)
def test_edits_decide_how_long_a_track_is(rows, seconds):
    """A cut and "all the rest" (0 in a fragmented file) change the duration; a delay of every track does not."""
    packed = b"".join(struct.pack(">Iii", *row) for row in rows)
    edits = box(b"edts", full_box(b"elst", struct.pack(">I", len(rows)), packed))

    assert read(movie(track(picture_entry(), edits=edits))).duration_s == pytest.approx(seconds)


def test_frames_of_different_length_are_a_variable_rate():
    """Half the frames at 40 ms and half at 120 ms is what a screen recorder writes."""
    runs = full_box(b"stts", struct.pack(">5I", 2, 12, 40, 13, 120))
    picture = read(movie(track(picture_entry(), table=sample_table(picture_entry(), runs=runs)))).picture

    assert picture is not None
    assert picture.variable_frame_rate is True


def test_a_jitter_of_clock_ticks_is_a_constant_rate():
    """A phone's clock of 90 kHz gives 2999 to 3001 ticks a frame, and one long last frame."""
    runs = full_box(b"stts", struct.pack(">9I", 4, 8, 2999, 8, 3000, 8, 3001, 1, 9000))
    picture = read(movie(track(picture_entry(), table=sample_table(picture_entry(), runs=runs)))).picture

    assert picture is not None
    assert picture.variable_frame_rate is False


def test_the_pace_is_that_of_frames_as_they_are_shown():
    """Decoding times 1 and 79 ticks apart, shown 40 apart: constant, as Samsung's slow motion is written."""
    times = full_box(b"stts", struct.pack(">I48I", 24, *(part for n in range(24) for part in (1, (1, 79)[n % 2]))))
    late = [39 if n % 2 else 0 for n in range(24)]
    offsets = full_box(b"ctts", struct.pack(">I48I", 24, *(part for late_by in late for part in (1, late_by))))
    clip = read(movie(track(picture_entry(), table=sample_table(picture_entry(), runs=times + offsets))))

    assert clip.picture is not None
    assert clip.picture.variable_frame_rate is False
    assert clip.picture.fps == pytest.approx(25.0)


def test_a_motion_photo_shows_its_moving_track():
    """The second track holds a few large stills; the one with more frames is the video."""
    still = full_box(b"stts", struct.pack(">3I", 1, 2, 500))
    large = picture_entry(b"hvc1", width=4000, height=3000)
    clip = read(movie(track(large, table=sample_table(large, runs=still)), track(picture_entry(b"hvc1"), number=2)))

    assert len(clip.pictures) == 2
    assert clip.picture is not None
    assert (clip.picture.ordinal, clip.picture.width) == (1, 96)


def test_a_chapter_picture_is_no_video():
    """An audio book whose chapters have pictures stays sound."""
    book = track(sound_entry(), handler=b"soun").replace(b"mdia", b"mdia", 1)
    reference = box(b"tref", box(b"chap", struct.pack(">I", 2)))
    book = box(b"trak", reference, book[8:])
    clip = read(movie(book, track(picture_entry(b"jpeg"), number=2), brand=b"M4A "))

    assert clip.pictures == ()
    assert (clip.container, clip.others) == ("m4a", 1)


def test_no_index_is_said_in_those_words():
    """A recording that was cut off has media data and no `moov`."""
    assert refusal(box(b"ftyp", b"isom", bytes(4)) + box(b"mdat", bytes(5000))) == "no_index"


def test_an_index_that_needs_more_than_the_file_has_is_truncated():
    """A copy that broke off has its index in front and not all of its samples."""
    whole = movie(track(picture_entry(), table=sample_table(picture_entry(), offset=500)))

    assert read(whole).duration_s == 1.0
    assert refusal(whole[:-300]) == "truncated"


def test_a_cut_index_is_truncated():
    """The file ends inside `moov`."""
    assert refusal(movie(track(picture_entry()))[:400]) == "truncated"


@pytest.mark.parametrize("entry", [picture_entry(b"encv"), picture_entry(b"avc1", box(b"sinf", bytes(8)))])
def test_protected_tracks_are_refused(entry):
    """Both ways of marking encryption are seen."""
    assert refusal(movie(track(entry))) == "encrypted"


@pytest.mark.parametrize("reference", [full_box(b"url ", b"http://127.0.0.1/x.mp4\0"), full_box(b"alis", bytes(40))])
def test_samples_in_another_file_are_refused(reference):
    """A QuickTime reference movie points at a path or an address for its samples."""
    assert refusal(movie(track(picture_entry(), reference=reference))) == "points_elsewhere"


def test_a_reference_movie_is_refused():
    """`rmra` lists other movies to choose from."""
    assert refusal(movie(inside=box(b"rmra", box(b"rmda", b"/etc/passwd")), brand=b"qt  ")) == "points_elsewhere"


def test_too_many_tracks_are_refused():
    """The bound on tracks stops the reading."""
    assert refusal(movie(*[track(picture_entry())] * 5), max_tracks=4) == "stream_bound"


@pytest.mark.parametrize(
    "inside",
    [
        box(b"udta", box(b"\xa9xyz", struct.pack(">HH", 18, 0x15C7), b"+40.6894-074.0447/")),
        box(b"udta", full_box(b"loci", bytes(20))),
        full_box(
            b"meta",
            full_box(b"hdlr", bytes(4), b"mdta", bytes(13)),
            full_box(b"keys", struct.pack(">I", 1), box(b"mdta", b"com.apple.quicktime.location.ISO6709")),
            box(b"ilst", box(struct.pack(">I", 1), box(b"data", bytes(8), b"+40-074/"))),
        ),
        box(b"uuid", bytes.fromhex("be7acfcb97a942e89c71999491e3afac"), b"<x exif:GPSLatitude='40,41N'/>"),
    ],
    ids=["quicktime", "3gpp", "apple-keys", "xmp"],
)
def test_a_place_is_found_in_each_of_its_homes(inside):
    """Phones write where a video was made in one of four places."""
    assert read(movie(track(picture_entry()), inside=inside)).gps is True


def test_the_writers_name_alone_is_no_metadata():
    """Every encoder leaves its name; a warning about it would be on every file."""
    plain = box(b"udta", full_box(b"meta", full_box(b"hdlr", bytes(21)), box(b"ilst", box(b"\xa9too", bytes(20)))))
    told = box(b"udta", full_box(b"meta", full_box(b"hdlr", bytes(21)), box(b"ilst", box(b"\xa9nam", bytes(20)))))

    assert read(movie(track(picture_entry()), inside=plain)).metadata == ()
    assert read(movie(track(picture_entry()), inside=told)).metadata == ("ilst",)


def test_a_table_larger_than_its_claim_is_not_read():
    """A count of four milliards in a box of 16 bytes costs nothing and breaks nothing."""
    runs = full_box(b"stts", struct.pack(">3I", 0xFFFFFFFF, 25, 40))
    picture = read(movie(track(picture_entry(), table=sample_table(picture_entry(), runs=runs)))).picture

    assert picture is not None
    assert picture.frames == 25


def test_headers_beyond_the_budget_are_refused():
    """The bound on header bytes holds for one large box as for many."""
    data = movie(track(picture_entry()), inside=box(b"free", bytes(5000)))
    with pytest.raises(AssetError) as caught:
        isobmff.read(bounded(data, budget_bytes=2000))

    assert caught.value.code == "header_bound"


def test_a_clock_of_no_ticks_is_unreadable():
    """Nothing can be divided by zero ticks a second."""
    head = movie_head(timescale=0)
    assert refusal(box(b"ftyp", b"isom", bytes(4)) + box(b"moov", head)) == "unreadable"


def test_fragments_add_up(tmp_path):
    """A fragmented file, whose header knows neither length nor samples, reads like the plain one."""
    codecs = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "10", "-bf", "0", "-c:a", "aac")
    plain = make(tmp_path / "plain.mp4", *codecs)
    pieces = make(tmp_path / "pieces.mp4", *codecs, "-movflags", "frag_keyframe+empty_moov+default_base_moof")
    whole, sum_of_parts = read(plain.read_bytes()), read(pieces.read_bytes())

    assert whole.picture is not None
    assert sum_of_parts.picture is not None
    assert sum_of_parts.duration_s == pytest.approx(whole.duration_s, abs=0.05)
    assert sum_of_parts.picture.frames == whole.picture.frames == 25
    assert sum_of_parts.picture.fps == pytest.approx(25)
    assert sum_of_parts.faststart is True
