"""The one table of rule and error codes: what each means and what to do about it.

Codes are stable: a number is never used again for something else. MP1xx sizes, MP2xx types and
formats, MP3xx dimensions and time, MP4xx warnings, MP5xx assets refused, MP6xx faults that are not
the asset's, MP7xx routes, MP8xx messages. MP421 to MP423 stood here and were never told.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Severity = Literal["violation", "warning", "refused", "failed"]


RUN_FIT = "Run `mediaprep fit`"
"""How remedies begin that a fit of the asset is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One row: ``remedy`` is the default next step, used where a finding names no better one."""

    id: str
    name: str
    severity: Severity
    meaning: str
    remedy: str


_ROWS: tuple[tuple[str, str, Severity, str, str], ...] = (
    # MP1xx: sizes
    ("MP101", "over_limit", "violation", "The asset has more bytes than this route delivers.",
     "Run `mediaprep fit` with the same route."),
    ("MP102", "over_ingest_limit", "violation", "The provider's API refuses a file of this size.",
     "Run `mediaprep fit` with the same route."),
    ("MP103", "below_floor", "violation", "Only renditions that look worse than the profile's floor keep the limit.",
     "Allow more bytes, split the message, or accept it with --allow-below-floor."),
    ("MP104", "nothing_fits", "violation", "No rendition of this asset keeps the limit, however small.",
     "Allow more bytes, or send a link instead."),
    ("MP105", "empty", "refused", "The asset holds no bytes.", "Export the asset again."),
    ("MP106", "code_unreadable", "violation", "The asset holds a bar code that no rendition within the limit keeps readable.",
     "Allow more bytes, make the code larger in the artwork, or send a link."),
    # MP2xx: types and formats
    ("MP201", "type_not_delivered", "violation", "This route does not deliver the asset's media type.",
     "Run `mediaprep fit`: it writes a type that the route delivers."),
    ("MP202", "kind_not_delivered", "violation", "This route delivers no media of this kind at all.",
     "Choose another route or channel, or send a link."),
    ("MP203", "animation_not_delivered", "violation", "The asset moves and this route delivers stills only.",
     "Send its first frame with --still, or choose another route."),
    ("MP204", "codec_not_delivered", "violation", "The container is delivered, but not with this codec.",
     "Run `mediaprep fit`."),
    ("MP205", "profile_not_delivered", "violation", "The video's profile or level is above what the route's phones decode.",
     "Run `mediaprep fit`."),
    ("MP206", "b_frames", "violation", "The video uses B-frames, which this route's phones do not play.",
     "Run `mediaprep fit`."),
    ("MP207", "not_faststart", "violation", "The video's index comes after its media data, so playback cannot start at once.",
     "Run `mediaprep fit`: the file is rewrapped without loss."),
    ("MP208", "too_many_tracks", "violation", "The file carries more tracks than the route takes.",
     "Run `mediaprep fit`."),
    ("MP209", "colour_mode", "violation", "The picture's colour mode is one that phones do not show (CMYK, 16-bit, 12-bit).",
     "Run `mediaprep fit`: it writes 8-bit RGB."),
    ("MP210", "progressive", "violation", "The route asks for baseline JPEG and this one is progressive.",
     "Run `mediaprep fit`."),
    ("MP211", "vcard_version", "violation", "The card's version is not one that this route's phones read.",
     "Run `mediaprep fit`."),
    ("MP212", "vcard_incomplete", "violation", "The card lacks a property that phones insist on (VERSION, N or FN).",
     "Add the name to the card."),
    ("MP213", "charset", "violation", "The text is in a character set that the route does not carry.",
     "Save the text as UTF-8."),
    ("MP214", "animation_codec", "violation", "The animation's format plays on no MMS phone by itself.",
     "Run `mediaprep fit`: it writes GIF."),
    ("MP215", "several_cards", "violation", "The file holds several cards; a message carries one card a part.",
     "Split the file, one card a file."),
    ("MP216", "container_not_delivered", "violation", "The media's container is not one that this route takes.",
     "Run `mediaprep fit`."),
    ("MP217", "not_yet_supported", "violation", "Assets of this kind are judged and passed through, but not made smaller.",
     "Fit the asset with another tool and check the result here."),
    ("MP218", "channels", "violation", "The sound has more channels, or another sample rate, than the route takes.",
     "Run `mediaprep fit`."),
    ("MP219", "pixel_format", "violation", "The video's pixel format is not 8-bit 4:2:0, the only one phones decode.",
     "Run `mediaprep fit`."),
    ("MP220", "has_sound", "violation", "A GIF is silent, and the video that is asked for as one has sound.",
     "Fit it without --as-gif, or export it without its sound."),
    # MP3xx: dimensions and time
    ("MP301", "too_wide", "violation", "The asset is wider than the route takes.", "Run `mediaprep fit`."),
    ("MP302", "too_high", "violation", "The asset is taller than the route takes.", "Run `mediaprep fit`."),
    ("MP303", "too_many_pixels", "violation", "The asset has more pixels than the route takes.", "Run `mediaprep fit`."),
    ("MP304", "too_long", "violation", "The asset lasts longer than the route takes.",
     "Shorten it with --trim END (nothing is ever cut silently)."),
    ("MP305", "too_many_frames", "violation", "The asset has more frames than the route takes.", "Run `mediaprep fit`."),
    ("MP306", "frame_rate", "violation", "The frame rate is outside what the route takes.", "Run `mediaprep fit`."),
    ("MP307", "bit_rate", "violation", "The bit rate is above what the route takes.", "Run `mediaprep fit`."),
    ("MP308", "exact_dimensions", "violation", "The route wants exactly these dimensions.", "Run `mediaprep fit`."),
    ("MP309", "too_many_characters", "violation", "The text is longer than the route takes; text is never cut.",
     "Shorten the text."),
    ("MP310", "too_short", "violation", "The asset is shorter than the route takes.", "Use a longer clip."),
    # MP4xx: warnings; they never change a verdict
    ("MP401", "gps", "warning", "The asset says where it was made.", "`mediaprep fit` removes it, also when nothing else changes."),
    ("MP402", "metadata", "warning", "The asset carries metadata (camera, software, thumbnail, comments).",
     "`mediaprep fit` removes it."),
    ("MP403", "transparency", "warning", "Phones fill transparent pixels with white, black or the bubble's colour.",
     "`mediaprep fit` flattens it; choose the colour with --background."),
    ("MP404", "suffix_mismatch", "warning", "The file's suffix belongs to another type than its content.",
     "Rename it: some providers judge by the name."),
    ("MP405", "transcoded_again", "warning", "The provider encodes this type again, so the phone does not show these exact bytes.",
     "Keep it small, so that little is lost the second time."),
    ("MP406", "over_target", "warning", "The asset is within the limit but over the size that is safe in practice.",
     "Fit it with --max-bytes at the target if deliveries fail."),
    ("MP407", "above_handset_limit", "warning", "Phones of this carrier may not send a message of this size themselves.",
     "Nothing, unless deliveries fail: the figure is not a statement about messages from businesses."),
    ("MP408", "several_segments", "warning", "As an SMS fallback this text takes more than one segment.",
     "Shorten it, or replace the characters named."),
    ("MP409", "orientation_flag", "warning", "The picture is upright only where a viewer honours its orientation flag.",
     "`mediaprep fit` turns the pixels."),
    ("MP410", "flattened_dark", "warning", "The visible pixels would vanish on white, so a dark background was taken.",
     "Choose the colour with --background."),
    ("MP411", "first_page_only", "warning", "The file holds several pages or pictures; only the first one is used.",
     "Export the page you mean."),
    ("MP412", "salvaged", "warning", "The end of the file is broken; what is whole is used.", "Export the asset again."),
    ("MP413", "wide_gamut", "warning", "The colours are outside sRGB; phones that ignore colour profiles show them dull.",
     "`mediaprep fit` converts them to sRGB."),
    ("MP414", "progressive_jpeg", "warning", "Progressive JPEG is optional for MMS phones (3GPP TS 26.140 makes baseline mandatory).",
     "`mediaprep fit` writes baseline."),
    ("MP415", "hdr", "warning", "The asset is HDR; most phones of the route show its plain version, if any.",
     "`mediaprep fit` writes the plain version."),
    ("MP416", "low_score", "warning", "The rendition looks visibly worse than the asset.",
     "Allow more bytes or send a link to the original."),
    ("MP417", "tail", "warning", "Bytes follow the end of the picture.", "`mediaprep fit` cuts them."),
    ("MP418", "profile_warning", "warning", "A profile in use is experimental, stale, not valid today, lacks a source, or does not list the channel.",
     "See `mediaprep profiles check`."),
    ("MP419", "derived_limit", "warning", "No source states this limit; a safe value was derived.",
     "Ask the provider, and put its figure into a profile of your own."),
    ("MP420", "variable_frame_rate", "warning", "The frame rate varies; some phones drift out of step with the sound.",
     "`mediaprep fit` writes a constant rate."),
    ("MP424", "vcard_text", "warning", "The card holds something that phones read badly.",
     "Run `mediaprep fit`, which rewrites the card, and check what it drops."),
    ("MP425", "code_at_risk", "warning", "The picture holds a bar code or QR code.", "Scan the rendition once before sending."),
    ("MP426", "may_not_move", "warning", "Viewers that do not know this animated format show its first frame only.",
     "Send it as GIF, which moves everywhere."),
    ("MP427", "metadata_kept", "warning", "Documents pass through untouched, with what they say about people and places.",
     "Remove it in the program that made the document."),
    ("MP428", "protected", "warning", "The document is encrypted, so its reader may be asked for a password.",
     "Export it without protection."),
    ("MP429", "plainer_letters", "warning", "A few characters outside the GSM alphabet make this text cost more as an SMS.",
     "Replace the characters named; nothing is replaced automatically."),
    ("MP430", "raw_preview", "warning", "The file is a raw photo; the preview that its camera developed is used.",
     "Develop it and export it as JPEG if it should look different."),
    ("MP431", "too_long_to_read", "warning", "The picture is so long that its width goes out in too few pixels for small text to be read.",
     "Split it into several pictures, or crop it."),
    ("MP438", "sideways", "warning", "The picture lies on its side, compared with its original.",
     "Make it again with `mediaprep fit`, which turns the pixels."),
    ("MP439", "stopped", "warning", "The original moves and this rendition of it does not.",
     "Make it again with `mediaprep fit`, which keeps animations moving."),
    ("MP440", "silence_trimmed", "warning", "Silence at the ends of the sound was cut: as asked, or because only that keeps the limit.",
     "Listen to it once; choose the stretch yourself with --trim."),
    ("MP441", "sound_left_out", "warning", "The sound track cannot be decoded, so the rendition has none.",
     "Export the asset again."),
    ("MP442", "telephone_sound", "warning", "The sound goes out at telephone quality: nothing above 4 kHz is left.",
     "Allow more bytes, keep a shorter stretch with --trim, or send a link; for speech it may be good enough."),
    ("MP443", "provider_resizes", "warning", "The provider makes animations smaller, so the phone shows fewer pixels than these.",
     "Keep dimensions and bytes low, so that it has nothing to make smaller."),
    ("MP444", "sides_cancel", "warning", "In mono the two channels cancel each other out, so only one of them is sent.",
     "Listen to it once, or mix it down to mono yourself."),
    ("MP445", "text_as_document", "warning", "The text is longer than a message; a file of it arrives as a document.",
     "Shorten it where it is to be read in passing."),
    ("MP450", "made_from_origin", "warning", "The asset is a mediaprep rendition; the original it was made from was fitted instead.",
     "Give the original asset: a rendition cannot regain what it lost."),
    ("MP451", "second_generation", "warning", "The asset is a mediaprep rendition and was made smaller once more.",
     "Give the original asset: each generation looks worse."),
    ("MP452", "cache_unusable", "warning", "The cache could not be read or written; the rendition is made and delivered all the same.",
     "Check the cache's folder: its permissions, and the space on its disk."),
    # MP5xx: refused
    ("MP501", "unreadable", "refused", "The content is damaged or not what it claims to be.", "Export the asset again."),
    ("MP502", "truncated", "refused", "The file ends before its content does.", "Copy or export the asset again."),
    ("MP503", "unsupported", "refused", "No reader for this kind of content.", "Convert it to JPEG, PNG, GIF, MP4, MP3 or vCard."),
    ("MP504", "too_many_bytes_to_read", "refused", "The file exceeds the bound on input size.", "Raise the bound with --bound max_file_bytes=N if you trust the file."),
    ("MP505", "pixel_bound", "refused", "The picture exceeds the bound on pixels.", "Scale it down, or raise the bound with --bound max_pixels=N if you trust the file."),
    ("MP506", "frame_bound", "refused", "The asset exceeds the bound on frames.", "Shorten it, or raise the bound with --bound max_frames=N if you trust the file."),
    ("MP507", "duration_bound", "refused", "The asset exceeds the bound on duration.", "Shorten it, or raise the bound with --bound max_duration_s=N if you trust the file."),
    ("MP508", "scan_bound", "refused", "The JPEG exceeds the bound on progressive scans.", "Save it again as an ordinary JPEG."),
    ("MP509", "page_bound", "refused", "The file exceeds the bound on pages.", "Export the page you mean."),
    ("MP510", "crashed_worker", "refused", "Decoding this asset killed its worker process.", "Export the asset again."),
    ("MP511", "time_bound", "refused", "Decoding this asset exceeded the time bound.", "Export the asset again, or raise the bound with --bound max_cpu_s=N or max_wall_s=N."),
    ("MP512", "memory_bound", "refused", "Decoding this asset exceeded the memory bound.", "Scale it down, or raise the bound with --bound max_memory_bytes=N."),
    ("MP513", "not_a_file", "refused", "This is not a regular file (a folder, link, pipe or device).", "Name a file."),
    ("MP514", "no_index", "refused", "The video's index is missing, so nothing in it can be found.", "Record or export it again."),
    ("MP515", "encrypted", "refused", "The media is encrypted.", "Export it without protection."),
    ("MP516", "points_elsewhere", "refused", "The file is a list that points at other files or addresses.", "Give the media itself."),
    ("MP517", "no_picture", "refused", "The file holds no picture, frame or sound at all.", "Export the asset again."),
    ("MP518", "stream_bound", "refused", "The file exceeds the bound on tracks.", "Export it with one picture and one sound track."),
    ("MP519", "header_bound", "refused", "A header or metadata block exceeds its bound.", "Export the asset again."),
    ("MP520", "bad_signature", "refused", "A receipt does not prove that the provider sent it.",
     "Check the secret and the URL that the web hook was called by; else ignore the receipt."),
    ("MP521", "total_pixel_bound", "refused", "The animation's frames together exceed the bound on pixels.", "Shorten it or scale it down, or raise the bound with --bound max_total_pixels=N."),
    ("MP522", "text_bound", "refused", "The text, card or calendar exceeds the bound on text.", "Split it, or raise the bound with --bound max_text_bytes=N."),
    ("MP523", "nesting_bound", "refused", "Things in the file are nested deeper than the bound allows.", "Remove the inner ones."),
    ("MP524", "name_bound", "refused", "The file's name is longer than the bound, or than the system allows.", "Rename it."),
    ("MP525", "nothing_left", "refused", "The stretch that --trim keeps begins after the asset has ended.",
     "Choose a stretch that begins before the end."),
    # MP6xx: failed
    ("MP601", "file_missing", "failed", "The asset does not exist.", "Check the path."),
    ("MP602", "permission", "failed", "The asset or the output may not be read or written.", "Check permissions."),
    ("MP603", "disk", "failed", "Writing or reading failed.", "Check space and the disk, then run again."),
    ("MP604", "tool_missing", "failed", "A program or library that this asset needs cannot be run.", "See `mediaprep --version -v`."),
    ("MP605", "tool_failed", "failed", "A program that mediaprep runs failed.", "Run again; report it with the words shown."),
    ("MP606", "verify_failed", "failed", "A rendition did not pass its own check, so it was not written.", "Report it with the asset."),
    ("MP607", "internal", "failed", "mediaprep itself is at fault.", "Report it with the words shown."),
    ("MP608", "host_failed", "failed", "A file could not be put where the provider fetches it.",
     "Check the host's variables and its permissions."),
    # MP7xx: routes
    ("MP701", "mms_unavailable", "violation", "MMS is not offered on this route (any more).", "Use the fallback named."),
    ("MP702", "sender_unavailable", "violation", "This sender type cannot send such media on the route.", "Choose another sender."),
    # MP8xx: messages
    ("MP801", "empty_message", "violation", "The message has neither text nor media.", "Give it a text or a part."),
    ("MP802", "too_many_parts", "violation", "The message has more media parts than the route takes.", "Send fewer, or several messages."),
    ("MP803", "too_few_parts", "violation", "The route asks for more media parts than the message has.", "Add a part, or send it as a text."),
    ("MP804", "message_over_limit", "violation", "The finished message has more bytes than the route carries.",
     "Send fewer parts, or a link."),
    ("MP805", "no_room", "violation", "Even the smallest renditions of all parts do not fit into one message.",
     "Send fewer parts, several messages, or a link."),
    ("MP806", "subject_too_long", "violation", "The subject is longer than the route takes.", "Shorten the subject."),
    ("MP807", "subject_not_carried", "warning", "The route carries no subject; phones will not show it.", "Say it in the text."),
    ("MP808", "no_opt_out", "warning", "The text does not say how to stop these messages.", "Add words such as: Reply STOP to opt out."),
    ("MP809", "link_not_safe", "warning", "The link is one that carriers filter: shortened, or not https.",
     "Use https and a domain of your own."),
    ("MP810", "part_gives_way", "warning", "A part looks visibly worse than the others, though bytes were moved to it.",
     "Give the message fewer parts, or send this one alone."),
)  # fmt: skip

CODES = MappingProxyType(
    {row[0]: Code(id=row[0], name=row[1], severity=row[2], meaning=row[3], remedy=row[4]) for row in _ROWS}
)
"""Every code by its id."""

BY_NAME = MappingProxyType({code.name: code for code in CODES.values()})
"""Every code by its name, which is what code reads best with: ``BY_NAME["over_limit"]``."""


def find(text: str) -> Code | None:
    """Find a code by id or name, in any case; None where there is none."""
    return CODES.get(text.upper()) or BY_NAME.get(text.lower())
