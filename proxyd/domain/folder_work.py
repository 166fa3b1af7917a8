"""In which folders a mail from outside is somebody's work, by what the provider says of them
(RFC 6154, RFC 9051 §7.3.1).
"""

from __future__ import annotations

from proxyd.domain import held, notes

# Mail there is written by us, thrown away, or lies elsewhere too.
NO_WORK = frozenset(
    {
        *("\\sent", "\\drafts", "\\trash", "\\junk", "\\all", "\\flagged"),
        *notes.FOLDERS.values(),
        *held.FOLDERS.values(),
    }
)
NO_MAIL = frozenset({"\\noselect", "\\nonexistent"})


def means_work(attributes: frozenset[str]) -> bool:
    """Whether an inbound message in a folder of these attributes (in lower case) is somebody's."""
    return not attributes & (NO_MAIL | NO_WORK)
