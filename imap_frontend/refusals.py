"""What a refusal is answered with: its response code, and which sentence.

Only chooses: the text of every sentence stands in ``replies``. Each error of the domain is found
here by its class; one without a row of its own is answered as the class above it.
"""

from __future__ import annotations

from imap_frontend.replies import CleanedFacts, has_sentence, sentence
from proxyd.domain import errors

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
