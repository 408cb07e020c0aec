"""The filters between a decoded clip and its encoder: one chain, in the order that touches the fewest pixels."""

from __future__ import annotations

from fractions import Fraction

from mediaprep.ffmpeg_log import Stream
from mediaprep.kinds._video_ladder import Rung

_UNMARKED = frozenset({"mjpeg", "huffyuv", "ffvhuff", "utvideo"})
"""Codecs whose frames say nothing of fields, also where the container does (ffmpeg 9.0.2)."""

_FEWEST = 4
"""Lines and columns that the filter of fields takes at least."""

_TRANSFERS = {"smpte2084": "smpte2084", "arib-std-b67": "arib-std-b67"}

_PEAK_NITS = 100
"""What linear light 1.0 means for the tone curve: the brightness of a plain screen (ITU-R BT.2408 has 203 for
diffuse white; with 100 skin tones come out as the cameras' own plain versions do)."""


def chain(
    stream: Stream,
    rung: Rung,
    *,
    pixel_aspect: float = 1.0,
    paced: bool = True,
    ground: tuple[int, int, int] | None = None,
) -> str:
    """Give the filters from the decoder's frames (turned upright by ffmpeg) to 8-bit 4:2:0 at the rung.

    Extra frames are dropped before anything is done to them; HDR is made small first and only then turned into
    light, tone-mapped and coded as bt709; pixels that are not square are evened out by the scaling itself. ``paced``
    False leaves every frame as it comes. What is transparent is laid over the colour ``ground``, before scaling would
    mix it with what nobody sees.
    """
    filters = _woven(stream)
    if paced:
        filters.append(f"fps={rung.fps.numerator}/{rung.fps.denominator}:start_time=0")
    if ground is not None:
        filters.append(_laid_over(ground, matrix(stream)))
    filters.append(f"scale={rung.width}:{rung.height}:flags=lanczos:out_range=tv")
    if _wide(stream):
        light = _TRANSFERS.get(stream.transfer or "", "bt709")
        toned = ",tonemap=hable:desat=0" if stream.transfer in _TRANSFERS else ""
        # what a file leaves out (Matroska often names the matrix alone) is told: zimg converts nothing from "unknown"
        told = f"range=tv:color_primaries=bt2020:color_trc={light}:colorspace=bt2020nc"
        filters += [
            f"format=yuv420p10le,setparams={told},zscale=t=linear:npl={_PEAK_NITS}",
            f"format=gbrpf32le,zscale=p=bt709{toned}",
            "zscale=t=bt709:m=bt709:p=bt709:r=tv",
        ]
    filters.append("format=yuv420p")
    if rung.pad is not None and rung.pad != (rung.width, rung.height):
        filters.append(f"pad={rung.pad[0]}:{rung.pad[1]}:(ow-iw)/2:(oh-ih)/2")
    aspect = Fraction(pixel_aspect).limit_denominator(255)  # H.263's header has a byte for either number
    filters.append(f"setsar={aspect.numerator}/{aspect.denominator}")
    return ",".join(filters)


def _woven(stream: Stream) -> list[str]:
    """Give the filter that takes fields apart: frames that say they are whole pass it as they are.

    Where the stream has no word about fields its frames may: DV in AVI was shown with full combs.
    """
    small = min(stream.width or _FEWEST, stream.height or _FEWEST) < _FEWEST
    if stream.interlaced is False or small:
        return []
    if stream.interlaced:
        return [f"bwdif=deint={'all' if stream.codec in _UNMARKED else 'interlaced'}"]
    # of other formats the filter takes few, and what has to be converted for it costs more than it looks
    plain = (stream.pixel_format or "").startswith("yuv") and not (stream.pixel_format or "").startswith("yuva")
    return ["bwdif=deint=interlaced"] if plain else []


def _laid_over(ground: tuple[int, int, int], colours: str) -> str:
    """Give the filters that lay pictures over a colour: in the matrix that they are in, at their own dimensions."""
    red, green, blue = (part / 255 for part in ground)
    of_red, of_blue = (0.2126, 0.0722) if colours == "bt709" else (0.299, 0.114)
    light = of_red * red + (1 - of_red - of_blue) * green + of_blue * blue
    y = round(16 + 219 * light)
    u = round(128 + 224 * (blue - light) / (2 - 2 * of_blue))
    v = round(128 + 224 * (red - light) / (2 - 2 * of_red))
    return (
        "scale=out_range=tv,format=yuva444p,split[seen][under];"
        f"[under]lutyuv=y={y}:u={u}:v={v}:a=255[ground];[ground][seen]overlay=format=yuv444"
    )


def _wide(stream: Stream) -> bool:
    """Whether the colours are those of wide screens, HDR or not: unconverted they look pale on others."""
    return stream.transfer in _TRANSFERS or (stream.matrix or "").startswith("bt2020")


def matrix(stream: Stream) -> str:
    """Name the colour matrix of the frames that the chain gives, for the stream's own header.

    What a source does not say follows from its lines, as players have it: bt709 from 720 on.
    """
    if _wide(stream) or stream.matrix == "bt709":
        return "bt709"
    if (stream.pixel_format or "").startswith(("rgb", "bgr", "gbr", "argb", "abgr", "pal")):
        return "smpte170m"  # what the scaler makes of RGB
    if stream.matrix in {"smpte170m", "bt470bg"}:
        return stream.matrix
    return "bt709" if min(stream.width or 0, stream.height or 0) >= 720 else "smpte170m"
