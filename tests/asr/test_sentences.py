"""Messages: values in, sentences out, in any language."""

import json
import pickle
from pathlib import Path
from string import Formatter

import pytest

from asr.errors import AsrError, DecodeError, DeviceError
from asr.sentences import TEMPLATES, GapCause, Message, NoticeCode, gap_message, sentence


def test_every_code_has_a_template_and_no_two_read_alike() -> None:
    assert {*GapCause, *NoticeCode} <= set(TEMPLATES)
    assert len(set(TEMPLATES.values())) == len(TEMPLATES)


@pytest.mark.parametrize("code", TEMPLATES)
def test_a_template_becomes_a_sentence_that_holds_its_values(code: str) -> None:
    names = {name for _, name, _, _ in Formatter().parse(TEMPLATES[code]) if name}
    values = {name: 7.25 if name == "seconds" else f"<{name}>" for name in names}

    made = str(Message(code, values))

    assert "{" not in made
    assert all(("7.2" if name == "seconds" else f"<{name}>") in made for name in names)


def test_a_message_within_a_message_is_translated_too() -> None:
    german = {
        TEMPLATES["gap"]: "{seconds:.1f} s Ton fehlen: {cause}",
        TEMPLATES[GapCause.DISCONNECTED]: "«{source}» war nicht verbunden",
    }

    told = sentence(gap_message(2.0, GapCause.DISCONNECTED, "Yeti"), german.__getitem__)

    assert told == "2.0 s Ton fehlen: «Yeti» war nicht verbunden"


def test_the_text_of_an_older_file_stands_for_itself_whatever_it_holds() -> None:
    assert str(Message("«{a}» was unplugged")) == "«{a}» was unplugged"
    assert str(gap_message(1.0, "overflow {")) == "1.0 s of sound missing: overflow {"


def test_an_error_is_a_sentence_with_its_template_and_values() -> None:
    error = DeviceError("«{device}» has no channel {channel}.", device="Yeti", channel=3)

    assert str(error) == "«Yeti» has no channel 3."
    assert error.message == Message(
        "«{device}» has no channel {channel}.", {"device": "Yeti", "channel": 3}
    )


def test_an_error_keeps_its_values_from_one_process_to_another() -> None:
    error = DecodeError("«{name}» is damaged.", name="{odd}.wav")

    again = pickle.loads(pickle.dumps(error))

    assert (str(again), again.message) == (str(error), error.message)
    assert str(error) == "«{odd}.wav» is damaged."


def test_a_message_is_json_with_its_sentence_for_people() -> None:
    why = Message("it is {what}", {"what": Path("a/b")})
    message = Message(NoticeCode.WITHOUT, {"speaker": "them", "why": why})

    fields = json.loads(json.dumps(message.to_dict()))

    assert fields["code"] == "without"
    assert fields["text"] == "Listening without «them». it is a/b"
    assert str(Message.from_dict(fields)) == str(message)


def test_an_error_without_values_may_hold_braces() -> None:
    assert str(AsrError("«{» is no name")) == "«{» is no name"
