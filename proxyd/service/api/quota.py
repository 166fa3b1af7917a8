"""Quotas as the provider tells them (RFC 9208)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QuotaResource:
    """RFC 9208 §5: name in upper case; STORAGE counts units of 1,024 octets."""

    name: str
    usage: int
    limit: int


@dataclass(frozen=True, slots=True)
class QuotaRoot:
    name: str
    resources: tuple[QuotaResource, ...]
