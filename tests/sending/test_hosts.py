"""Where providers fetch media from: folders, S3, a provider's own store; and the check of what is hosted."""

import io
import json
import os
import zipfile

import pytest
from accounts import account, environment
from captured import files
from command_line import jpeg
from PIL import Image
from werkzeug import Response

from mediaprep.cli import run
from mediaprep.errors import ToolError, UsageError
from mediaprep.parts import Part
from mediaprep.plugins import load, names
from mediaprep.providers import Account
from mediaprep.sending.hosting import previewed, readied

NAME = "dish-7f3a91c2.jpg"
PICTURE = jpeg(width=64, height=48, quality=60)
ALL = names("hosts")


@pytest.mark.parametrize("name", ALL)
def test_a_host_says_what_it_is(name):
    """Its name is its file's; it serves URLs, s3 addresses or one provider; its variables are declared."""
    host = load("hosts", name)

    assert host.name == name
    assert host.serves <= {"url", "s3"} or host.serves == {name} <= set(names("providers"))
    assert host.gives_ids in {True, False}
    assert all(each.variable == each.variable.upper() and each.meaning for each in host.settings)


def test_a_folder_holds_each_distinct_file_once(tmp_path):
    """The second put of the same content writes nothing; the address is the server's, the name ours."""
    where = Account({"MEDIAPREP_HOST_FOLDER": str(tmp_path / "www"), "MEDIAPREP_HOST_URL": "https://cdn.example/mms/"})
    host = load("hosts", "directory")
    one = host.put(PICTURE, name=NAME, media_type="image/jpeg", account=where, mode="url")
    written = os.stat(tmp_path / "www" / NAME).st_mtime_ns
    two = host.put(PICTURE, name=NAME, media_type="image/jpeg", account=where, mode="url")

    assert one == two
    assert one.url == f"https://cdn.example/mms/{NAME}"
    assert os.stat(tmp_path / "www" / NAME).st_mtime_ns == written


def test_a_file_that_broke_off_in_a_folder_is_written_anew(tmp_path):
    """A name says what is in it; where less is there, nobody fetches the rest of it."""
    where = Account({"MEDIAPREP_HOST_FOLDER": str(tmp_path), "MEDIAPREP_HOST_URL": "https://cdn.example/mms"})
    (tmp_path / NAME).write_bytes(PICTURE[:100])

    load("hosts", "directory").put(PICTURE, name=NAME, media_type="image/jpeg", account=where, mode="url")

    assert (tmp_path / NAME).read_bytes() == PICTURE


def test_bandwidths_store_takes_a_put(httpserver):
    """With the right type and credentials; what it refuses is a failure of the host."""
    known = account("bandwidth", httpserver.url_for("")[:-1])
    path = f"/users/9900000/media/{NAME}"
    httpserver.expect_ordered_request(path, method="PUT", data=PICTURE).respond_with_data("", status=204)
    httpserver.expect_ordered_request(path, method="PUT").respond_with_data("", status=401)
    store = load("hosts", "bandwidth")

    at = store.put(PICTURE, name=NAME, media_type="image/jpeg", account=known, mode="url")

    assert at.url.endswith(path)
    assert httpserver.log[0][0].headers["Content-Type"] == "image/jpeg"
    with pytest.raises(ToolError, match="HTTP 401"):
        store.put(PICTURE, name=NAME, media_type="image/jpeg", account=known, mode="url")


STORED = {
    "api_id": "a1b2c3d4-e5f6-7890-abcd-ef1234567890",
    "objects": [{
        "content_type": "image/jpeg", "file_name": NAME, "media_id": "801c2056-33ab-499c-80ef-58b574a462a2",
        "size": 85277, "status": "success", "status_code": 201, "upload_time": "2021-02-17T07:16:09.153289Z",
        "media_url": "https://media.plivo.com/Account/MA/Media/801c2056-33ab-499c-80ef-58b574a462a2",
    }],
}  # fmt: skip
"""What Plivo's documentation shows as the answer to an upload."""


def test_plivos_store_takes_a_form_and_gives_an_id(httpserver):
    """The file arrives under its name and type, whole; the id that comes back is what messages will name."""
    known = account("plivo", httpserver.url_for("")[:-1])
    httpserver.expect_request("/Account/MAEXAMPLE0000000000X/Media/", method="POST").respond_with_json(STORED)

    at = load("hosts", "plivo").put(PICTURE, name=NAME, media_type="image/jpeg", account=known, mode="url")

    assert files(httpserver.log[0][0]) == [("file", NAME, "image/jpeg", PICTURE)]
    assert at.media_id == "801c2056-33ab-499c-80ef-58b574a462a2"
    assert at.url.endswith(at.media_id)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"objects": [{"status": "failed", "error_message": "file too large"}]}, "file too large"),
        ({"objects": [{"status": "failed"}]}, "failed"),
        ({"objects": [{"status": "success"}]}, "names no file"),
        ({"objects": []}, "names no file"),
        ([], "names no file"),
    ],
)
def test_an_upload_that_was_not_taken_is_a_failure_of_the_host(httpserver, answer, said):
    """Plivo may refuse a file inside an answer of HTTP 200; nothing is sent then, and no secret is in the words."""
    known = account("plivo", httpserver.url_for("")[:-1])
    httpserver.expect_request("/Account/MAEXAMPLE0000000000X/Media/").respond_with_json(answer)

    with pytest.raises(ToolError, match=said) as raised:
        load("hosts", "plivo").put(PICTURE, name=NAME, media_type="image/jpeg", account=known, mode="url")
    assert raised.value.code == "host_failed"
    assert "planted-secret" not in str(raised.value)


@pytest.fixture(scope="module")
def s3_server():
    """An S3 that we did not write, on loopback."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3_server):
    """A private bucket and the account to use it."""
    import boto3

    values = {
        "MEDIAPREP_S3_BUCKET": "media.example", "MEDIAPREP_S3_PREFIX": "mms/", "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "planted-secret-s3", "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL_S3": s3_server,
    }  # fmt: skip
    client = boto3.client(
        "s3", endpoint_url=s3_server, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y"
    )
    client.create_bucket(Bucket="media.example")
    return values


@pytest.mark.filterwarnings("ignore")
def test_s3_gives_presigned_addresses_or_its_own_or_those_in_front(bucket):
    """A private bucket's file is fetched by the presigned URL, with its type and length; nothing is uploaded twice."""
    from mediaprep.transport import exchange

    host = load("hosts", "s3")
    put = {"name": NAME, "media_type": "image/jpeg"}
    presigned = host.put(PICTURE, **put, account=Account(bucket), mode="url")
    own = host.put(PICTURE, **put, account=Account(bucket), mode="s3")
    front = host.put(PICTURE, **put, account=Account({**bucket, "MEDIAPREP_S3_URL": "https://cdn.example"}), mode="url")

    fetched = exchange("GET", presigned.url, headers={})
    assert (fetched.status, fetched.body, fetched.headers["content-type"]) == (200, PICTURE, "image/jpeg")
    assert "X-Amz-Expires=604800" in presigned.url
    assert "planted-secret" not in presigned.url
    assert own.url == f"s3://media.example/mms/{NAME}"
    assert front.url == f"https://cdn.example/mms/{NAME}"


@pytest.mark.filterwarnings("ignore")
def test_a_bucket_that_is_not_there_is_named(bucket):
    """The error names the place and holds no key."""
    where = Account({**bucket, "MEDIAPREP_S3_BUCKET": "nowhere.example"})
    with pytest.raises(ToolError, match=r"s3://nowhere\.example") as raised:
        load("hosts", "s3").put(PICTURE, name=NAME, media_type="image/jpeg", account=where, mode="url")
    assert "planted-secret" not in str(raised.value)


def test_a_host_must_suit_the_provider():
    """AWS reads from S3 alone, Twilio needs to be told where media are put, MM7 takes them along."""
    with pytest.raises(UsageError, match="--host s3"):
        readied(load("providers", "aws"), "directory", {})
    with pytest.raises(UsageError, match="--host directory"):
        readied(load("providers", "twilio"), None, {})
    with pytest.raises(UsageError, match="MEDIAPREP_HOST_FOLDER"):
        readied(load("providers", "twilio"), "directory", {})
    assert readied(load("providers", "mm7"), None, {}) is None


@pytest.mark.parametrize("store", ["bandwidth", "plivo"])
def test_a_providers_own_store_is_for_its_own_messages(store):
    """Twilio could not fetch from it, so the choice is refused before anything is uploaded, with what would do."""
    parts = [Part(name=NAME, media_type="image/jpeg", data=PICTURE)]
    said = f"cannot read from the host {store}; --host directory or s3"
    with pytest.raises(UsageError, match=said):
        readied(load("providers", "twilio"), store, {})
    with pytest.raises(UsageError, match=said):
        previewed(parts, load("providers", "twilio"), store)


def _check(httpserver, path, capsys, *words):
    code = run(["host", "check", httpserver.url_for(path), "--json", *words])
    rules = json.loads(capsys.readouterr().out)["rules"]
    return code, {rule["name"]: rule["state"] for rule in rules}


def test_what_is_hosted_well_passes(httpserver, capsys):
    """All but plain http, which is what loopback has."""
    httpserver.expect_request(f"/{NAME}").respond_with_data(PICTURE, content_type="image/jpeg")

    code, states = _check(httpserver, f"/{NAME}", capsys)

    assert code == 3
    assert {name for name, state in states.items() if state == "problem"} == {"https"}


@pytest.mark.parametrize(
    ("answer", "broken"),
    [
        (Response(PICTURE, content_type="application/octet-stream"), "content type"),
        (Response(PICTURE, content_type="image/png"), "content type"),
        (Response("", status=302, headers={"Location": "/x"}), "GET answers 200"),
        (Response("", status=403), "GET answers 200"),
    ],
)
def test_what_providers_refuse_is_found(httpserver, capsys, answer, broken):
    """A wrong type, a redirect, a refusal."""
    httpserver.expect_request(f"/{NAME}").respond_with_response(answer)

    assert _check(httpserver, f"/{NAME}", capsys)[1][broken] == "problem"


def _moving_png():
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue")]
    frames[0].save(data := io.BytesIO(), "PNG", save_all=True, append_images=frames[1:])
    return data.getvalue()


def _pass():
    with zipfile.ZipFile(data := io.BytesIO(), "w") as file:
        file.writestr("pass.json", "{}")
    return data.getvalue()


WAV = b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0data\0\0\0\0"
MP4 = b"\0\0\0\x20ftypisom" + bytes(40)
OGG = b"OggS" + bytes(24) + b"\x01\x13OpusHead" + bytes(40)
EBML = b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm" + bytes(40)


@pytest.mark.parametrize(
    ("body", "right", "wrong"),
    [
        (_moving_png(), ["image/png", "image/apng", "image/x-png"], "image/gif"),
        (_pass(), ["application/vnd.apple.pkpass", "application/zip"], "image/jpeg"),
        (WAV, ["audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave"], "audio/mpeg"),
        (OGG, ["audio/ogg", "application/ogg", "video/ogg", "audio/opus"], "audio/mpeg"),
        (EBML, ["video/webm", "audio/webm", "video/x-matroska"], "video/mp4"),
        (b"#!AMR\n" + bytes(40), ["audio/amr", "audio/AMR-NB", "audio/amr-wb"], "audio/aac"),
        (b"BM" + bytes(60), ["image/bmp", "image/x-ms-bmp"], "image/png"),
        (b"fLaC" + bytes(60), ["audio/flac", "audio/x-flac"], "audio/mpeg"),
        (MP4, ["video/mp4", "video/mpeg4", "video/x-m4v", "audio/x-m4a; codecs=mp4a"], "video/webm"),
        (b"BEGIN:VCARD\r\n", ["text/vcard", "text/x-vCard; charset=utf-8", "text/directory"], "text/plain"),
        (PICTURE, ["image/jpeg", "image/jpg", "image/pjpeg"], "application/pdf"),
    ],
    ids=["apng", "pass", "wav", "ogg", "webm", "amr", "bmp", "flac", "mp4", "vcard", "jpeg"],
)
def test_each_spelling_of_a_type_is_right(httpserver, capsys, body, right, wrong):
    """Types have several names, containers serve several types; only what the bytes cannot be is a problem."""
    states = []
    for number, stated in enumerate([*right, wrong]):
        answer = Response(body, headers={"Content-Type": stated})
        httpserver.expect_request(f"/{number}.bin").respond_with_response(answer)
        states.append(_check(httpserver, f"/{number}.bin", capsys)[1]["content type"])

    assert states == ["ok"] * len(right) + ["problem"]


def test_head_must_answer_for_twilio(httpserver, capsys):
    """For others a warning, as of a presigned URL; for Twilio a problem."""
    httpserver.expect_request(f"/{NAME}", method="GET").respond_with_data(PICTURE, content_type="image/jpeg")
    httpserver.expect_request(f"/{NAME}", method="HEAD").respond_with_data("", status=403)

    assert _check(httpserver, f"/{NAME}", capsys)[1]["HEAD answers 200"] == "warning"
    assert _check(httpserver, f"/{NAME}", capsys, "--via", "twilio")[1]["HEAD answers 200"] == "problem"


def test_a_rule_names_the_page_that_asks_for_it(httpserver, capsys):
    """What a provider's profile sets has its source; what holds everywhere has none."""
    httpserver.expect_request(f"/{NAME}", method="GET").respond_with_data(PICTURE, content_type="image/jpeg")
    httpserver.expect_request(f"/{NAME}", method="HEAD").respond_with_data("", status=403)
    call = ["host", "check", httpserver.url_for(f"/{NAME}"), "--via", "twilio"]

    assert run([*call, "--json"]) == 3
    sources = {rule["name"]: rule["source"] for rule in json.loads(capsys.readouterr().out)["rules"]}
    assert "Twilio" in sources["HEAD answers 200"]
    assert sources["content type"] is None
    assert run(call) == 3
    assert f"({sources['HEAD answers 200']})" in capsys.readouterr().out


def test_a_length_must_be_stated_for_plivo(httpserver, capsys):
    """Chunked answers have none."""
    httpserver.expect_request(f"/{NAME}").respond_with_handler(
        lambda _: Response(iter([PICTURE]), content_type="image/jpeg")
    )

    assert _check(httpserver, f"/{NAME}", capsys)[1]["content length"] == "warning"
    assert _check(httpserver, f"/{NAME}", capsys, "--via", "plivo")[1]["content length"] == "problem"


def test_a_long_name_is_found(httpserver, capsys):
    """Over 20 characters, or with a blank."""
    httpserver.expect_request("/our dish of the day.jpg").respond_with_data(PICTURE, content_type="image/jpeg")

    assert (
        _check(httpserver, "/our%20dish%20of%20the%20day.jpg", capsys, "--via", "twilio")[1]["file name"] == "problem"
    )


def test_hosts_are_listed_with_their_variables(capsys):
    """Each place, and what its account is read from."""
    assert run(["host", "list"]) == 0
    said = capsys.readouterr().out
    assert all(setting.variable in said for name in ALL for setting in load("hosts", name).settings)


def test_environments_of_tests_are_complete():
    """What the tests declare is what providers need (else they would test nothing)."""
    assert environment("bandwidth", "x")["BANDWIDTH_ACCOUNT_ID"]
