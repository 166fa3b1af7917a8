"""What the virtual folders are called, in the mailbox's language (docs/design.md §3 "Views")."""

from __future__ import annotations

from typing import Final

# key → (English, Japanese). "parent" is the folder they stand under, "people" the level above
# assignees.
_NAMES: Final = {
    "parent": ("Status", "対応状況"),
    "mine": ("Mine", "自分の担当"),
    "unassigned": ("Unassigned", "担当者なし"),
    "people": ("Assigned to", "担当者"),
    "notes": ("Notes", "社内メモ"),
    "mentions": ("Mentions", "自分へのメモ"),
}

SHARED_ROOT: Final = "Shared"  # further mailboxes stand under it; announced by NAMESPACE


def folder_name(key: str, language: str) -> str:
    """The name of the virtual folder ``key`` ("parent", "mine", "notes", …)."""
    english, japanese = _NAMES[key]
    return japanese if language == "ja" else english
