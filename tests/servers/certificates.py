"""Certificates for tests over TLS: the demo's, made anew in each test's own directory."""

from __future__ import annotations

from proxyd.demo.certificate import Certificates, make_ca

__all__ = ["Certificates", "make_ca"]
