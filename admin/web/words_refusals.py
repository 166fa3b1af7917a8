"""What services refuse of what somebody typed, in words of a page: by ``BadInput.problem``, which
is English and for the command line. What is not known here is told in one general sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

REFUSALS: Final[Mapping[str, tuple[str, str]]] = {
    "refused.other": (
        "That can't be used. Write something else.",
        "使えません。別の内容にしてください。",
    ),
    "refused.empty": ("Write a name.", "名前を入力してください。"),
    "refused.name-long": (
        "The name is too long: write at most 60 characters.",
        "名前が長すぎます。60文字以内にしてください。",
    ),
    "refused.number": (
        "A name can't be a number: write a word too.",
        "数字だけの名前は使えません。文字も入れてください。",
    ),
    "refused.unseen": (
        "There are characters that can't be seen. Leave them out.",
        "表示できない文字が含まれています。取り除いてください。",
    ),
    "refused.most": (
        "You have 50 application passwords. Revoke those that you don't use.",
        "アプリパスワードが50件あります。使っていないものを無効にしてください。",
    ),
    "refused.no-mail": (
        "Your account reads no mail, so an application password would open nothing.",
        "このアカウントではメールを使えないため、アプリパスワードは作れません。",
    ),
    "refused.scope": (
        "Choose reading, sending, or both.",
        "受信と送信の少なくとも一方を選んでください。",
    ),
    "refused.taken": (
        "You have one of that name. Write another.",
        "同じ名前のものがあります。別の名前にしてください。",
    ),
    "refused.short": ("Write at least 8 characters.", "8文字以上にしてください。"),
    "refused.long": ("Write at most 200 characters.", "200文字以内にしてください。"),
    "refused.common": (
        "That one is in every list of stolen passwords. Write several words that have nothing "
        "to do with each other.",
        "流出したパスワードの一覧に載っています。互いに関係のない単語をいくつか並べてください。",
    ),
    "refused.guessable": (
        "That is little more than a name or word that everybody here would try. Write several "
        "words that have nothing to do with each other.",
        "名前など、推測されやすい言葉がほとんどです。互いに関係のない単語をいくつか並べてください。",
    ),
}

# How the problem of a BadInput begins → what is said.
BY_PROBLEM: Final[tuple[tuple[str, str, str], ...]] = (
    # of what, how the problem begins, key
    ("name", "it is empty", "refused.empty"),
    ("name", "it has ", "refused.name-long"),
    ("password", "it is too short", "refused.short"),
    ("password", "it is too long", "refused.long"),
    ("password", "it has characters", "refused.unseen"),
    ("password", "it is in every list", "refused.common"),
    ("password", "it is little more", "refused.guessable"),
    ("scope", "there is none", "refused.scope"),
    ("user", "has 50 application passwords", "refused.most"),
    ("user", "reads no mail", "refused.no-mail"),
)


def refusal(what: str, problem: str) -> str:
    """The key of the sentence for it."""
    kind = what.partition(" ")[0]
    for of, begins, key in BY_PROBLEM:
        if kind == of and problem.startswith(begins):
            return key
    if kind == "name":
        return "refused.number" if problem.endswith("is a number") else "refused.unseen"
    return "refused.other"
