"""What a refusal is answered with: its response code, and which sentence.

Only chooses: the text of every sentence stands in ``replies``. Each error of the domain is found
here by its class; one without a row of its own is answered as the class above it.
"""

from __future__ import annotations

from imap_frontend.replies import CleanedFacts, has_sentence, sentence
from proxyd.domain import errors
from proxyd.domain.workflow import ASSIGNEE_PREFIX, STATUS_PREFIX

# Class of error → (response code, key). RFC 5530 §3; INUSE for "first wins".
_REFUSALS: dict[type[BaseException], tuple[str, str]] = {
    errors.AlreadyTaken: ("INUSE", "taken"),
    errors.NotPermitted: ("NOPERM", "not-permitted-manage"),
    errors.NoSuchView: ("NONEXISTENT", "no-such-view"),
    errors.AlreadyExists: ("ALREADYEXISTS", "exists"),
    errors.ReadOnly: ("READ-ONLY", "read-only"),
    errors.UnknownStatus: ("CANNOT", "unknown-status"),
    errors.UnknownEncoding: ("UNKNOWN-CTE", "unknown-encoding"),  # RFC 3516 §4.3
    errors.UnknownSpecial: ("USEATTR", "no-such-use"),  # RFC 6154 §3
    errors.ReadsNoMail: ("NOPERM", "reads-no-mail"),
    errors.NoMailboxYet: ("NOPERM", "no-mailbox"),
    errors.NeedsAppPassword: ("AUTHENTICATIONFAILED", "needs-app-password"),
    errors.SignInFailed: ("AUTHENTICATIONFAILED", "sign-in-failed"),
    errors.Busy: ("UNAVAILABLE", "busy"),
    errors.CannotDo: ("CANNOT", "cannot"),
    errors.UpstreamSignInRefused: ("UNAVAILABLE", "upstream-password"),
    errors.UpstreamLimited: ("UNAVAILABLE", "upstream-limited"),
    errors.UpstreamUnavailable: ("UNAVAILABLE", "upstream-down"),
    errors.UpstreamFolderShut: ("", "upstream-refused"),
    errors.UpstreamFolderMissing: ("NONEXISTENT", "upstream-folder"),
    errors.UpstreamRefused: ("", "upstream-refused"),
    errors.UidValidityChanged: ("UNAVAILABLE", "upstream-renewed"),
    errors.StoreUnavailable: ("UNAVAILABLE", "store-down"),
    errors.ProxydError: ("", "not-done"),
}
# What a CannotDo of these reasons is about is an amount (RFC 5530 §3 LIMIT).
_LIMITS = frozenset({"too-many-keywords", "keyword-too-long"})
# CannotDo of these reasons has a code of its own (RFC 5464 §4.3, RFC 4314 §3, RFC 9208 §4.1).
_CODES = {
    "rights": "NOPERM",
    "destroy": "NOPERM",
    "quota": "NOPERM",
    "no-quota-root": "NONEXISTENT",
    "server-annotation": "NOPERM",
    "annotation-too-long": "METADATA MAXSIZE {most}",
    "too-many-annotations": "METADATA TOOMANY",
}
# Codes of the provider that mean the same to our client (RFC 9208 §4.3.1, RFC 5530, RFC 4469).
_PASSED_ON = frozenset({"OVERQUOTA", "LIMIT", "TOOBIG", "NOPERM", "CANNOT", "EXPUNGEISSUED"})
# What a refusal of this kind says holds until somebody changes a right, whatever is asked for.
_LASTING_REASONS = frozenset({"flags-not-kept", "flags-lost"})
_LASTING_CODES = frozenset({"READ-ONLY", "NOPERM"})


def lasts(error: errors.ProxydError) -> bool:
    """Whether the next command of the kind would be refused just so: programs that set flags by
    themselves, or save a draft every minute, would have it said all day.
    """
    match error:
        case errors.CannotDo():
            return error.reason in _LASTING_REASONS
        case errors.NotPermitted():
            return not error.name  # else it is about whose work this is now
        case errors.UpstreamRefused() if error.code.upper() in _LASTING_CODES:
            return True
    return isinstance(error, errors.ReadOnly)


# Characters of a subject in a notification: enough to know it by, and the name still fits.
_SUBJECT_MOST = 30


def refusal(error: errors.ProxydError, language: str, *, target: bool = False) -> tuple[str, str]:
    """(response code or "", sentence). ``target``: the missing folder was to receive something,
    and the client may offer to create it (RFC 9051 §7.1 TRYCREATE)."""
    code, key = next(_REFUSALS[cls] for cls in type(error).__mro__ if cls in _REFUSALS)
    facts = {name: str(value) for name, value in vars(error).items()}
    if isinstance(error, errors.CannotDo):
        facts = dict(error.facts)
        code = "LIMIT" if error.reason in _LIMITS else code
        code = _CODES.get(error.reason, code).format_map(CleanedFacts(facts))
        of_reason = f"cannot-{error.reason}"
        key = of_reason if has_sentence(of_reason) else key
    if isinstance(error, errors.UnknownStatus):
        facts = {"word": error.keyword.removeprefix(STATUS_PREFIX).removeprefix(ASSIGNEE_PREFIX)}
        key = "unknown-assignee" if error.keyword.startswith(ASSIGNEE_PREFIX) else key
    if isinstance(error, errors.AlreadyTaken) and error.subject:
        key, facts = "taken-known", {**facts, "subject": _shortened(error.subject)}
    if isinstance(error, errors.NotPermitted):
        key = "not-yours" if error.name else f"not-permitted-{error.need}"
        key = "no-mailbox" if key == "not-permitted-read" and not error.what else key
    if isinstance(error, errors.UpstreamRefused) and error.code.upper() in _PASSED_ON:
        code = error.code.upper()
    if isinstance(error, errors.NoSuchView):
        if not error.name:
            key = "no-name"
        elif target:
            code = "TRYCREATE"
    return code, sentence(key, language, facts)


def _shortened(subject: str) -> str:
    return subject if len(subject) <= _SUBJECT_MOST else subject[: _SUBJECT_MOST - 1] + "…"
