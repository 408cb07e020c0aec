"""A folder as strangers might send it: lists and references that lead elsewhere, names that programs trip over."""

from __future__ import annotations

import os
import socket
import stat
import struct
from collections.abc import Iterator
from pathlib import Path

from command_line import jpeg
from kinds.timed_media import box, full_box, make, movie, picture_entry, sound_entry, track
from planted import XMP

ODD_NAMES = (
    b"new\nline.jpg", b"quote'\".jpg", b"100%s%n%d.jpg", b"%03d.jpg", b"-o.jpg", b"--to=att.jpg", b"\xff\xfe\xe9.jpg",
    b"star*?[a-z].jpg", b"concat:a|b.jpg", b"file:x.jpg", b"$(touch made).jpg", b"`touch made`;touch made.jpg",
    b"\x1b[31mred\x07.jpg", b"con.jpg", b" .jpg", b"back\\slash.jpg", "\u202egpj.exe.jpg".encode(),
    b"~.jpg", b"#1?x=2&y.jpg", b"n" * 251 + b".jpg", b"no suffix", b"pipe:0",
)  # fmt: skip
"""Names of honest pictures."""


def lists(address: str, secret: Path) -> Iterator[tuple[str, bytes]]:
    """Give files that point at an address and at a file, as name and content."""
    file = secret.as_uri()
    for name, text in (
        ("concat.mp4", f"ffconcat version 1.0\nfile '{secret}'\n"), ("concat2.jpg", f"ffconcat version 1.0\nfile {file}\n"),
        ("hls.mp4", f"#EXTM3U\n#EXTINF:1,\n{address}/a.ts\n#EXTINF:1,\n{file}\n#EXT-X-ENDLIST\n"),
        ("late_hls.mp3", "\n\n #EXTM3U\n" + address + "/late\n"),
        ("dash.mp4", f"<?xml version='1.0'?><MPD xmlns='urn:mpeg:dash:schema:mpd:2011'><BaseURL>{address}</BaseURL></MPD>"),
        ("smooth.mp4", f"<SmoothStreamingMedia Url='{address}'/>"), ("radio.wmv", f"<asx><ref href='{address}'/></asx>"),
        ("list.mp3", f"[playlist]\nFile1={address}\nFile2={secret}\n"), ("list2.mp3", f"[Reference]\nRef1={address}\n"),
        ("session.mp4", "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video 5004 RTP/AVP 96\r\n"),
        ("drawing.jpg", f"<svg xmlns='http://www.w3.org/2000/svg' xmlns:x='http://www.w3.org/1999/xlink'><image "
                        f"x:href='{address}'/><image href='{file}'/><script href='{address}'/></svg>"),
        ("entities.svg", f"<!DOCTYPE svg [<!ENTITY a SYSTEM '{file}'><!ENTITY % b SYSTEM '{address}'>%b;]><svg>&a;</svg>"),
        ("show.smil", f"<smil><body><par><img src='{address}'/><img src='{file}'/></par></body></smil>"),
        ("magick.jpg", f"push graphic-context\nimage over 0,0 0,0 'url({address})'\npop graphic-context\n"),
        ("script.jpg", f"%!PS\n({secret}) (r) file\nshowpage\n"),
        ("shortcut.jpg", f"[InternetShortcut]\nURL={address}\n"), ("text.txt", f"See {address} and {file}"),
        ("card.vcf", "BEGIN:VCARD\r\nVERSION:3.0\r\nN:A;B\r\nFN:B A\r\n" + "".join(
            f"{name};VALUE=URI:{where}\r\n" for name in ("PHOTO", "LOGO", "SOUND", "KEY", "SOURCE", "AGENT", "URL")
            for where in (address, file)) + "END:VCARD\r\n"),
        ("card4.vcf", f"BEGIN:VCARD\r\nVERSION:4.0\r\nN:A;B\r\nFN:B A\r\nPHOTO:{address}/p.jpg\r\nPHOTO:{file}\r\nEND:VCARD\r\n"),
        ("day.ics", f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nATTACH:{address}\r\nATTACH:{file}\r\n"
                    "END:VEVENT\r\nEND:VCALENDAR\r\n"),
        ("page.pdf", f"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R/OpenAction<</S/URI/URI({address})>>>>endobj\n"
                     "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R>>endobj\n"
                     f"4 0 obj<</S/Launch/F({secret})>>endobj\n5 0 obj<</Length 0/F({address})>>stream\n\nendstream endobj\n"
                     "trailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF\n"),
    ):  # fmt: skip
        yield name, text.encode()


def media(folder: Path, address: str, secret: Path) -> Iterator[tuple[str, bytes]]:
    """Give real media whose boxes and tags point at an address and at a file."""
    file = os.fsencode(secret)
    reference = full_box(b"url ", address.encode() + b"\0")
    alias = full_box(
        b"alis", bytes(150) + struct.pack(">HH", 2, len(file)) + file + bytes(len(file) & 1) + b"\xff\xff\0\0"
    )
    for name, other in (
        ("url.mov", reference),
        ("alias.mov", alias),
        ("urn.mp4", full_box(b"urn ", address.encode() + b"\0")),
    ):
        yield name, movie(track(picture_entry(), reference=other), track(sound_entry(), handler=b"soun", number=2))
    yield "movie_reference.mov", box(b"moov", box(b"rmra", box(b"rmda", full_box(b"rdrf", b"url ", struct.pack(">I", 64),
                                     address.encode().ljust(64, b"\0")))))  # fmt: skip
    linked = make(folder / "linked.mp3", "-c:a", "libmp3lame", picture=False).read_bytes()
    cover = b"\0-->\0\3\0" + address.encode()
    frame = b"APIC" + struct.pack(">IH", len(cover), 0) + cover
    yield "cover_link.mp3", b"ID3\3\0\0" + bytes((0, 0, len(frame) >> 7, len(frame) & 127)) + frame + linked
    tagged = make(
        folder / "tagged.mp4", "-c:v", "libx264", "-c:a", "aac", "-metadata", f"comment={address}"
    ).read_bytes()
    yield "tagged.mp4", tagged
    plain = jpeg()
    note = b"http://ns.adobe.com/xap/1.0/\0" + XMP.replace(b"48,51.5N", address.encode())
    yield "picture.jpg", plain[:2] + b"\xff\xe1" + struct.pack(">H", len(note) + 2) + note + plain[2:]


def lay_out(folder: Path, address: str, secret: Path) -> list[Path]:
    """Fill an empty folder; give what a walk of it shall not open: links, pipes, sockets, devices."""
    work = folder.parent / "making"
    work.mkdir()
    for name, data in (*lists(address, secret), *media(work, address, secret)):
        (folder / name).write_bytes(data)
    picture = jpeg()
    for raw in ODD_NAMES:
        Path(os.fsdecode(os.path.join(os.fsencode(folder), raw))).write_bytes(picture)
    (folder / "folder.jpg").mkdir()
    (folder / "folder.jpg" / "inside.jpg").write_bytes(picture)
    (folder / ".hidden.jpg").write_bytes(picture)
    special = [
        folder / name for name in ("link.jpg", "linked_folder", "pipe.jpg", "socket.jpg", "device.jpg", "loop.jpg")
    ]
    special[0].symlink_to(secret)
    special[1].symlink_to(secret.parent)
    os.mkfifo(special[2])
    with socket.socket(socket.AF_UNIX) as listener:
        here = Path.cwd()
        os.chdir(folder)  # such names may have 107 bytes only
        listener.bind("socket.jpg")
        os.chdir(here)
    if os.geteuid() == 0:
        os.mknod(special[4], stat.S_IFCHR | 0o600, os.makedev(1, 5))  # /dev/zero
    special[5].symlink_to("loop.jpg")
    return special
