"""The CHARSET of SEARCH, SORT and THREAD (RFC 9051 §6.4.4, RFC 5256): their text becomes UTF-8.

Behind this nobody needs to know what the client wrote: what the provider is asked, and what is
compared here, is UTF-8. Mail programs in Japan say ISO-2022-JP and Shift_JIS and mean what Windows
writes by those names; which charset that is stands in ``mailtext.charsets``.
"""

from __future__ import annotations

from proxyd.imapwire.errors import BadSyntax
from proxyd.mailtext.charsets import codec_of, in_charset

# Without CHARSET it is US-ASCII, and what is not is taken for UTF-8, as RFC 9051 has it.
_AS_IT_IS = frozenset({None, "US-ASCII", "UTF-8", "UTF8"})


def is_known(charset: str | None) -> bool:
    """Can text in ``charset`` (upper case) be read?"""
    return charset in _AS_IT_IS or _is_of_text(codec_of(str(charset)))


def _is_of_text(codec: str) -> bool:
    """Of Python's codecs some make no text of octets ("hex")."""
    try:
        b"a".decode(codec or "unknown")
    except UnicodeDecodeError:
        return True
    except LookupError:
        return False
    return True


def to_utf8(text: bytes, charset: str | None) -> bytes:
    """The same text; as it is where ``charset`` is unknown. Raises BadSyntax."""
    if charset in _AS_IT_IS:
        try:
            text.decode("utf-8")
        except UnicodeDecodeError:
            raise BadSyntax("Search text is not UTF-8") from None
        return text
    if not is_known(charset):
        return text  # the search is refused by the charset's name
    # A lone surrogate (UTF-7 can say one) is no character.
    return in_charset(text, str(charset)).encode("utf-8", "replace")
