"""What the demo says in plain words, in English and Japanese."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from proxyd.domain.honorific import with_honorific

_ENGLISH = """
proxyd demo is running. Stop it with Ctrl-C.

Set up your mail client (Thunderbird: "Configure manually") as one of these people:

{people}

  Incoming  IMAP   localhost   port {imap_tls}   SSL/TLS    (or {imap_starttls} with STARTTLS)
  Outgoing  SMTP   localhost   port {smtp_tls}   SSL/TLS    (or {smtp_starttls} with STARTTLS)
  E-mail address   {address}      User name and password as above
  Or shorter       type that address alone, also as user name, and one password: {short}
  Certificate      self-made; confirm the warning, or import {ca_file}

Try this first:
  1. Sign in as Anna in one mail client and as Ben in another. Both see the same mails, and under
     "{parent}" whose turn each one is.
  2. As Anna, drag a mail from "{open}" to "{mine}". Ben sees at once that it is hers; when
     he drags it to his own folder, he is told who has it.
  3. As Anna, answer it. It is done for both. When Ben answers the same mail, his window stays
     open and says that Anna has answered; the customer gets one mail. He writes back in a moment.
  4. Ask who did what:      {proxyd} audit search --config {config}
  5. Send Ben away:         {proxyd} user disable ben --config {config}

Sign in to the console as any of them: http://localhost:{console}
There everybody has their own account: application passwords, a second factor. These two read no
mail, so a mail client is nothing for them:

{others}

Health and metrics: http://localhost:{http}/readyz and /metrics
"""

_JAPANESE = """
proxyd のデモが動いています。Ctrl-C で終了します。

メールソフト（Thunderbird では「手動設定」）に、次の利用者のどれかとして設定してください。

{people}

  受信  IMAP   localhost   ポート {imap_tls}   SSL/TLS    （または {imap_starttls}、STARTTLS）
  送信  SMTP   localhost   ポート {smtp_tls}   SSL/TLS    （または {smtp_starttls}、STARTTLS）
  メールアドレス   {address}      ユーザー名とパスワードは上のとおりです。
  簡単な方法       ユーザー名にもこのアドレスを、パスワードに {short} を入力します。
  証明書           自己署名です。警告を承認するか、{ca_file} を読み込んでください。

まず試すこと
  1. 1つ目のメールソフトに{first}、2つ目に{second}としてログインします。どちらにも同じメールが
     表示され、「{parent}」フォルダーの中で、どのメールを誰が対応しているかが分かります。
  2. {first}の画面で「{open}」のメールを「{mine}」へドラッグします。{second}の画面にもすぐ表示され、
     {second}が自分のフォルダーへドラッグしようとすると、誰の担当かが表示されます。
  3. {first}の画面で返信すると、どちらの画面でも対応済みになります。{second}が同じメールに返信
     しようとすると、作成画面は開いたまま、{first}が返信済みだと表示されます。お客様に届くのは
     1通だけです。少し待つと、お客様から返信が届きます。
  4. 誰が何をしたか：             {proxyd} audit search --config {config}
  5. {second}の利用を停止する：   {proxyd} user disable {second_login} --config {config}

管理画面には、すべての利用者がログインできます： http://localhost:{console}
アプリパスワードや2段階認証など、自分のアカウントを設定できます。次の2人はメールを使えないため、
メールソフトには設定できません。

{others}

稼働状況とメトリクス： http://localhost:{http}/readyz と /metrics
"""

# What people are in the demo, beside their passwords.
_ROLES = {"staff": "利用者", "admin": "管理者", "auditor": "監査担当"}


@dataclass(frozen=True, slots=True)
class DemoUser:
    login: str
    name: str
    password: str
    role: str


def as_text(
    language: str, folders: Mapping[str, str], users: Sequence[DemoUser], **facts: object
) -> str:
    """The whole screen."""
    japanese = language == "ja"
    return (_JAPANESE if japanese else _ENGLISH).format(
        people=_lines([user for user in users if user.role == "staff"], japanese=japanese),
        others=_lines([user for user in users if user.role != "staff"], japanese=japanese),
        parent=folders["open"].rpartition("/")[0],
        open=folders["open"],
        mine=folders["mine"],
        first=_called(users[0]),
        second=_called(users[1]),
        second_login=users[1].login,
        **facts,
    )


def _lines(users: Sequence[DemoUser], *, japanese: bool) -> str:
    return "\n".join(_line(user, japanese=japanese) for user in users)


def _line(user: DemoUser, *, japanese: bool) -> str:
    begin = f"  {user.login:<10}{user.password:<28}{user.name}"
    if not japanese:
        return f"{begin} ({user.role})"
    role = _ROLES[user.role]
    return begin if user.name == role else f"{begin}（{role}）"


def _called(user: DemoUser) -> str:
    """A Japanese surname stands first."""
    return with_honorific(user.name.split(maxsplit=1)[0])
