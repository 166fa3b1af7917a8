"""What the demo says in plain words, in English and Japanese."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_ENGLISH = """
proxyd demo is running. Stop it with Ctrl-C.

Set up your mail client (Thunderbird: "Configure manually") as one of these people:

{people}

  Incoming  IMAP   localhost   port {imap_tls}   SSL/TLS    (or {imap_starttls} with STARTTLS)
  Outgoing  SMTP   localhost   port {smtp_tls}   SSL/TLS    (or {smtp_starttls} with STARTTLS)
  E-mail address   {address}      User name and password as above
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

Health and metrics: http://localhost:{http}/readyz and /metrics
"""

_JAPANESE = """
proxyd のデモが動いています。Ctrl-C で終了します。

メールソフト（Thunderbird なら「手動設定」）に、次のどれかの人として設定してください。

{people}

  受信  IMAP   localhost   ポート {imap_tls}   SSL/TLS    （または {imap_starttls}、STARTTLS）
  送信  SMTP   localhost   ポート {smtp_tls}   SSL/TLS    （または {smtp_starttls}、STARTTLS）
  メールアドレス   {address}      ユーザー名とパスワードは上のとおり
  証明書           自己署名です。警告を承認するか、{ca_file} を読み込んでください

まず試すこと
  1. 一つのメールソフトに Anna、もう一つに Ben で入ります。二人とも同じメールが見え、
     「{parent}」の下で、どのメールが誰の番かが分かります。
  2. Anna で「{open}」のメールを「{mine}」へ移動します。Ben の画面にもすぐ表示されます。
     Ben が自分のフォルダへ移動しようとすると、誰の担当かが表示されます。
  3. Anna で返信すると、二人とも対応済みになります。Ben が同じメールに返信しようとすると、
     作成画面は開いたまま、Anna が返信済みだと表示され、お客様に届くのは一通だけです。
  4. 誰が何をしたか:        {proxyd} audit search --config {config}
  5. Ben を外す:            {proxyd} user disable ben --config {config}

状態とメトリクス: http://localhost:{http}/readyz と /metrics
"""


def as_text(folders: Mapping[str, str], people: Sequence[str], **facts: object) -> str:
    """The whole screen, in the language of the demo's folders."""
    text = _ENGLISH if folders["open"].isascii() else _JAPANESE
    return text.format(
        people="\n".join(people),
        parent=folders["open"].rpartition("/")[0],
        open=folders["open"],
        mine=folders["mine"],
        **facts,
    )
