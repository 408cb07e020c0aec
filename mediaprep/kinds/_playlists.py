"""Lists that point at other files or addresses, whatever their name: ffconcat, HLS, DASH, SDP and their like.

ffmpeg follows them even when they are named ``.mp4`` (seen with 9.0.2), so they are told by their text.
"""

from __future__ import annotations

import re

LOOKED_AT_BYTES = 4_096

_BEGINNINGS = (
    b"ffconcat", b"#ffconcat", b"#extm3u", b"[playlist]", b"[reference]", b"<asx", b"<mpd", b"rtsptext",
    b"<smoothstreamingmedia", b"<playlist", b"<compositionplaylist", b"<assetmap", b"#!rtsp", b"rtsp://", b"rtmp://", b"mms://",
)  # fmt: skip
# Atomic: without it, thirty empty comments could be told apart in half a billion ways, and each would be tried.
_XML = re.compile(rb"^(?>(?:<\?xml.*?\?>|<!--.*?-->|<!doctype[^>]*>|\s+)*)(<[a-z:]+)", re.DOTALL)
_SDP = re.compile(rb"^v=0\r?\n(?:[a-z]=[^\n]*\n)*?o=")


def points_elsewhere(head: bytes) -> bool:
    """Say whether a file's first bytes are such a list."""
    text = head[:LOOKED_AT_BYTES].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(_BEGINNINGS) or _SDP.match(text):
        return True
    if text[:1] != b"<":
        return False
    found = _XML.match(text)
    return found is not None and (found[1].split(b":")[-1].removeprefix(b"<") in _ROOTS)


_ROOTS = frozenset(word[1:] for word in _BEGINNINGS if word.startswith(b"<"))
