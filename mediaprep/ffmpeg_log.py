"""What ``ffmpeg -i`` says about a file, as values. Pure text in, facts out.

ffmpeg's log is the fallback where no header reader of our own understands a container, and the second
opinion that tests compare our readers with. The format of these lines has been stable since ffmpeg 0.9;
a line that is not understood is passed over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

StreamKind = Literal["video", "audio", "data", "subtitle", "attachment"]

# Tags of a file stand in its log as they are: what is a fact of ffmpeg's own is told by its whole line, and no number
# is longer than an honest one.
_STREAM = re.compile(
    r"^ +Stream #0:(?P<index>\d{1,9})(?:\[0x[0-9a-f]+\])?(?:\([^)]*\))?: "
    r"(?P<kind>Video|Audio|Data|Subtitle|Attachment): (?P<facts>.*)$"
)
_DURATION = re.compile(
    r"^  Duration: (?:(\d{1,9}):(\d\d):(\d\d(?:\.\d{1,9})?)|N/A)(?:, start: (-?[\d.]+))?"
    r".*?(?:bitrate: (\d{1,9}) kb/s)?$"
)
_ROTATION = re.compile(r"^ +Display Matrix: rotation of (-?\d{1,9}(?:\.\d{1,9})?) degrees$")
_DOLBY = re.compile(r"^ +DOVI configuration record: version: .*compatibility id: (\d{1,9})")
_GROUP = re.compile(r"\(([^()]*)\)")
_DECODER = re.compile(r"[a-z0-9_]+")
_CHANNELS = {
    "mono": 1, "stereo": 2, "downmix": 2, "binaural": 2, "2.1": 3, "3.0": 3, "3.1": 4, "quad": 4, "4.0": 4, "4.1": 5,
    "5.0": 5, "5.1": 6, "6.0": 6, "hexagonal": 6, "3.1.2": 6, "6.1": 7, "7.0": 7, "7.1": 8, "octagonal": 8, "cube": 8,
    "5.1.2": 8, "5.1.4": 10, "7.1.2": 10, "7.1.4": 12, "7.2.3": 12, "9.1.4": 14, "9.1.6": 16, "hexadecagonal": 16,
    "22.2": 24, "ambisonic 1": 4, "ambisonic 2": 9, "ambisonic 3": 16,
}  # fmt: skip
_PROFILES = {
    "high_4_4_4_predictive": "high_444", "high_4_2_2": "high_422", "simple_profile": "simple",
    "advanced_simple_profile": "advanced_simple", "main_still_picture": "main_still", "high_10_intra": "high_10_intra",
    "lc": "lc",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One stream as ffmpeg names it; ``rotation_deg`` is the clockwise turn to show it upright.

    ``matrix`` and ``transfer`` are ffmpeg's names (``bt709``, ``smpte2084`` …), None where the stream does
    not say; ``sample_aspect`` is the width of a stored pixel divided by its height.
    """

    index: int
    kind: StreamKind
    codec: str
    profile: str | None = None
    pixel_format: str | None = None
    transfer: str | None = None
    matrix: str | None = None
    interlaced: bool | None = None
    """None where neither container nor decoder has a word about it: DV in AVI, MPEG-4 in any."""
    width: int | None = None
    height: int | None = None
    sample_aspect: float = 1.0
    fps: float | None = None
    rotation_deg: int = 0
    dolby_alone: bool = False
    """Dolby Vision whose pictures no other decoder shows in their colours (its profiles 5 and 10.0)."""
    sample_rate_hz: int | None = None
    channels: int | None = None
    layout: str | None = None
    """Where channels belong, in ffmpeg's words: ``5.1(side)``, ``2 channels (SL+SR)``, ``ambisonic 1``."""
    bit_rate_bps: int | None = None
    cover: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """What the log says about one input; ``metadata`` are the names of its tags."""

    duration_s: float | None = None
    bit_rate_bps: int | None = None
    streams: tuple[Stream, ...] = ()
    metadata: tuple[str, ...] = ()


def read(text: str) -> Log | None:
    """Read the part of a log about input 0; None where ffmpeg could not open it."""
    start = text.find("Input #0, ")
    if start < 0:
        return None
    duration_s: float | None = None
    bit_rate: int | None = None
    streams: list[Stream] = []
    names: list[str] = []
    for line in text[start:].splitlines()[1:]:
        if line.startswith(("Output #0", "Stream mapping:", "At least one output")):
            break
        if found := _DURATION.match(line):
            hours, minutes, seconds, _, rate = found.groups()
            duration_s = int(hours) * 3600 + int(minutes) * 60 + float(seconds) if hours else None
            bit_rate = 1_000 * int(rate) if rate else None
        elif found := _STREAM.match(line):
            streams.append(_stream(int(found["index"]), found["kind"], found["facts"]))
        elif streams and (found := _ROTATION.search(line)):
            streams[-1] = replace(streams[-1], rotation_deg=round(-float(found[1]) / 90) * 90 % 360)
        elif streams and (found := _DOLBY.search(line)):
            streams[-1] = replace(streams[-1], dolby_alone=found[1] == "0")
        elif not streams and line.startswith("    ") and ":" in line:
            names.append(line.split(":", 1)[0].strip().lower())
    return Log(
        duration_s=duration_s,
        bit_rate_bps=bit_rate,
        streams=tuple(streams),
        metadata=tuple(dict.fromkeys(name for name in names if name)),
    )


def _stream(index: int, kind: str, facts: str) -> Stream:
    parts = _split(facts)
    codec, profile = _codec(parts[0])
    stream = Stream(
        index=index,
        kind=kind.lower(),  # type: ignore[arg-type]  # the pattern admits these five words only
        codec=codec,
        profile=profile,
        bit_rate_bps=_kilobits(parts),
        cover="(attached pic)" in facts,
    )
    if kind == "Video":
        return _video(stream, parts)
    if kind == "Audio":
        return _audio(stream, parts)
    return stream


def _split(facts: str) -> list[str]:
    """Split at the commas that stand outside brackets."""
    parts, depth, begin = [], 0, 0
    for at, letter in enumerate(facts):
        if letter in "([":
            depth += 1
        elif letter in ")]":
            depth -= 1
        elif letter == "," and depth <= 0:
            parts.append(facts[begin:at].strip())
            begin = at + 1
    parts.append(facts[begin:].strip())
    return parts


def _codec(part: str) -> tuple[str, str | None]:
    """Take ``av1 (libdav1d) (Main) (av01 / 0x31307661)`` apart: codec and profile, without decoder and tag."""
    codec = part.split(" ", 1)[0]
    for group in _GROUP.findall(part):
        if "/ 0x" in group or _DECODER.fullmatch(group) or group in {"default", "attached pic"}:
            continue
        if codec == "aac":
            return ("aac_he", None) if group.startswith("HE-AAC") else (codec, None)
        name = re.sub(r"[^a-z0-9]+", "_", group.lower()).strip("_")
        return codec, _PROFILES.get(name, name)
    return codec, None


def _kilobits(parts: list[str]) -> int | None:
    for part in parts[1:]:
        if found := re.match(r"(\d{1,9}) kb/s", part):
            return 1_000 * int(found[1]) or None
    return None


def _video(stream: Stream, parts: list[str]) -> Stream:
    pixels, transfer, width, height, fps = None, None, None, None, None
    matrix, interlaced, aspect = None, None, 1.0
    if len(parts) > 1 and (found := re.match(r"([a-z0-9]+)(?:\((.*)\))?$", parts[1])) and "x" not in found[1][:1]:
        if found[1] != "none" and not re.match(r"\d+x\d+", found[1]):
            # "yuvj" is yuv of full range: the range is no matter of the format itself
            pixels = found[1].replace("yuvj", "yuv", 1)
        transfer = _transfer(found[2] or "")
        matrix = _matrix(found[2] or "")
        interlaced = _interlaced(found[2] or "")
    for part in parts[1:]:
        if width is None and (found := re.match(r"(\d{1,9})x(\d{1,9})\b", part)):
            width, height = int(found[1]), int(found[2])
            if shape := re.search(r"\[SAR (\d{1,9}):(\d{1,9})", part):
                aspect = int(shape[1]) / int(shape[2]) if int(shape[1]) and int(shape[2]) else 1.0
        elif found := re.match(r"(\d{1,9}(?:\.\d{1,9})?)(k?) fps", part):
            fps = float(found[1]) * (1_000 if found[2] else 1)
    return replace(
        stream,
        pixel_format=pixels,
        transfer=transfer,
        matrix=matrix,
        interlaced=interlaced,
        width=width or None,
        height=height or None,
        sample_aspect=aspect,
        fps=fps or None,
    )


def _interlaced(colour: str) -> bool | None:
    if any(words in colour for words in ("top first", "bottom first", "top coded", "bottom coded")):
        return True
    return False if "progressive" in colour else None


def _transfer(colour: str) -> str | None:
    """Find the transfer characteristics in ``tv, bt2020nc/bt2020/smpte2084, progressive``."""
    for word in colour.split(","):
        triple = word.strip().split("/")
        if len(triple) == 3:
            return None if triple[2] == "unknown" else triple[2]
        if triple[0] == "bt709":
            return "bt709"
    return None


def _matrix(colour: str) -> str | None:
    """Find the matrix: the first of the three, or the one word that stands for all of them."""
    for word in colour.split(","):
        triple = word.strip().split("/")
        if len(triple) == 3:
            return None if triple[0] == "unknown" else triple[0]
        if triple[0] in {"bt709", "smpte170m", "bt470bg", "bt2020nc"}:
            return triple[0]
    return None


def _audio(stream: Stream, parts: list[str]) -> Stream:
    rate = channels = layout = None
    for part in parts[1:]:
        word = part.split("(", 1)[0].strip()
        if found := re.match(r"(\d{1,9}) Hz", part):
            rate = int(found[1])
        elif word in _CHANNELS:
            channels, layout = _CHANNELS[word], part
        elif found := re.match(r"(\d{1,9}) channels", part):
            channels, layout = int(found[1]), part
    return replace(stream, sample_rate_hz=rate or None, channels=channels or None, layout=layout)
