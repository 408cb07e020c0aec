"""Text that is longer than a message: its words are too many, a file of them is a document where there is one."""

import pytest

import mediaprep
from mediaprep.cli import run

LONG = "Terms and conditions apply. " * 200


def test_a_file_of_long_text_goes_to_whatsapp_as_a_document(tmp_path):
    """Over 4,096 characters it is no message and a document all the same, with a warning; a short one has none."""
    file = tmp_path / "terms.txt"
    whatsapp = mediaprep.route("whatsapp")
    told = {}
    for text in (LONG, LONG[:4_096]):
        file.write_text(text)
        outcome = mediaprep.fit(file, whatsapp, tmp_path / "out.txt", isolation="none")
        assert (outcome.verdict, (tmp_path / "out.txt").read_text()) == ("fits", text)
        told[len(text)] = [w.message for w in outcome.warnings if w.name == "text_as_document"]

    assert told == {
        5_600: ["5,600 characters: over 4,096 it goes as a document, which has to be opened"], 4_096: [],
    }  # fmt: skip


def test_who_refuses_long_text_gets_no_document_of_it(tmp_path):
    """Twilio takes 1,600 characters and lists no plain text among the files that it hands on."""
    (tmp_path / "terms.txt").write_text(LONG)

    outcome = mediaprep.check(tmp_path / "terms.txt", mediaprep.route("whatsapp", via="twilio"), isolation="none")

    assert (outcome.verdict, [v.code for v in outcome.violations]) == ("cannot_fit", ["MP309"])
    assert "the limit is 1,600" in outcome.violations[0].message


@pytest.mark.parametrize(
    ("text", "parts", "said"),
    [
        (LONG[:4_097], "", "the text has 4,097 characters; the limit is 4,096. Shorten it, or send it in a .txt file"),
        (LONG[:1_025], "[{path: terms.txt}]", "the text beside media has 1,025 characters; the limit is 1,024."),
        (LONG[:1_024], "[{path: terms.txt}]", "terms.txt: fits"),
        (LONG[:4_096], "", "whatsapp: fits"),
    ],
)
def test_the_words_of_a_message_are_held_against_their_own_limit(tmp_path, capsys, text, parts, said):
    """A caption has fewer than a message of words alone; what is too long is told with what to do instead."""
    (tmp_path / "terms.txt").write_text(LONG)
    message = tmp_path / "message.yaml"
    message.write_text(f'text: "{text}"\n' + (f"parts: {parts}\n" if parts else ""))

    code = run(["message", "check", "--isolation", "none", str(message), "--to", "whatsapp"])

    shown = " ".join(capsys.readouterr().out.split())
    assert said in shown
    assert (code == 0) == ("fits" in said)
    assert ("the media would be lost" in shown) == bool(parts)
