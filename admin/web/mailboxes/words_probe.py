"""What trying a mailbox's servers comes to: each step, each fault, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PROBE: Final[Mapping[str, tuple[str, str]]] = {
    "probe.title": ("Test of {name}", "{name} の接続テスト"),
    "probe.what": (
        "Both servers are asked, with the password that is stored. No mail is opened, nothing is "
        "changed.",
        "保存されているパスワードで、受信と送信の両方を確認します。"
        "メールは開かず、何も変更しません。",
    ),
    "probe.running": (
        "Being tried. Each line comes as it ends.",
        "テストしています。終わった項目から表示します。",
    ),
    "probe.again": ("This page looks again every second.", "このページは1秒ごとに更新されます。"),
    "probe.look": ("Look now", "今すぐ更新する"),
    "probe.passed": ("All is well.", "すべて正常です。"),
    "probe.stored-add": (
        "All is well, and the mailbox is added. Give people rights for it under People.",
        "すべて正常です。メールボックスを追加しました。権限は「利用者」のページで付与してください。",
    ),
    "probe.stored-password": (
        "The new password is in use.",
        "新しいパスワードに切り替えました。",
    ),
    "probe.failed": ("Not all is well.", "正常でない項目があります。"),
    "probe.failed-nothing-stored": (
        "Not all is well. Nothing was stored or changed.",
        "正常でない項目があります。何も保存されていません。",
    ),
    "probe.broken": (
        "Something went wrong on our side; the server's log has it.",
        "proxyd の内部エラーです。サーバーのログに記録されています。",
    ),
    "probe.mend": ("Mend what was typed", "入力内容を直す"),
    "probe.store-anyway": ("Store all the same", "このまま保存する"),
    "probe.open": ("To the mailbox", "メールボックスを開く"),
    "probe.took": ("{seconds} s", "{seconds}秒"),
    "probe.said": ("It says:", "応答："),
    "probe.issuer": ("Signed by:", "署名した認証局："),
    "probe.largest": (
        "Takes mails of up to {largest} MiB.",
        "{largest} MiB までのメールを送信できます。",
    ),
    "probe.kept-yes": ("Tags are kept there too.", "タグはメールプロバイダーにも保存できます。"),
    "probe.kept-no": (
        "The provider keeps no tags: proxyd alone does.",
        "メールプロバイダーにはタグを保存できません。proxyd だけに保存します。",
    ),
    # well
    "probe.found": ("Found {host}, port {port}", "サーバーが見つかりました：{host}、ポート {port}"),
    "probe.secured": ("The line is as it should be", "安全に接続できました。"),
    "probe.signed-in": ("Signed in as {user}", "{user} としてログインできました。"),
    "probe.folders": (
        "Folders: {folders}; mails in the inbox: {mails}",
        "フォルダー：{folders}個、受信トレイのメール：{mails}通",
    ),
    "probe.keywords": ("Asked about tags", "タグの扱いを確認しました。"),
    "probe.sending-found": (
        "Found {host}, port {port}",
        "サーバーが見つかりました：{host}、ポート {port}",
    ),
    "probe.sending-secured": ("The line is as it should be", "安全に接続できました。"),
    "probe.sending-signed-in": ("Signed in as {user}", "{user} としてログインできました。"),
    # not yet
    "probe-ahead.found": ("Find the server", "サーバーの検索"),
    "probe-ahead.secured": ("TLS", "TLS"),
    "probe-ahead.signed-in": ("Sign in", "ログイン"),
    "probe-ahead.folders": ("Folders", "フォルダー"),
    "probe-ahead.keywords": ("Tags", "タグ"),
    "probe-ahead.sending-found": ("Find the server", "サーバーの検索"),
    "probe-ahead.sending-secured": ("TLS", "TLS"),
    "probe-ahead.sending-signed-in": ("Sign in", "ログイン"),
    # what is wrong, and what to do
    "fault.no-dns": ("No DNS server answers", "DNSサーバーが応答しません。"),
    "remedy.no-dns": (
        "Check the network of the machine that proxyd runs on.",
        "proxyd が動いているサーバーのネットワークを確認してください。",
    ),
    "fault.no-such-name": (
        "There is no machine named {host}",
        "{host} というサーバーはありません。",
    ),
    "remedy.no-such-name": (
        "Check the spelling; the provider's help names its servers.",
        "綴りを確認してください。サーバー名はメールプロバイダーの案内に載っています。",
    ),
    "fault.nobody-listens": (
        "{host}: nothing listens on port {port}",
        "{host} のポート {port} では受け付けていません。",
    ),
    "remedy.nobody-listens": (
        "Usual ports: IMAP 993 (TLS) or 143 (STARTTLS), SMTP 465 (TLS) or 587 (STARTTLS).",
        "標準のポートは、IMAP 993（TLS）か143（STARTTLS）、SMTP 465（TLS）か587（STARTTLS）です。",
    ),
    "fault.no-answer": (
        "{host}, port {port} does not answer",
        "{host} のポート {port} が応答しません。",
    ),
    "remedy.no-answer": (
        "A firewall is in between, or the port is wrong. Usual: IMAP 993 or 143, SMTP 465 or 587.",
        "ファイアウォールに止められているか、ポートが違います。"
        "標準は、IMAP 993か143、SMTP 465か587です。",
    ),
    "fault.unreachable": (
        "{host}, port {port} can't be reached",
        "{host} のポート {port} に接続できません。",
    ),
    "remedy.unreachable": (
        "Check name and port, and the network of the machine that proxyd runs on.",
        "サーバー名とポート、proxyd が動いているサーバーのネットワークを確認してください。",
    ),
    "fault.silent": (
        "{host}, port {port} takes the connection and says nothing",
        "{host} のポート {port} は、接続後に何も応答しません。",
    ),
    "remedy.silent": (
        "Most likely the port or the protection is wrong: TLS with 993 and 465, STARTTLS with 143 "
        "and 587.",
        "ポートか暗号化の種類が違うと思われます。TLS は993と465、STARTTLS は143と587です。",
    ),
    "fault.hangs-up": (
        "{host}, port {port} closes the connection at once",
        "{host} のポート {port} は、すぐに接続を切ります。",
    ),
    "remedy.hangs-up": (
        "Check port and protection; the provider may let only certain networks in.",
        "ポートと暗号化の種類を確認してください。"
        "接続元のネットワークが制限されている場合もあります。",
    ),
    "fault.other-protocol": (
        "{host}, port {port} is a server of another kind",
        "{host} のポート {port} は、別の種類のサーバーです。",
    ),
    "remedy.other-protocol": (
        "Check which server is for reading (IMAP) and which for sending (SMTP), and the ports.",
        "受信（IMAP）と送信（SMTP）のサーバーとポートを取り違えていないか確認してください。",
    ),
    "fault.tls-from-start": (
        "{host}, port {port} speaks TLS from the start",
        "{host} のポート {port} は、最初からTLSで接続します。",
    ),
    "remedy.tls-from-start": (
        "Choose TLS from the start instead of STARTTLS.",
        "STARTTLS ではなく「最初からTLS」を選んでください。",
    ),
    "fault.starttls-first": (
        "{host}, port {port} begins without TLS",
        "{host} のポート {port} は、TLSなしで接続を始めます。",
    ),
    "remedy.starttls-first": ("Choose STARTTLS.", "STARTTLS を選んでください。"),
    "fault.no-starttls": (
        "{host}, port {port} offers no STARTTLS",
        "{host} のポート {port} は STARTTLS に対応していません。",
    ),
    "remedy.no-starttls": (
        "Without TLS no password is sent. Use a port with TLS from the start: 993 or 465.",
        "TLSなしではパスワードを送信しません。最初からTLSのポート（993か465）を使ってください。",
    ),
    "fault.starttls-refused": (
        "{host} offers STARTTLS and does not do it",
        "{host} の STARTTLS が使えません。",
    ),
    "remedy.starttls-refused": (
        "Use a port with TLS from the start, or ask the provider.",
        "最初からTLSのポートを使うか、メールプロバイダーに確認してください。",
    ),
    "fault.starttls-hangs-up": (
        "{host} closes the connection when it is asked for STARTTLS",
        "{host} は、STARTTLS の途中で接続を切ります。",
    ),
    "remedy.starttls-hangs-up": (
        "Use a port with TLS from the start, or ask the provider.",
        "最初からTLSのポートを使うか、メールプロバイダーに確認してください。",
    ),
    "fault.no-common-tls": (
        "{host}, port {port} can't agree with us on TLS",
        "{host} のポート {port} とTLSで接続できません。",
    ),
    "remedy.no-common-tls": (
        "Check port and protection. A server that only knows old TLS has to be renewed.",
        "ポートと暗号化の種類を確認してください。"
        "古いTLSにしか対応していないサーバーは更新が必要です。",
    ),
    "fault.other-name": (
        "The certificate of {host} is not for that name but for {names}",
        "{host} の証明書は、別の名前（{names}）のものです。",
    ),
    "remedy.other-name": (
        "Give the server by a name that the certificate has.",
        "証明書に書かれた名前でサーバーを指定してください。",
    ),
    "fault.expired": (
        "The certificate of {host} has expired on {day}",
        "{host} の証明書は {day} に期限が切れています。",
    ),
    "remedy.expired": (
        "Its operator has to renew it. Check this machine's clock as well.",
        "サーバーの運営者による更新が必要です。このサーバーの時計も確認してください。",
    ),
    "fault.not-yet-valid": (
        "The certificate of {host} is not valid yet",
        "{host} の証明書は、まだ有効期間前です。",
    ),
    "remedy.not-yet-valid": (
        "Check this machine's clock.",
        "このサーバーの時計を確認してください。",
    ),
    "fault.unknown-authority": (
        "The certificate of {host} is signed by an authority that is not known here",
        "{host} の証明書の認証局を確認できません。",
    ),
    "remedy.unknown-authority": (
        "If that is your own authority, name its file on the machine: proxyd mailbox set, "
        "--ca-file. Else check the server's name.",
        "自社の認証局の場合は、サーバー上で proxyd mailbox set の --ca-file に"
        "ファイルを指定してください。そうでなければ、サーバー名を確認してください。",
    ),
    "fault.other-form": (
        "The certificate of {host} is not of the form that is asked for",
        "{host} の証明書の形式が要件を満たしていません。",
    ),
    "remedy.other-form": (
        "Its authority has to make it anew; see An authority of one's own in the operations page.",
        "認証局で作り直す必要があります。運用マニュアルの認証局の項目をご覧ください。",
    ),
    "fault.untrusted": (
        "The certificate of {host} is not trusted",
        "{host} の証明書を信頼できません。",
    ),
    "remedy.untrusted": (
        "Check the server's name; its operator has to mend the certificate.",
        "サーバー名を確認してください。証明書の問題は、サーバーの運営者による修正が必要です。",
    ),
    "fault.authorities-file": (
        "The file of authorities for {host} can't be used",
        "{host} 用の認証局ファイルを使えません。",
    ),
    "remedy.authorities-file": (
        "Name a PEM file on the machine: proxyd mailbox set, --ca-file.",
        "サーバー上で proxyd mailbox set の --ca-file に PEM ファイルを指定してください。",
    ),
    "fault.password": (
        "{host} does not take the password of {user}",
        "{host} が {user} のパスワードを受け付けません。",
    ),
    "remedy.password": (
        "Make an app password at the provider and type it. Many providers have to be told to let "
        "mail programs in, too.",
        "メールプロバイダーの画面でアプリパスワードを作り、入力してください。"
        "メールソフトでの利用を有効にする設定が必要な場合もあります。",
    ),
    "fault.limited": (
        "{host} wants fewer connections, or none now",
        "{host} が接続を制限しています。",
    ),
    "remedy.limited": (
        "Wait some minutes. Close mail programs that use the mailbox directly.",
        "数分待ってください。このメールボックスを直接使っているメールソフトは閉じてください。",
    ),
    "fault.too-slow": ("{host} does not answer in time", "{host} の応答が遅すぎます。"),
    "remedy.too-slow": (
        "Test again in some minutes; ask the provider where it stays so.",
        "数分後にもう一度テストしてください。続く場合はメールプロバイダーに確認してください。",
    ),
    "fault.refused": (
        "{host} does not do what was asked",
        "{host} で操作を完了できません。",
    ),
    "remedy.refused": (
        "What it says may tell why; else ask the provider.",
        "応答の内容を確認してください。分からない場合はメールプロバイダーに確認してください。",
    ),
}
