"""What every encoder promises."""

import io
from itertools import pairwise

import pytest
from PIL import Image, ImageDraw

from mediaprep.encoders.jpeg_pillow import tables
from mediaprep.plugins import load, names

PICTURES = [name for name in names("encoders") if hasattr(load("encoders", name), "encode")]
SOUNDS = [name for name in names("encoders") if hasattr(load("encoders", name), "tone")]
CLIPS = [name for name in names("encoders") if hasattr(load("encoders", name), "wrapping")]


@pytest.fixture(scope="module")
def picture():
    """A picture with smooth parts, edges and texture."""
    base = Image.linear_gradient("L").resize((320, 240)).convert("RGB")
    base.paste(Image.effect_noise((160, 120), 40).convert("RGB"), (20, 60))
    ImageDraw.Draw(base).text((190, 30), "SALE 50%", fill=(200, 20, 30), font_size=28)
    return base


@pytest.mark.parametrize("name", names("encoders"))
def test_an_encoder_is_what_its_file_says(name):
    """Each plugin's name is its file's, and it makes the media type that it states."""
    encoder = load("encoders", name)

    assert encoder.name == name
    assert "/" in encoder.media_type
    assert encoder.suffix.isalnum()


@pytest.mark.parametrize("name", PICTURES)
def test_dimensions_survive(name, picture):
    """What is encoded decodes to the same dimensions, in colour and in grey."""
    for mode in ("RGB", "L"):
        data = load("encoders", name).encode(picture.convert(mode), 60.0)
        with Image.open(io.BytesIO(data)) as back:
            assert back.size == picture.size
            back.load()


@pytest.mark.parametrize("name", [n for n in PICTURES if load("encoders", n).monotone])
def test_a_monotone_axis_is_monotone(name, picture):
    """Along an axis declared monotone, bytes do not fall by more than 1 % as quality rises."""
    encoder = load("encoders", name)

    sizes = [len(encoder.encode(picture, 2.0 + 0.5 * i)) for i in range(192)]

    assert all(after >= 0.99 * before for before, after in pairwise(sizes))
    assert sizes[-1] > 3 * sizes[0]


@pytest.mark.parametrize("name", PICTURES)
def test_encoding_is_deterministic(name, picture):
    """The same picture at the same quality gives the same bytes."""
    encoder = load("encoders", name)

    assert encoder.encode(picture, 55.5) == encoder.encode(picture, 55.5)


@pytest.mark.parametrize("name", SOUNDS)
@pytest.mark.parametrize("channels", [1, 2])
def test_a_tone_keeps_its_rate(name, channels):
    """No sound is laid out at more bits a second than asked for, and more bits never mean fewer samples."""
    encoder = load("encoders", name)
    rates = [4_000 * 1.15**i for i in range(32)]
    tones = [encoder.tone(rate, channels=channels, sample_rate_hz=48_000) for rate in rates]

    assert tones[0] is None
    assert all(tone is None or tone.bit_rate_bps <= rate for tone, rate in zip(tones, rates, strict=True))
    sizes = [encoder.size_bytes(tone, 10.0) for tone in tones if tone]
    assert sizes == sorted(sizes)


@pytest.mark.parametrize("name", CLIPS)
def test_a_clip_encoder_names_sounds_that_exist(name):
    """The sound that a container takes is one that an encoder here makes."""
    assert set(load("encoders", name).sounds) <= set(SOUNDS)


@pytest.mark.parametrize("quality", [1, 10, 49, 50, 75, 90, 100])
def test_quality_means_what_libjpeg_means(quality):
    """At whole numbers the colour table is the one that libjpeg makes of the same quality, but for a step or 5 %."""
    target = io.BytesIO()
    Image.new("RGB", (16, 16)).save(target, "JPEG", quality=quality)
    with Image.open(target) as back:
        native = back.quantization

    for one, other in zip(sorted(tables(float(quality))[1]), sorted(native[1]), strict=True):
        assert abs(one - other) <= max(1, 0.05 * other)


def test_jpeg_is_baseline_by_default(picture):
    """The JPEG written is sequential with one scan: the only form that MMS phones must read."""
    data = load("encoders", "jpeg_pillow").encode(picture, 75.0)

    assert b"\xff\xc0" in data
    assert b"\xff\xc2" not in data


def test_few_colours_stay_exact(picture):
    """Lossless PNG of a picture with few colours uses a palette and keeps every pixel."""
    flat = picture.quantize(40, dither=Image.Dither.NONE).convert("RGB")

    data = load("encoders", "png").encode(flat, 100.0)

    with Image.open(io.BytesIO(data)) as back:
        assert back.mode == "P"
        assert back.convert("RGB").tobytes() == flat.tobytes()


def test_jpeg_quality_is_fine_enough_to_fill_a_limit(samples):
    """Between 40 and 95 no step of a twentieth of quality changes a photograph's bytes by more than 2.5 %."""
    with Image.open(samples / "portrait_photo.jpg") as photo:
        photo.draft("RGB", (600, 800))
        picture = photo.convert("RGB").resize((400, 600))
    encoder = load("encoders", "jpeg_pillow")

    sizes = [len(encoder.encode(picture, 40.0 + 0.05 * i)) for i in range(1101)]

    assert max(after / before for before, after in pairwise(sizes)) < 1.025
