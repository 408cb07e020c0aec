"""A second reader of cards, for tests only: it shares no code and no rules of joining lines with the product's."""

import base64
import quopri
import re


def cards(data):
    """Give each card of a file as a list of (name, types, value or list of components, or bytes)."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = data.decode("utf-16").encode()
    data = re.sub(rb"\r\n?", b"\n", data.removeprefix(b"\xef\xbb\xbf"))
    data = re.sub(rb"(?m)^(BEGIN|END):[ \t]*VCARD[ \t]*$", _upper, data, flags=re.IGNORECASE)
    bodies = re.findall(rb"(?ms)^BEGIN:VCARD\n(.*?)^END:VCARD", data)
    return [[_property(line) for line in _lines(body)] for body in bodies]


def _upper(mark):
    return mark[0].upper().replace(b" ", b"")


def _lines(body):
    body = re.sub(rb"\n[ \t]", b"", body)
    joined = []
    for line in body.split(b"\n"):
        head = joined[-1].partition(b":")[0].upper() if joined else b""
        last_quoted = b"QUOTED-PRINTABLE" in head and joined[-1].endswith(b"=")
        last_coded = re.search(rb"BASE64|ENCODING=B\b", head) and re.fullmatch(rb"[A-Za-z0-9+/=]*", line)
        if last_quoted:
            joined[-1] = joined[-1][:-1] + line
        elif last_coded:
            joined[-1] += line
        elif line.strip():
            joined.append(line)
    return [line for line in joined if b":" in line]


def _property(line):
    head, value = re.fullmatch(rb'((?:"[^"]*"|[^":])*):(.*)', line, re.DOTALL).groups()
    name, *params = re.split(rb';(?=(?:[^"]*"[^"]*")*[^"]*$)', head)
    name = name.rpartition(b".")[2].strip().upper().decode()
    words = b",".join(params).upper()
    types = {word.strip(b'" ').decode("latin-1") for word in re.split(rb"[=,]", words)} - {"TYPE", ""}
    if re.search(rb"BASE64|ENCODING=B\b", words) or value.lower().startswith(b"data:"):
        return name, types, base64.b64decode(re.sub(rb"\s|^data:[^,]*,", b"", value) + b"==")
    charset = re.search(rb"CHARSET=([^,]+)", words)
    quoted = b"QUOTED-PRINTABLE" in words
    if name in ("N", "ADR", "ORG"):
        return name, types, [_plain(each, charset, quoted) for each in re.split(rb"(?<!\\);", value)]
    return name, types, _plain(value, charset, quoted)


def _plain(value, charset, quoted):
    data = quopri.decodestring(value) if quoted else value
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode(charset[1].decode() if charset and charset[1] != b"UTF-8" else "cp1252")
    return re.sub(r"\\([nN\\,;:])", lambda m: "\n" if m[1] in "nN" else m[1], text)
