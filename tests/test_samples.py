"""The samples are what their README says they are, and may be passed on."""

import re
from pathlib import Path

import pytest

from mediaprep.kinds import identify
from mediaprep.model import KindName
from mediaprep.plugins import names
from mediaprep.storage import open_source

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
NOT_ASSETS = {"README.md", ".gitattributes", "send_twilio.py", "send_aws.py", "send_vonage.py"}
MAX_TOTAL_BYTES = 12_000_000
FREE_LICENCES = ("CC0-1.0", "CC-BY-3.0", "CC-BY-4.0", "MIT", "public domain")
EXPECTED = {
    "phone_photo.jpg": (KindName.IMAGE, "image/jpeg"),
    "landscape_photo.jpg": (KindName.IMAGE, "image/jpeg"),
    "portrait_photo.jpg": (KindName.IMAGE, "image/jpeg"),
    "texture_photo.jpg": (KindName.IMAGE, "image/jpeg"),
    "food_photo.heic": (KindName.IMAGE, "image/heic"),
    "screenshot.png": (KindName.IMAGE, "image/png"),
    "flyer_coupon.png": (KindName.IMAGE, "image/png"),
    "logo.png": (KindName.IMAGE, "image/png"),
    "logo_white.png": (KindName.IMAGE, "image/png"),
    "film_loop.gif": (KindName.ANIMATION, "image/gif"),
    "film_clip.mp4": (KindName.VIDEO, "video/mp4"),
    "city_clip.mp4": (KindName.VIDEO, "video/mp4"),
    "speech.wav": (KindName.AUDIO, "audio/wav"),
    "music.mp3": (KindName.AUDIO, "audio/mpeg"),
    "contact_v21.vcf": (KindName.VCARD, "text/x-vcard"),
    "contact_v30.vcf": (KindName.VCARD, "text/x-vcard"),
    "contact_v40.vcf": (KindName.VCARD, "text/x-vcard"),
    "message.txt": (KindName.TEXT, "text/plain"),
}


def rows(heading: str) -> dict[str, list[str]]:
    """Read one of the README's tables: the cells of each row by the file that the row is about."""
    text = (SAMPLES / "README.md").read_text(encoding="utf-8")
    section = re.split(r"^## ", text.split(f"## {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    found = {}
    for line in section.splitlines():
        if match := re.match(r"\| `([^`]+)` \|", line):
            found[match[1]] = [cell.strip() for cell in line.strip("|").split("|")]
    return found


def assets() -> list[Path]:
    """List the sample files themselves."""
    return sorted(path for path in SAMPLES.iterdir() if path.name not in NOT_ASSETS)


def test_the_folder_holds_the_expected_samples_and_nothing_else():
    """Every sample exists, and there is no file that nobody has accounted for."""
    assert {path.name for path in assets()} == set(EXPECTED)


def test_the_readme_gives_each_sample_a_purpose():
    """The first table has one row per sample with a description and what the sample tries."""
    purposes = rows("What each is for")
    assert set(purposes) == set(EXPECTED)
    assert all(len(cells) == 3 and all(cells) for cells in purposes.values())


def test_the_readme_gives_each_sample_a_source_an_author_and_a_free_licence():
    """The second table has one row per sample; its licence permits redistribution and its size is the file's own."""
    origins = rows("Sources and licences")
    assert set(origins) == set(EXPECTED)
    for name, (_, size, source, author, licence, _) in origins.items():
        assert int(size.replace(",", "")) == (SAMPLES / name).stat().st_size, name
        assert source, name
        assert author, name
        assert licence.startswith(FREE_LICENCES), f"{name}: {licence}"


def test_the_samples_stay_small_together():
    """All samples together are under 12 MB."""
    assert sum(path.stat().st_size for path in assets()) < MAX_TOTAL_BYTES


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_sample_is_known_by_its_content(name):
    """Each sample is identified as the kind and media type that it stands for."""
    kind_name, media_type = EXPECTED[name]
    if kind_name not in names("kinds"):
        pytest.skip(f"the kind {kind_name} is not there yet")
    known = identify(open_source(SAMPLES / name, MAX_TOTAL_BYTES))
    assert known is not None
    kind, form = known
    assert (kind.name, form.media_type) == (kind_name, media_type)


def test_the_phone_photo_is_large_lies_on_its_side_and_tells_where_it_was_taken():
    """The phone photo has 10-12 MP, orientation 6, a camera's name and a position, so that there is work to do."""
    from PIL import ExifTags, Image

    with Image.open(SAMPLES / "phone_photo.jpg") as image:
        exif = image.getexif()
        assert 10e6 <= image.width * image.height <= 12.5e6
        assert image.height > image.width
    assert exif[ExifTags.Base.Orientation] == 6
    assert exif[ExifTags.Base.Make] == "Example Phones"
    assert ExifTags.GPS.GPSLatitude in exif.get_ifd(ExifTags.IFD.GPSInfo)


def test_the_flyer_carries_a_readable_coupon():
    """The QR code on the flyer reads as the address that the README names."""
    import zxingcpp
    from PIL import Image

    with Image.open(SAMPLES / "flyer_coupon.png") as image:
        codes = zxingcpp.read_barcodes(image)
    assert [code.text for code in codes] == ["https://shop.example.com/c/AUTUMN20?via=mms"]
    assert codes[0].text in (SAMPLES / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["logo.png", "logo_white.png"])
def test_a_logo_has_transparent_half_transparent_and_opaque_pixels(name):
    """Both logos use their alpha channel for more than a cut-out."""
    from PIL import Image

    with Image.open(SAMPLES / name) as image:
        histogram = image.getchannel("A").histogram()
    assert histogram[0] > 0
    assert sum(histogram[1:255]) > 0
    assert histogram[255] > 0


def test_the_cards_are_of_three_versions():
    """The three cards say 2.1, 3.0 and 4.0, and their lines end as the standards ask."""
    for version in ("2.1", "3.0", "4.0"):
        card = (SAMPLES / f"contact_v{version.replace('.', '')}.vcf").read_bytes()
        assert card.startswith(f"BEGIN:VCARD\r\nVERSION:{version}\r\n".encode())
        assert card.count(b"\n") == card.count(b"\r\n")
