"""A capture so long that its text goes out in too few pixels is told, with what to do; other pictures are not."""

import io

import pytest
from PIL import Image, ImageDraw
from still_assets import fitted, mms, photo, saved


def chat(size, form="PNG"):
    """Draw a chat of many bubbles with text, as wide as a phone's screen."""
    picture = Image.new("RGB", size, (250, 250, 252))
    draw = ImageDraw.Draw(picture)
    for number, top in enumerate(range(30, size[1] - 150, 170)):
        left = 40 + 300 * (number % 2)
        draw.rounded_rectangle((left, top, left + 640, top + 140), 40, fill=(210, 230, 255))
        draw.text((left + 40, top + 40), f"Message {number}: see you at noon?", fill=(20, 20, 20), font_size=42)
    return saved(picture, form)


def said(asset, share=0.5):
    """Fit it to a share of its bytes; give the warning about it, if any, and the width that goes out."""
    outcome, shown = fitted(asset, mms(int(share * len(asset))))
    return next((w for w in outcome.warnings if w.name == "too_long_to_read"), None), shown.width


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_a_long_capture_is_told_and_so_is_into_what_to_split_it(form):
    """1080x9000 pixels go out 230 wide; in three pieces each keeps 640."""
    found, width = said(chat((1080, 9000), form))

    assert width == 230
    assert "230x1920" in found.message
    assert "3 pictures of at most 1080x3240" in found.remedy
    assert said(chat((1080, 3240), form)) == (None, 640)


def test_what_is_not_read_or_not_made_smaller_is_not_told():
    """Not a photograph of a tower, not a screen's capture, not a narrow banner that goes out in its own pixels."""
    grain = Image.effect_noise((500, 4500), 90).convert("RGB")
    assert said(saved(Image.blend(photo((500, 4500)), grain, 0.3), "JPEG", quality=60))[0] is None
    assert said(chat((1080, 2400)))[0] is None
    assert said(saved(Image.open(io.BytesIO(chat((1080, 9000)))).resize((160, 1300)), "BMP"))[0] is None
    assert said(chat((1080, 9000)), share=1)[0] is None
