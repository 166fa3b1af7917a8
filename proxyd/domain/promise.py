"""Whether the text of a mail says that something is attached.

A list of words, the same for all: what is missing in it reminds nobody, what is too much stops a
mail that then goes when it is sent again. Words that stand in the legal notices below mails
("this mail and any attachments") are none. Pure; linear in what is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from proxyd.domain.mail_content import Written
from proxyd.domain.own_words import own_words, own_words_of_html

TEXTS = 8  # of one mail that are looked at

_WORD = re.compile(
    r"添付|附件|첨부|\b(?:attached|attaching|enclosed|(?<!any )(?<!no )(?<!without )attachments?"
    r"|anbei|angehängt\w*|beigefügt\w*|beiliegend\w*|im anhang|(?:in der|als) anlage"
    r"|ci-joint\w*|pièces? jointes?|adjunt[oa]s?|in allegato|allegat[oai]|bijgevoegd|bifogad\w*)\b",
    re.IGNORECASE,
)


def promise_in(written: Iterable[Written]) -> str:
    """The first such word as it is written, "" for none; of HTML where there is no plain text."""
    texts = list(written)
    plain = [own_words(each.text) for each in texts[:TEXTS] if not each.is_html]
    own = plain or [own_words_of_html(each.text) for each in texts[:TEXTS]]
    found = next(filter(None, map(_WORD.search, own)), None)
    return found[0] if found else ""
