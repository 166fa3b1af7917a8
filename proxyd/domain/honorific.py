"""How one speaks of a colleague in Japanese: with さん, unless the name says already what is due.

Offices register 受付 or 田中部長 as a person; 受付さん may be the name as well. Pure.
"""

from __future__ import annotations

import re

# Whole words at the end of a name; さん behind them is wrong or twice.
_ENOUGH = (
    *("さん", "様", "さま", "氏", "殿", "君", "くん", "ちゃん", "先生"),
    *("会長", "社長", "専務", "常務", "部長", "次長", "課長", "係長", "主任", "主査", "室長"),
    *("店長", "所長", "支店長", "工場長", "リーダー", "マネージャー", "マネジャー", "チーフ"),
    *("窓口", "受付", "担当", "センター", "チーム", "グループ", "事務局", "サポート"),
)
# Of a place in the house; a surname may end like that (服部, 阿部), alone or before a given name.
_OF_HOUSE = re.compile(r"\S{2,}[課部係室]")
_SURNAME = re.compile(r".*(?:長谷部|日下部|物部|忌部|壬生部|[阿安服渡岡磯矢軽南園真織]部)")
_LOGIN = re.compile(r"( ?\([^()]*\))$")  # behind the name where two have the same


def with_honorific(name: str) -> str:
    """ "" for nobody."""
    bare = _LOGIN.sub("", name).rstrip()
    if not bare or bare.endswith(_ENOUGH):
        return name
    if _OF_HOUSE.fullmatch(bare) and not _SURNAME.fullmatch(bare):
        return name
    return f"{name}さん"
