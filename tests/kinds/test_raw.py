"""Raw photos: the largest preview is used and told, thumbnails are not sent, and the file's own flags count."""

import io
import struct

import numpy as np
import pytest
from PIL import Image
from timed_media import box

import mediaprep

WIDE = (1_200, 800)
SENSOR = 32_803
US = mediaprep.route("us")


OLYMPUS = (b"IIRO", b"IIRS", b"MMOR")


def developed(size=WIDE):
    """Make a camera's JPEG: red on the left, blue on the right."""
    pixels = np.zeros((size[1], size[0], 3), np.uint8)
    pixels[:, : size[0] // 2, 0] = pixels[:, size[0] // 2 :, 2] = 200
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=80)
    return out.getvalue()


class Photo:
    """Writes a TIFF file of little-endian numbers: what it points at first, then its directories."""

    def __init__(self, signature=b""):
        """Begin with a header; its first directory is told at the end."""
        self.data = bytearray(b"II*\0\0\0\0\0" + signature)

    def put(self, data):
        """Add bytes; give where they lie."""
        at = len(self.data)
        self.data += data + bytes(len(data) % 2)
        return at

    def directory(self, *, following=0, **tags):
        """Add a directory of numbers, named by tag; a tuple is put where it lies."""
        rows = b""
        for tag, value in sorted((int(name[1:]), value) for name, value in tags.items()):
            if isinstance(value, tuple):
                at = self.put(struct.pack(f"<{len(value)}I", *value))
                rows += struct.pack("<2H2I", tag, 4, len(value), at)
            else:
                rows += struct.pack("<2H2I", tag, 4, 1, value)
        return self.put(struct.pack("<H", len(rows) // 12) + rows + struct.pack("<I", following))

    def written(self, path, first):
        """Write the file, beginning with one of its directories."""
        self.data[4:8] = struct.pack("<I", first)
        path.write_bytes(self.data)
        return path


def thumbnail(photo):
    """Put 16 by 16 plain grey pixels into a photo; give the tags that describe them."""
    at = photo.put(b"\x80" * 768)
    return {"t254": 1, "t256": 16, "t257": 16, "t258": 8, "t259": 1, "t262": 2, "t273": at, "t277": 3, "t278": 16,
            "t279": 768}  # fmt: skip


def dng(path, *, jpeg=None, **more):
    """Write a DNG as phones and converters do: a thumbnail first, sensor data and a preview within it."""
    photo = Photo()
    sensor = photo.directory(t256=16, t257=16, t258=16, t259=1, t262=SENSOR, t273=photo.put(bytes(512)), t279=512)
    data = developed() if jpeg is None else jpeg
    preview = photo.directory(t254=1, t259=7, t262=6, t273=photo.put(data), t279=len(data))
    return photo.written(path, photo.directory(t330=(sensor, preview), t50706=0x0401, **thumbnail(photo), **more))


def nef(path):
    """Write what Nikon does: a thumbnail first; the preview lies at a JPEG's own tags, beside a smaller one."""
    photo, large, small = Photo(), developed(), developed((700, 400))
    sensor = photo.directory(t259=34_713, t262=SENSOR, t273=photo.put(bytes(512)), t279=512)
    first = photo.directory(t259=6, t513=photo.put(small), t514=len(small))
    second = photo.directory(t259=6, t513=photo.put(large), t514=len(large))
    return photo.written(path, photo.directory(t330=(first, second, sensor), **thumbnail(photo)))


def cr2(path):
    """Write what Canon does: the preview is the first picture, sensor data the last, and nothing says raw but CR."""
    photo, data = Photo(b"CR\2\0\0\0\0\0"), developed()
    sensor = photo.directory(t259=6, t273=photo.put(data[:2] + b"\xff\xc3" + data[4:]), t279=len(data))
    return photo.written(path, photo.directory(following=sensor, t259=6, t273=photo.put(data), t279=len(data)))


def sensor_first(path):
    """Write what Android does: sensor data are the first picture."""
    photo, data = Photo(), developed()
    preview = photo.directory(t254=1, t259=7, t262=6, t273=photo.put(data), t279=len(data))
    sensor = photo.put(bytes(512))
    return photo.written(
        path,
        photo.directory(t256=16, t257=16, t258=16, t259=1, t262=SENSOR, t273=sensor, t279=512, t330=preview),
    )


def cr3(path, flag=1):
    """Write what Canon does now: boxes, with a TIFF's directory in one of them; a thumbnail, then the preview."""
    ours = Photo()
    at = ours.directory(t274=flag)
    cmt1 = ours.written(path, at).read_bytes()
    cmt4 = Photo()
    place = cmt4.written(path, cmt4.directory(t2=48)).read_bytes()
    boxes = box(b"moov", box(b"uuid", bytes(16), box(b"CMT1", cmt1), box(b"CMT4", place), box(b"THMB", small_jpeg())))
    path.write_bytes(box(b"ftyp", b"crx ", bytes(4), b"crx isom") + boxes + box(b"mdat", developed(), bytes(5_000)))
    return path


def raf(path):
    """Write what Fujifilm does: its name, then the preview, then sensor data."""
    path.write_bytes(b"FUJIFILMCCD-RAW 0201".ljust(148, b"\0") + developed() + bytes(5_000))
    return path


def rw2(path, flag=1):
    """Write what Panasonic does: a TIFF of another number whose directory holds the whole preview."""
    photo, data = Photo(), developed()
    first = photo.directory(t46=photo.put(small_jpeg() + data), t274=flag, t34853=8)
    photo.written(path, first).write_bytes(b"IIU\0" + photo.data[4:])
    return path


def orf(letters):
    """Give a writer of what Olympus does: as Panasonic, with letters of its own, in either order of bytes."""

    def write(path, flag=1):
        photo, data = Photo(), developed()
        first = photo.directory(t46=photo.put(small_jpeg() + data), t274=flag, t34853=8)
        photo.written(path, first).write_bytes(letters + photo.data[4:])
        return path

    return write


def small_jpeg():
    """Make a thumbnail."""
    return developed((160, 120))


@pytest.mark.parametrize("write", [dng, nef, cr2, sensor_first, cr3, raf, rw2, *map(orf, OLYMPUS)])
def test_the_largest_preview_is_sent_and_told(write, tmp_path):
    """Wherever a maker puts it, the preview becomes the rendition, at its own size, with a warning."""
    outcome = mediaprep.fit(write(tmp_path / "a.dng"), US, isolation="none")

    assert outcome.done
    assert (outcome.width, outcome.height) == WIDE
    assert "raw_preview" in [w.name for w in outcome.warnings]
    with Image.open(io.BytesIO(outcome.data)) as shown:
        left, right = (shown.convert("RGB").getpixel((x, 400)) for x in (100, 1_100))
    assert left[0] > 150
    assert left[2] < 60
    assert right[2] > 150
    assert right[0] < 60


def test_the_files_own_flags_count(tmp_path):
    """What turns a photo upright, and that it says where it is from, stand in the file around the preview."""
    path = dng(tmp_path / "a.dng", t274=6, t34853=8)
    outcome = mediaprep.check(path, US, isolation="none")

    assert (outcome.width, outcome.height) == WIDE[::-1]
    assert "gps" in [w.name for w in outcome.warnings]
    with Image.open(io.BytesIO(mediaprep.fit(path, US, isolation="none").data)) as shown:
        assert shown.size == WIDE[::-1]
        assert shown.convert("RGB").getpixel((400, 100))[0] > 150  # a quarter to the right puts the left side on top


@pytest.mark.parametrize("write", [cr3, rw2, *map(orf, OLYMPUS[:2])])
def test_flags_of_makers_own_files_count(write, tmp_path):
    """Canon's boxes and Panasonic's directory say which way is up and that there is a place, as a DNG does."""
    outcome = mediaprep.check(write(tmp_path / "a", flag=6), US, isolation="none")

    assert (outcome.width, outcome.height) == WIDE[::-1]
    assert "gps" in [w.name for w in outcome.warnings]


def test_a_makers_own_file_with_a_thumbnail_alone_is_named_and_refused(tmp_path):
    """It is a raw photo, and there is nothing in it to send."""
    (tmp_path / "a.raf").write_bytes(b"FUJIFILMCCD-RAW 0201".ljust(148, b"\0") + small_jpeg() + b"\xff\xd8\xff" * 100)
    found = mediaprep.check(tmp_path / "a.raf", US, isolation="none").violations[0]

    assert found.name == "unsupported"
    assert "raw photo" in found.message


@pytest.mark.parametrize(
    ("jpeg", "code"),
    [(developed((160, 120)), "unsupported"), (b"", "unsupported"), (b"\xff\xd8junk", "unsupported")],
)
def test_thumbnails_are_no_photos(jpeg, code, tmp_path):
    """A raw photo with a thumbnail at most is refused: nobody means to send that."""
    outcome = mediaprep.fit(dng(tmp_path / "a.dng", jpeg=jpeg), US, isolation="none")

    assert outcome.verdict == "refused"
    assert [v.name for v in outcome.violations] == [code]


def test_a_photo_that_breaks_off_is_refused(tmp_path):
    """Where the file ends inside its preview, no half picture and no thumbnail is sent."""
    photo, data = Photo(), developed()
    preview = photo.directory(t254=1, t259=7, t262=6, t273=100_000, t279=len(data))
    path = photo.written(tmp_path / "a.dng", photo.directory(t330=preview, t50706=0x0401, **thumbnail(photo)))

    outcome = mediaprep.fit(path, US, isolation="none")
    assert [v.name for v in outcome.violations] == ["truncated"]


def test_directories_that_lead_to_each_other_end(tmp_path):
    """A chain of directories that comes back to itself is read once."""
    photo = Photo()
    first = photo.directory(following=8, t330=(8, 8, 900_000), t50706=0x0401, t256=16, t257=16)
    assert first != 8
    outcome = mediaprep.fit(photo.written(tmp_path / "a.dng", first), US, isolation="none")

    assert outcome.verdict == "refused"


def test_ordinary_tiff_is_read_as_ever(tmp_path):
    """A scan in JPEG's compression is no raw photo, however its picture is coded."""
    Image.new("RGB", (900, 600), "teal").save(tmp_path / "a.tif", compression="jpeg")
    outcome = mediaprep.fit(tmp_path / "a.tif", US, isolation="none")

    assert (outcome.width, outcome.height) == (900, 600)
    assert "raw_preview" not in [w.name for w in outcome.warnings]


def test_pixels_that_spell_a_signature_are_pixels(tmp_path):
    """A scan whose first pixel happens to be the letters CR is no raw photo."""
    photo = Photo(b"CRd" * 256)
    first = photo.directory(t256=16, t257=16, t258=8, t259=1, t262=2, t273=8, t277=3, t278=16, t279=768)
    outcome = mediaprep.check(photo.written(tmp_path / "a.tif", first), US, isolation="none")

    assert (outcome.width, outcome.height) == (16, 16)


def test_a_thumbnail_of_what_is_cut_off_is_not_sent(tmp_path):
    """Where everything that says raw lies beyond the file's end, the thumbnail at its start is no photo."""
    photo = Photo()
    path = photo.written(tmp_path / "a.nef", photo.directory(t330=(60_000, 60_100), **thumbnail(photo)))
    outcome = mediaprep.fit(path, US, isolation="none")

    assert [v.name for v in outcome.violations] == ["truncated"]


def test_a_list_of_directories_without_end_is_not_walked(tmp_path):
    """A hundred thousand directories within one are as many as a camera writes, and the same one once."""
    photo = Photo()
    first = photo.directory(t330=(8,) * 300_000, t50706=0x0401, **thumbnail(photo))
    outcome = mediaprep.fit(photo.written(tmp_path / "a.dng", first), US, isolation="none")

    assert outcome.verdict == "refused"
