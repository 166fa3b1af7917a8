"""How colleagues are called in Japanese sentences."""

from __future__ import annotations

import pytest

from proxyd.domain.honorific import with_honorific


@pytest.mark.parametrize(
    "name",
    ["佐藤 あんな", "Anna Sato", "服部", "阿部", "長谷部", "渡部 健", "Ben Mori (ben)"],
)
def test_people(name: str) -> None:
    assert with_honorific(name) == f"{name}さん"


@pytest.mark.parametrize(
    "name",
    ["受付さん", "受付", "田中部長", "営業部", "お客様窓口", "総務課", "佐藤先生", "受付 (front)",
     "カスタマーサポート", "佐藤様", ""],
)  # fmt: skip
def test_who_is_called_so_already(name: str) -> None:
    assert with_honorific(name) == name
