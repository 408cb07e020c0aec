"""Messages as they travel, read back by software that is not ours."""

import email
import email.header
import email.policy
import json
import shutil
import struct
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediaprep.parts import LONGEST_NAME, Envelope, Part, part_name
from mediaprep.presentation import presentation, slides
from mediaprep.wire import mime, mm1, mm7

JPEG = Part(name="a-12345678.jpg", media_type="image/jpeg", data=b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40)
TEXT = Part(name="text-12345678.txt", media_type="text/plain", data="Grüße — 5 €\r\n".encode(), charset="utf-8")
CARD = Part(name="jo-12345678.vcf", media_type="text/x-vcard", data=b"BEGIN:VCARD\r\nEND:VCARD\r\n", charset="utf-8")
PARTS = (JPEG, TEXT, CARD)
MESSAGE = Envelope(
    parts=PARTS, presentation=presentation(slides(PARTS)), sender="+15550100", to=("+15550101", "+15550102"),
    subject="Grüße", our_id="t-1", date_s=1_700_000_000,
)  # fmt: skip
TSHARK = shutil.which("tshark")


def bodies(parsed):
    """Give name, type and content of each part of a parsed multipart."""
    return [
        (part.get_filename(), part.get_content_type(), part.get_payload(decode=True)) for part in parsed.iter_parts()
    ]


def meant(message):
    """Give the same of the message itself."""
    parts = message.parts if message.presentation is None else (message.presentation, *message.parts)
    return [(part.name, part.media_type, part.data) for part in parts]


def test_mime_reads_back_with_the_standard_library():
    """Related with its start, every part byte for byte, addresses and a subject with umlauts."""
    parsed = email.message_from_bytes(mime.write(MESSAGE).data, policy=email.policy.default)
    assert parsed.get_content_type() == "multipart/related"
    assert (parsed.get_param("start"), parsed.get_param("type")) == ("<smil.xml>", "application/smil")
    assert (parsed["subject"], parsed["from"], parsed.get_all("to")) == (
        "Grüße",
        "+15550100",
        ["+15550101", "+15550102"],
    )
    assert bodies(parsed) == meant(MESSAGE)
    assert not list(parsed.defects)
    assert [part["content-location"] for part in parsed.iter_parts()] == ["smil.xml", *(part.name for part in PARTS)]


def test_mime_without_presentation_is_mixed():
    """No SMIL, no start: multipart/mixed."""
    message = replace(MESSAGE, presentation=None)
    parsed = email.message_from_bytes(mime.write(message).data, policy=email.policy.default)
    assert parsed.get_content_type() == "multipart/mixed"
    assert bodies(parsed) == meant(message)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=400), min_size=1, max_size=4), st.text(max_size=60), st.text(max_size=200))
def test_any_bytes_and_any_text_travel_whole(datas, subject, words):
    """Whatever is in the parts and whatever the subject says, parts come out as they went in and no header breaks."""
    parts = tuple(Part(name=f"p{n}.bin", media_type="image/gif", data=data) for n, data in enumerate(datas))
    parts += (Part(name="t.txt", media_type="text/plain", data=words.encode("utf-8", "replace"), charset="utf-8"),)
    message = Envelope(parts=parts, subject=subject.encode("utf-8", "replace").decode(), our_id="1")
    parsed = email.message_from_bytes(mime.write(message).data)
    found = [part.get_payload(decode=True) for part in parsed.get_payload()]
    assert [each.rstrip(b"\r\n") for each in found] == [part.data.rstrip(b"\r\n") for part in parts]
    mm1.send_req(message)


def test_mm7_reads_back_as_soap_and_a_nested_multipart():
    """The envelope names sender, recipients, subject and the content by its id; adaptation is off by itself."""
    wire = mm7.submit_req(MESSAGE, mm7.Account(vasp_id="shop", vas_id="news", service_code="7"))
    head = f"Content-Type: {wire.content_type}\r\n\r\n".encode()
    parsed = email.message_from_bytes(head + wire.data, policy=email.policy.default)
    soap, content = parsed.iter_parts()
    assert parsed.get_param("start") == soap["content-id"] == "<soap>"
    root = ET.fromstring(soap.get_payload(decode=True))
    name = f"{{{mm7.NAMESPACE}}}"
    submit = root.find(f".//{name}SubmitReq")
    assert submit.find(f"{name}Subject").text == "Grüße"
    assert [each.text for each in submit.findall(f"{name}Recipients/{name}To/{name}Number")] == list(MESSAGE.to)
    assert submit.find(f"{name}SenderIdentification/{name}VASPID").text == "shop"
    assert submit.find(f"{name}Content").attrib == {"href": "cid:content", "allowAdaptations": "false"}
    assert content["content-id"] == "<content>"
    assert bodies(content) == meant(MESSAGE)


def test_mm1_carries_media_without_base64():
    """The PDU is the media plus a kilobyte, where MIME takes a third more."""
    media = sum(len(part.data) for part in PARTS)
    overhead = mm1.send_req(MESSAGE).size_bytes - media
    assert 300 < overhead < 1_200
    assert mime.write(MESSAGE).size_bytes > 1.33 * media


def dissected(pdu, folder, content_type="application/vnd.wap.mms-message"):
    """Read a request's body with Wireshark's dissectors: the layer as it prints it, key by key."""
    head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: {content_type}\r\n".encode()
    payload = head + b"Content-Length: %d\r\n\r\n" % len(pdu) + pdu
    tcp = struct.pack(">HHIIBBHHH", 40000, 80, 1, 1, 0x50, 0x18, 65535, 0, 0)
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 40 + len(payload), 1, 0, 64, 6, 0, b"\x0a\0\0\1", b"\x0a\0\0\2")
    frame = ip + tcp + payload
    capture = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 101)
    path = folder / "mms.pcap"
    path.write_bytes(capture + struct.pack("<IIII", 0, 0, len(frame), len(frame)) + frame)
    done = subprocess.run(
        [TSHARK, "-n", "-r", str(path), "-T", "json", "-J", "mmse http media multipart"],
        capture_output=True, check=True, timeout=120,
    )  # fmt: skip
    layers = json.loads(done.stdout)[0]["_source"]["layers"]
    text = subprocess.run([TSHARK, "-n", "-V", "-r", str(path)], capture_output=True, check=True, timeout=120).stdout
    return layers, text.decode("utf-8", "replace")


def values(layer, key):
    """Find every value of a key, however deep."""
    if isinstance(layer, dict):
        return [v for k, v in layer.items() if k == key] + [x for v in layer.values() for x in values(v, key)]
    return [x for v in layer for x in values(v, key)] if isinstance(layer, list) else []


@pytest.mark.skipif(TSHARK is None, reason="Wireshark's tshark is not installed")
@pytest.mark.parametrize(("write", "kind"), [(mm1.send_req, "0x80"), (mm1.retrieve_conf, "0x84")])
def test_wiresharks_dissector_reads_the_pdu(write, kind, tmp_path):
    """Type, version, addresses, subject and every part with its name are what was written; nothing is malformed."""
    layers, text = dissected(write(replace(MESSAGE, subject="Summer sale")).data, tmp_path)
    assert values(layers, "mmse.message_type") == [kind]
    assert values(layers, "mmse.transaction_id") == ["t-1"]
    assert values(layers, "mmse.from") == ["+15550100/TYPE=PLMN"]
    assert "+15550102/TYPE=PLMN" in text
    assert values(layers, "mmse.subject") == ["Summer sale"]
    assert "application/vnd.wap.multipart.related; Start=<smil.xml>; type=application/smil" in text
    for number, part in enumerate((MESSAGE.presentation, *PARTS), start=1):
        assert f"Part: {number}, content-type: {part.media_type}" in text
        assert f"Content-Location: {part.name}" in text
        assert f'Content-Id: "<{part.name}>"' in text
    assert f"Media type: image/jpeg ({len(JPEG.data)} bytes)" in text
    assert "Malformed" not in text


@pytest.mark.filterwarnings("ignore:datetime.datetime.utcfromtimestamp:DeprecationWarning")  # theirs, since Python 3.12
@pytest.mark.parametrize(("write", "kind"), [(mm1.send_req, "m-send-req"), (mm1.retrieve_conf, "m-retrieve-conf")])
def test_python_messaging_reads_the_pdu(write, kind):
    """Type, transaction, version, sender, subject, start and every part byte for byte with its type and name."""
    decoder = pytest.importorskip("messaging.mms.message", reason="python-messaging is not installed")
    found = decoder.MMSMessage.from_data(write(MESSAGE).data)
    assert found.headers["Message-Type"] == kind
    assert (found.headers["Transaction-Id"], found.headers["MMS-Version"]) == ("t-1", "1.2")
    assert found.headers["From"] == "+15550100/TYPE=PLMN"
    assert found.headers["Content-Type"] == (
        "application/vnd.wap.multipart.related",
        {"Start": "<smil.xml>", "Type": "application/smil"},
    )
    parts = [
        (part.headers["Content-Type"][1]["Name"], part.content_type, bytes(part.data)) for part in found.data_parts
    ]
    assert parts == meant(MESSAGE)


@pytest.mark.skipif(TSHARK is None, reason="Wireshark's tshark is not installed")
@pytest.mark.parametrize("form", ["mime", "mm7"])
def test_wiresharks_dissector_reads_the_multiparts(form, tmp_path):
    """Both layers of MM7 and the one of MIME come apart into their parts, each with its type and name."""
    wire = mm7.submit_req(MESSAGE) if form == "mm7" else None
    if wire is not None:
        _, text = dissected(wire.data, tmp_path, wire.content_type)
        assert "SubmitReq" in text
        assert "Type: text/xml" in text or "(text/xml)" in text
    else:
        content_type, body = mime.multipart(MESSAGE)
        _, text = dissected(body, tmp_path, content_type)
    assert text.count("MIME Multipart Media Encapsulation") >= (2 if form == "mm7" else 1)
    for part in (MESSAGE.presentation, *PARTS):
        assert f"Content-Type: {part.media_type}" in text
        assert part.name in text
    assert "Malformed" not in text


def test_a_subject_beyond_ascii_names_its_charset():
    """Value length, MIBenum 106 for UTF-8, the text, a zero (OMA MMS Encapsulation 7.2.9)."""
    text = "Grüße".encode()
    assert bytes([0x96, len(text) + 2, 0xEA]) + text + b"\0" in mm1.send_req(MESSAGE).data


def test_headers_of_mime_are_ascii_whoever_sends():
    """A sender's name, an address or an id beyond ASCII becomes an encoded word; none breaks the message."""
    message = replace(MESSAGE, sender="Bäckerei", to=("müller@example.org",), our_id="größe-1")
    parsed = email.message_from_bytes(mime.write(message).data, policy=email.policy.default)
    assert parsed["from"] == "Bäckerei"
    assert str(email.header.make_header(email.header.decode_header(parsed["x-mms-transaction-id"]))) == "größe-1"
    assert bodies(parsed) == meant(message)


def test_what_xml_cannot_hold_makes_no_document_unreadable():
    """One control character in a subject or a caption, and no MMSC and no phone could read the whole."""
    parts = (replace(JPEG, alt="a\x1bb\x00\ufffe"),)
    shown = presentation(slides(parts))
    assert ET.fromstring(shown.data).find(".//img").get("alt") == "a\ufffdb\ufffd\ufffd"
    message = replace(MESSAGE, subject="x\x0cy <z>", our_id="i\x07", presentation=shown, parts=parts)
    wire = mm7.submit_req(message)
    parsed = email.message_from_bytes(f"Content-Type: {wire.content_type}\r\n\r\n".encode() + wire.data)
    root = ET.fromstring(parsed.get_payload()[0].get_payload(decode=True))
    assert root.find(f".//{{{mm7.NAMESPACE}}}Subject").text == "x\ufffdy <z>"


@pytest.mark.parametrize("text", ["\nhello", "\x1b[2J", "\x7fquote", "\tx", "\x01\x02"])
def test_control_characters_are_no_lengths(text):
    """A subject or an id that begins with one would be read as a length, and the rest of the PDU as anything."""
    message = replace(MESSAGE, subject=text, our_id=text)
    blank = replace(MESSAGE, subject="".join(" " if ord(c) < 32 or c == "\x7f" else c for c in text), our_id="t-1")
    for write in (mm1.send_req, mm1.retrieve_conf):
        assert write(message).size_bytes == write(replace(blank, our_id=blank.subject)).size_bytes
        assert not set(write(message).data.partition(b"\x89")[0][2:].partition(b"\0")[0][2:]) & set(range(0x20))


def test_slides_show_text_below_the_first_picture():
    """One ``par`` a slide; text under the first picture, a card as a reference, each src a part's name."""
    root = ET.fromstring(presentation(slides(PARTS)).data)
    found = [[(each.tag, each.get("src"), each.get("region")) for each in par] for par in root.find("body")]
    assert found == [[("img", JPEG.name, "Image"), ("text", TEXT.name, "Text")], [("ref", CARD.name, None)]]
    assert [region.get("id") for region in root.iter("region")] == ["Image", "Text"]


def test_slides_last_as_long_as_what_they_play():
    """A clip stands for its duration, a picture for five seconds; text alone has a slide of its own."""
    clip = Part(name="b.mp4", media_type="video/mp4", data=b"", duration_s=12.3456, alt='a "clip" & more')
    body = ET.fromstring(presentation(slides((clip,))).data).find("body")
    assert body[0].get("dur") == "12346ms"
    assert body[0][0].get("alt") == 'a "clip" & more'
    assert presentation(slides((TEXT,))).data.count(b'<par dur="5000ms">') == 1


@given(st.text(max_size=40), st.sampled_from(["jpg", "vcf", "3gp", "jpeg"]), st.binary(max_size=20))
def test_names_are_short_plain_and_end_in_their_suffix(stem, suffix, data):
    """At most twenty ASCII letters, digits and dashes, whatever the asset was called."""
    name = part_name(stem, suffix, data)
    assert len(name) <= LONGEST_NAME
    assert name.isascii()
    assert name.endswith(f".{suffix}")
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
