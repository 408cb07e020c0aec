"""Makers' messages inside coded pictures: found, overwritten where they stand, and nothing else is."""

import random
import shutil

import pytest
from timed_media import LIMITS, make

from mediaprep import ffmpeg, process
from mediaprep.api import fit, route
from mediaprep.kinds import _h26x_messages as messages
from mediaprep.model import Treatment, Verdict

WORDS = "SECRET-48.8582N-2.2945E"
MAKER = "086f3693-b7b3-4f2c-9653-21492feee5b8"
BASELINE = ("-c:v", "libx264", "-profile:v", "baseline", "-pix_fmt", "yuv420p", "-movflags", "+faststart", "-fflags",
            "+bitexact", "-an")  # fmt: skip


def pictures(path):
    """Hash every decoded picture."""
    args = [ffmpeg.binary(), "-v", "error", "-i", f"file:{path}", "-map", "0:v", "-f", "framemd5", "-"]
    done = process.run(args, limits=LIMITS)
    assert done.stdout.count(b"\n") > 20
    return done.stdout


def told(path, text=WORDS):
    """Make a clip whose pictures carry a message."""
    return make(path, *BASELINE, "-bsf:v", f"h264_metadata=sei_user_data={MAKER}+{text}", sound=False)


@pytest.mark.parametrize("suffix", ["mp4", "mov", "3gp"])
def test_words_go_and_pictures_stay(tmp_path, suffix):
    """The message is found and blanked; the file has the same length and decodes to the same pictures."""
    path = told(tmp_path / f"a.{suffix}")
    before, shown = path.read_bytes(), pictures(path)
    assert WORDS.encode() in before
    assert messages.speaks(path)

    messages.silence(path)

    after = path.read_bytes()
    assert WORDS.encode() not in after
    assert sum(a != b for a, b in zip(before, after, strict=True)) <= before.count(WORDS.encode()) * (len(WORDS) + 1)
    assert pictures(path) == shown


def test_an_encoders_settings_are_no_secret(tmp_path):
    """What x264 writes about itself does not keep a clip from going out byte for byte."""
    path = make(tmp_path / "a.mp4", *BASELINE, sound=False)

    assert b"x264 - core" in path.read_bytes()
    assert not messages.speaks(path)


def test_a_clip_that_needs_nothing_else_is_copied_without_its_words(tmp_path):
    """Only the message differs from the asset, and the outcome says that something was taken."""
    path = told(tmp_path / "a.mp4")
    bare = tmp_path / "bare.mp4"
    first = fit(path, route("us"), bare, isolation="none")
    path.write_bytes(bare.read_bytes().replace(b"\x20" * len(WORDS), WORDS.encode()))  # tags are gone, words are back
    assert WORDS.encode() in path.read_bytes()

    outcome = fit(path, route("us"), tmp_path / "b.mp4", isolation="none")

    assert first.verdict == outcome.verdict == Verdict.FITTED
    assert outcome.treatment == Treatment.STRIP
    assert outcome.size_bytes == path.stat().st_size
    assert WORDS.encode() not in (tmp_path / "b.mp4").read_bytes()


@pytest.mark.parametrize(
    ("body", "blank"),
    [
        (b"ab\0\0\3\1cd\0\0\3\0ef", b"  \0\0\3\1  \0\0\3\0  "),
        (b"ab\0\0\3", b"  \0\0\3"),  # its last zeros are guarded from the type of the next message
    ],
)
def test_guards_are_kept_and_other_messages_too(body, blank):
    """Zeros with their guard stay, so that the unit's length and all that follows are read as before."""
    maker = bytes(range(1, 17))
    payload = len(maker) + len(body) - body.count(3)  # guards do not count
    unit = bytes([4, 3]) + b"xyz" + bytes([5, payload]) + maker + body + bytes([1, 2]) + b"pq\x80"
    data = bytearray(unit)

    for start, end in list(messages._of_unit(data, 0, len(data))):
        for at in messages._told(data, start, end):
            data[at] = 0x20

    assert bytes(data) == unit.replace(body, blank)


def test_a_damaged_file_is_walked_as_far_as_it_goes(tmp_path):
    """Any byte may be anything: no error, no endless walk."""
    whole = told(tmp_path / "a.mp4").read_bytes()
    chance = random.Random(3)
    path = tmp_path / "b.mp4"
    for _ in range(200):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 3, 30))):
            data[chance.randrange(len(data) if chance.random() < 0.3 else 1_500)] = chance.randrange(256)
        path.write_bytes(data[: chance.choice((len(data), chance.randrange(8, len(data))))])
        messages.speaks(path)
        copy = shutil.copyfile(path, tmp_path / "c.mp4")
        messages.silence(copy)


def test_a_table_that_points_into_itself_is_left_alone(tmp_path):
    """Pictures never lie in the index; what is overwritten there would change what the index says."""
    path = told(tmp_path / "a.mp4")
    data = bytearray(path.read_bytes())
    text = bytes.fromhex(MAKER.replace("-", "")) + WORDS.encode()
    unit = bytes([6, 5, len(text)]) + text
    box = (12 + len(unit)).to_bytes(4, "big") + b"free" + len(unit).to_bytes(4, "big") + unit
    moov, table = data.index(b"moov") - 4, data.index(b"stco")
    end = moov + int.from_bytes(data[moov : moov + 4], "big")
    for at in range(table + 12, table + 12 + 4 * int.from_bytes(data[table + 8 : table + 12], "big"), 4):
        data[at : at + 4] = (end + 8).to_bytes(4, "big")
    data[end:end] = box
    data[moov : moov + 4] = (end - moov + len(box)).to_bytes(4, "big")
    path.write_bytes(data)

    assert not messages.speaks(path)
    messages.silence(path)
    assert path.read_bytes() == data
