"""Lists that only point at media are told by their text, whatever they are called."""

import time

import pytest

from mediaprep.kinds._playlists import points_elsewhere

SDP = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video 5004 RTP/AVP 96\r\n"


@pytest.mark.parametrize(
    "text",
    [
        "ffconcat version 1.0\nfile other.mp4\n",
        "#ffconcat version 1.0\n",
        "#EXTM3U\n/etc/passwd\n",
        "\ufeff  \n#EXTM3U8-like\n".replace("8-like", "\nx"),
        "<MPD xmlns='urn:mpeg:dash:schema:mpd:2011'>",
        "<?xml version='1.0'?>\n<!-- made by x -->\n<MPD type='static'>",
        "<?xml version='1.0'?><SmoothStreamingMedia>",
        "<asx version='3.0'><ref href='http://x'/></asx>",
        "<?xml version='1.0'?><playlist xmlns='http://xspf.org/ns/0/'>",
        "[playlist]\nFile1=http://x\n",
        "[Reference]\r\nRef1=http://x\r\n",
        "RTSPtext\r\nrtsp://127.0.0.1/x",
        SDP,
    ],
)
def test_lists_are_known_by_their_beginning(text):
    """Ffmpeg would follow most of these even if they were named .mp4."""
    assert points_elsewhere(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "Our newest playlist: [playlist] is below",
        "v=0 is my version",
        "<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>",
        "<smil><body/></smil>",
        "BEGIN:VCARD\r\nVERSION:3.0\r\nEND:VCARD\r\n",
        "https://example.com/sale",
        "",
    ],
)
def test_other_text_is_not(text):
    """A message may mention a list, a link or an address."""
    assert not points_elsewhere(text.encode())


def test_comments_before_the_root_cost_no_more_than_their_bytes():
    """Seven bytes more once doubled the time: thirty empty comments took minutes, five hundred for ever."""
    before = time.process_time()

    assert points_elsewhere(b"<!---->" * 500 + b"<mpd>")
    assert not points_elsewhere(b"<!---->" * 580 + b"!")
    assert time.process_time() - before < 1
