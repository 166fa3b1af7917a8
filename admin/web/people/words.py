"""Words of the pages about people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from admin.web.people.words_leaving import LEAVING
from admin.web.people.words_person import PERSON

PEOPLE: Final[Mapping[str, tuple[str, str]]] = {
    "people.title": ("People", "利用者"),
    "people.add": ("Add a person", "利用者を追加する"),
    "people.add-title": ("Add a person", "利用者の追加"),
    # the list
    "people.search": ("Name, login or mailbox", "名前、ログインID、メールボックス"),
    "people.find": ("Search", "検索する"),
    "people.all": ("all", "すべて"),
    "people.name": ("Name", "名前"),
    "people.login": ("Login", "ログインID"),
    "people.role": ("Role", "役割"),
    "people.standing": ("State", "利用状況"),
    "people.standing.active": ("active", "利用中"),
    "people.standing.away": ("away", "不在"),
    "people.standing.shut-out": ("shut out", "利用停止"),
    "people.standing.all": ("all", "すべて"),
    "people.left": ("has left", "退職・異動済み"),
    "people.mailbox": ("Shared mailbox", "共有メールボックス"),
    "people.right": ("Right", "権限"),
    "people.grants": ("Shared mailboxes", "共有メールボックス"),
    "people.factor": ("Second factor", "2段階認証"),
    "people.factor-yes": ("✓ yes", "✓ あり"),
    "people.last": ("Last sign-in", "最後のログイン"),
    "people.never": ("never", "なし"),
    "people.only-you": ("Only you so far.", "まだほかの利用者はいません。"),
    "people.none": ("Nobody fits.", "条件に合う利用者はいません。"),
    "people.show-all": ("Show everybody", "すべての利用者を表示する"),
    "people.pages": ("Pages of the list", "一覧のページ"),
    "people.previous": ("Previous", "前へ"),
    "people.next": ("Next", "次へ"),
    "people.recorded": (
        "Where somebody signed in is told by the access log: that you look is recorded.",
        "ログインの情報はアクセスログから表示します。この表示も記録されます。",
    ),
    "people.no-approver": (
        "{mailbox}: mails wait for approval there ({count} now), and nobody is left who can give "
        "it. Give somebody the right to manage it.",
        "{mailbox}：メールの承認（現在{count}通）ができる人がいません。管理の権限を付与してください。",
    ),
    # several at once
    "people.tick-named": ("Choose {name}", "{name} を選択する"),
    "people.ticked": ("With those chosen", "選択した利用者の操作"),
    "people.grant": ("Grant", "権限を付与する"),
    "people.shut-out": ("Shut out", "利用を停止する"),
    "people.new-passwords": ("New passwords", "新しいパスワードを発行する"),
    "people.nobody-chosen": ("Choose at least one person.", "利用者を1人以上選択してください。"),
    "people.which-mailbox": (
        "Choose a shared mailbox and a right.",
        "共有メールボックスと権限を選んでください。",
    ),
    "people.sure-title": ("New passwords for {count} people", "{count}人の新しいパスワードの発行"),
    "people.sure": (
        "The passwords from before open nothing any more, and what they have open ends. "
        "Application passwords stay.",
        "以前のパスワードは使えなくなり、開いている接続は切れます。アプリパスワードは"
        "そのまま使えます。",
    ),
    "people.sure-button": ("Make new passwords", "新しいパスワードを発行する"),
    "people.summary": ("What was done", "操作の結果"),
    "people.who": ("Person", "利用者"),
    "people.outcome": ("Outcome", "結果"),
    "people.outcome.grant": ("May now {right} {mailbox}", "{mailbox} に「{right}」の権限を付与"),
    "people.outcome.shut-out": ("Shut out", "利用を停止"),
    "people.outcome.password": ("Has a new password", "新しいパスワードを発行"),
    # adding
    "people.name-hint": ("As colleagues see it", "同僚に表示される名前"),
    "people.login-hint": (
        "Leave it empty, and it is made of the name",
        "空欄の場合は、名前（ローマ字・かな）から作成",
    ),
    "people.mailbox-none": ("none yet", "なし"),
    "people.role-hint": (
        "An admin cares for accounts and settings, and reads mail only by a right of their own. "
        "An auditor reads the access log, and no mail.",
        "管理者はアカウントと設定を管理し、メールは権限がある場合だけ閲覧できます。"
        "監査担当はアクセスログだけを閲覧し、メールは閲覧できません。",
    ),
    "people.add-button": ("Add", "追加する"),
    "people.added": ("{name} is added", "{name} の追加完了"),
    # problems
    "people.bad-login": (
        "Write 1 to 63 of a-z 0-9 . _ - beginning with a letter or digit.",
        "a-z 0-9 . _ - を使い、英字か数字で始まる63文字以内にしてください。",
    ),
    "people.no-proposal": (
        "Write a login: this name has letters of which none can be made.",
        "この名前からはログインIDを作れません。ログインIDを入力してください。",
    ),
    "people.taken": (
        "{login} is taken. {free} is free.",
        "{login} はすでに使われています。{free} は使えます。",
    ),
    "people.name-long": ("Write at most 80 characters.", "80文字以内にしてください。"),
    "people.auditor": (
        "An auditor reads no mail: choose no shared mailbox.",
        "監査担当はメールを閲覧できません。共有メールボックスは「なし」にしてください。",
    ),
    "people.has-grants": (
        "An auditor reads no mail: take the shared mailboxes away first.",
        "監査担当はメールを閲覧できません。先に共有メールボックスの権限を外してください。",
    ),
    "people.you": (
        "That is you: another admin has to do it.",
        "自分自身には行えません。ほかの管理者に依頼してください。",
    ),
    "people.gone": ("There is no such person any more.", "この利用者はすでに存在しません。"),
    "people.bad-networks": (
        "That is no list of networks: write such as 192.0.2.0/24, each one once.",
        "ネットワークとして読み取れません。192.0.2.0/24 のように、1回ずつ入力してください。",
    ),
    "people.bad-day": ("Write a day that is still to come.", "これからの日付を入力してください。"),
    "people.type-login": (
        "Type the login {login} to go on.",
        "続けるには、ログインID {login} を入力してください。",
    ),
    # a password, shown once
    "once.title": ("New password", "新しいパスワード"),
    "once.what": (
        "The password is shown this once: print this page, or take the file. Nobody can show it "
        "again.",
        "パスワードが表示されるのはこの一度だけです。このページを印刷するか、ファイルを保存して"
        "ください。もう一度表示することはできません。",
    ),
    "once.password": ("Password", "パスワード"),
    "once.console": (
        "For the console: {site}",
        "管理画面のアドレス：{site}",
    ),
    "once.file": ("Save as one file", "1つのファイルに保存する"),
    "once.file-what": (
        "The sheet, and what sets up Thunderbird, Outlook and Apple's devices.",
        "用紙と、Thunderbird、Outlook、Apple製品の設定ファイルです。",
    ),
    "once.to-person": ("{name}: rights, devices, sign-ins", "{name} の権限、端末、ログイン"),
    "once.no-mail": (
        "{name} sees no mail yet: give a shared mailbox on the person's page.",
        "{name} はまだメールを閲覧できません。利用者のページで権限を付与してください。",
    ),
    **PERSON,
    **LEAVING,
}
