"""Words around every page, and of pages that tell what went wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

FRAME: Final[Mapping[str, tuple[str, str]]] = {
    "frame.product": ("proxyd", "proxyd"),
    "frame.skip": ("Skip to the page", "本文へ移動"),
    "frame.places": ("Pages", "ページ一覧"),
    "keys.title": ("Keys", "キーボード操作"),
    "keys.help": ("this list", "この一覧を開く"),
    "keys.search": ("to the search field", "検索欄へ移動"),
    "keys.rows": ("next row, row before", "次の行・前の行"),
    "keys.close": ("close", "閉じる"),
    "keys.shut": ("Close", "閉じる"),
    "keys.marked": (
        "Other letters stand at what they do on a page. They sleep in fields, and are switched "
        "off under Own account.",
        "そのほかのキーは、各ページのボタンやリンクに表示されます。入力欄では働きません。"
        "「自分のアカウント」で無効にできます。",
    ),
    "frame.own-account": ("Own account", "自分のアカウント"),
    "frame.sign-out": ("Sign out", "ログアウト"),
    "frame.language": ("日本語", "English"),
    "frame.error-mark": ("Error:", "エラー："),
    "frame.problems": ("There is a problem", "入力内容の確認"),
    "frame.times": ("Times: {zone}", "時刻の表示：{zone}"),
    "frame.back": ("Back", "戻る"),
    "error.404": ("There is no such page", "存在しないページ"),
    "error.404.what": (
        "Nothing was changed. The address may be mistyped, or the page is not for you.",
        "何も変更されていません。アドレスが間違っているか、表示する権限がありません。",
    ),
    "error.405": ("That is not done this way", "使えない操作方法"),
    "error.405.what": (
        "Nothing was changed. Go back and use the buttons of the page.",
        "何も変更されていません。前のページに戻り、ページのボタンで操作してください。",
    ),
    "error.400": ("That could not be read", "読み取れない内容"),
    "error.400.what": (
        "Nothing was changed. Go back, load the page anew and try once more.",
        "何も変更されていません。前のページを再読み込みして、もう一度操作してください。",
    ),
    "error.403": ("This did not come from a page of ours", "ほかのサイトからの操作"),
    "error.403.what": (
        "Nothing was changed. Open the page here and try once more; the form may have been "
        "too old.",
        "何も変更されていません。ページを開き直して、もう一度操作してください。"
        "フォームが古くなっていた可能性があります。",
    ),
    "error.413": ("That is too much", "長すぎる入力"),
    "error.413.what": (
        "Nothing was changed. Go back and write less.",
        "何も変更されていません。前のページに戻り、短くしてください。",
    ),
    "error.429": ("Too many at once", "多すぎる操作"),
    "error.429.what": (
        "Nothing was changed. Wait a moment and try once more.",
        "何も変更されていません。しばらく待ってから、もう一度操作してください。",
    ),
    "error.500": ("Something is wrong on our side", "内部エラー"),
    "error.500.what": (
        "It may not have been carried out: look before you try once more. The reference is in the "
        "server's log.",
        "操作が完了していない可能性があります。結果を確認してから、もう一度操作してください。"
        "下の番号はサーバーのログに記録されています。",
    ),
    "error.503": ("One moment", "混雑または記録の障害"),
    "error.503.what": (
        "Nothing was changed. proxyd has too much to do just now, or can't write its log, and "
        "without a record nothing is done. Try once more in a minute.",
        "何も変更されていません。処理が混み合っているか、ログに書き込めません。"
        "記録できない操作は行いません。1分ほど待って、もう一度操作してください。",
    ),
    "error.reference": ("Reference: {reference}", "番号：{reference}"),
}
