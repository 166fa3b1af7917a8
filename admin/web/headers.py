"""What every answer says to the browser: run nothing but ours, show it nowhere else, keep none.

Must never name another origin.
"""

from __future__ import annotations

from typing import Final

# Nothing but what is listed. "trusted-types 'none'": no script of ours writes HTML, so that none
# can be made to.
_POLICY: Final = (
    "default-src 'none'",
    "script-src {script}",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "object-src 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
)
_ALWAYS: Final = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "publickey-credentials-create=(self), publickey-credentials-get=(self), "
    "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "connection": "close",  # one request a connection: nobody holds a place for the next
}
NEVER_KEPT: Final = {"cache-control": "no-store"}
# Named by what it says, so it never changes.
KEPT: Final = {"cache-control": "max-age=31536000, immutable"}
_TWO_YEARS_S: Final = 63_072_000  # what hstspreload.org recommends


def safe_headers(*, nonce: str = "", secure: bool) -> dict[str, str]:
    """``nonce``: of the scripts that the page has; "": it has none. ``secure``: by https."""
    script = f"'nonce-{nonce}'" if nonce else "'none'"
    policy = "; ".join(_POLICY).format(script=script)
    told = {**_ALWAYS, "content-security-policy": policy}
    if secure:
        told["strict-transport-security"] = f"max-age={_TWO_YEARS_S}"
    return told
