"""Certificates for tests over TLS: the demo's, made anew in each test's own directory."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from proxyd.demo import certificate
from proxyd.demo.certificate import Certificates, make_ca

__all__ = ["Certificates", "make_ca", "make_lasting_ca"]

_TEN_YEARS = timedelta(days=3650)


def make_lasting_ca(directory: Path) -> Certificates:
    """Good ten years before and after today, for servers whose wall clock a test turns."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(certificate, "CLOCK_SKEW", _TEN_YEARS)
        patch.setattr(certificate, "VALIDITY", _TEN_YEARS)
        return make_ca(directory)
