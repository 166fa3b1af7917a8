"""One table of sentences: complete in both languages, clean whatever the facts."""

from __future__ import annotations

from imap_frontend import replies
from imap_frontend.replies import clean, has_sentence, sentence

HOSTILE = "x\r\n* BYE gone\x00\x1b[2J\u202e\u2028y" + "z" * 10_000


def test_sentences_are_in_both_languages_and_end_as_the_client_shows_them() -> None:
    for key, (english, japanese) in replies._SENTENCES.items():
        assert english and japanese, key
        assert not english.endswith((".", "!")), key
        assert japanese.endswith("。") or japanese == english, key
        assert english.isascii(), key


def test_no_sentence_uses_words_of_the_protocol() -> None:
    for key, (english, _) in replies._SENTENCES.items():
        for word in ("IMAP", "UID", "FETCH", "STORE", "mailbox name", "flag", "expunge"):
            assert word not in english, key


def test_facts_are_cleaned_and_may_be_missing() -> None:
    text = sentence("no-such-view", "en", {"name": HOSTILE})
    assert text.startswith("there is no folder named x * BYE gone")
    assert not set(text) & set("\r\n\0\x1b\u202e\u2028")
    assert len(text) < 300
    assert clean(" a \t b ") == "a b"
    assert sentence("no-such-view", "en") == "there is no folder named "


def test_unknown_key_is_still_a_sentence() -> None:
    assert has_sentence("too-big")
    assert not has_sentence("no-such-key")
    assert sentence("no-such-key", "en") == "this was not possible"
