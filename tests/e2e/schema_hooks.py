"""What schemathesis must not do: saw off the branch it sits on. It learns from answers who there
is, and would shut out the very person that its token belongs to.
"""

from __future__ import annotations

import os
from typing import Any

import schemathesis

OWN = os.environ["OWN_LOGIN"]


@schemathesis.hook
def map_case(_context: Any, case: Any) -> Any:
    parameters = case.path_parameters or {}
    if case.method != "GET" and parameters.get("login") == OWN:
        parameters["login"] = "somebody.else"
    return case
