"""A login made of a person's name, as a proposal: "Jürgen Groß" → juergen.gross. Pure.

Letters with a tail or a dot become plain ones, kana become what they sound like (Hepburn, without
long vowels marked). Kanji tell nobody how they are read, so a name of kanji gets no proposal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from typing import Final

_LONGEST: Final = 60  # of 63, so that a number fits behind
_MOST: Final = 1000  # so many of one name get a number of their own

# What decomposition does not take apart, and what a reader of that language writes instead.
_INSTEAD: Final = "ä=ae ö=oe ü=ue ß=ss æ=ae ø=o œ=oe đ=d ð=d þ=th ł=l ı=i"
_LETTERS: Final = dict(pair.split("=") for pair in _INSTEAD.split())
_ROWS: Final = (
    *(("", "あいうえお"), ("k", "かきくけこ"), ("s", "さしすせそ"), ("t", "たちつてと")),
    *(("n", "なにぬねの"), ("h", "はひふへほ"), ("m", "まみむめも"), ("r", "らりるれろ")),
    *(("g", "がぎぐげご"), ("z", "ざじずぜぞ"), ("d", "だぢづでど"), ("b", "ばびぶべぼ")),
    ("p", "ぱぴぷぺぽ"),
)
_ODD: Final = (
    "し=shi ち=chi つ=tsu ふ=fu じ=ji ぢ=ji づ=zu や=ya ゆ=yu よ=yo わ=wa を=o ん=n ー= ゔ=vu "
    "ぁ=a ぃ=i ぅ=u ぇ=e ぉ=o"
)
_KANA: Final = {
    kana: head + vowel for head, row in _ROWS for kana, vowel in zip(row, "aiueo", strict=True)
} | dict(pair.split("=") for pair in _ODD.split())
_GLIDES: Final = {"ゃ": "a", "ゅ": "u", "ょ": "o"}
_DOUBLED: Final = "っ"
_HIRAGANA: Final = ord("ぁ") - ord("ァ")
_BETWEEN: Final = re.compile(r"[^a-z0-9]+")


def proposed_login(name: str, taken: Container[str] = ()) -> str:
    """One that is free; "" where the name tells none."""
    words = _spelled(name)
    if not words:
        return ""
    login = ".".join(words)[:_LONGEST].strip(".")
    return next_free(login, taken)


def next_free(login: str, taken: Container[str]) -> str:
    """``login``, or with the first number behind it that makes it one; "" where there is none."""
    tried = (login, *(f"{login[:_LONGEST]}{number}" for number in range(2, _MOST)))
    return next((one for one in tried if one not in taken), "")


def _spelled(name: str) -> list[str]:
    """The words of it in a-z0-9; none where one of them can't be told."""
    text = unicodedata.normalize("NFKC", name).casefold()
    text = "".join(_LETTERS.get(char, char) for char in _as_hiragana(text))
    text = _romanized(text)
    plain = "".join(
        char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char)
    )
    if any(char.isalpha() and not char.isascii() for char in plain):
        return []
    return [word for word in _BETWEEN.split(plain.replace("'", "")) if word]


def _as_hiragana(text: str) -> str:
    return "".join(chr(ord(one) + _HIRAGANA) if "ァ" <= one <= "ヴ" else one for one in text)


def _romanized(text: str) -> str:
    told: list[str] = []
    double = False
    for char in text:
        if char == _DOUBLED:
            double = True
            continue
        if char in _GLIDES and told and told[-1].endswith("i"):
            head = told[-1][:-1]
            told[-1] = head + ("" if head.endswith(("sh", "ch", "j")) else "y") + _GLIDES[char]
            continue
        sound = _KANA.get(char, char)
        if double and sound[:1].isalpha():
            sound = ("t" if sound.startswith("ch") else sound[0]) + sound
        told.append(sound)
        double = False
    return "".join(told)
