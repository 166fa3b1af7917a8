"""What a form of an area that waits will do: by the path it goes to, with what stands in that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SENDS_AREAS: Final[Mapping[str, tuple[str, str]]] = {
    "sends./people/add": (
        "This adds a person, with a password that is shown once.",
        "新しい利用者を追加し、パスワードを一度だけ表示します。",
    ),
    "sends./people/several/grant": (
        "This gives all who are ticked the right.",
        "選択した利用者に権限を付与します。",
    ),
    "sends./people/several/shut-out": (
        "This shuts out all who are ticked: what they have open ends at once.",
        "選択した利用者の利用を停止します。開いている接続はただちに切れます。",
    ),
    "sends./people/several/passwords": (
        "This gives all who are ticked a new password; the old ones open nothing more.",
        "選択した利用者に新しいパスワードを発行します。以前のパスワードは使えなくなります。",
    ),
    "sends./people/file": (
        "This makes the set-up file for a new person.",
        "新しい利用者の設定ファイルを作成します。",
    ),
    "sends./people/{login}/name": (
        "This changes the name of {login}.",
        "{login} の名前を変更します。",
    ),
    "sends./people/{login}/role": (
        "This changes the role of {login}; what they have open ends.",
        "{login} の役割を変更します。開いている接続は切れます。",
    ),
    "sends./people/{login}/grant": (
        "This gives {login} a right on a shared mailbox.",
        "{login} に共有メールボックスの権限を付与します。",
    ),
    "sends./people/{login}/revoke": (
        "This takes a right on a shared mailbox from {login}.",
        "{login} から共有メールボックスの権限を外します。",
    ),
    "sends./people/{login}/networks": (
        "This changes from which networks {login} may sign in.",
        "{login} がログインできるネットワークを変更します。",
    ),
    "sends./people/{login}/app-only": (
        "This changes whether mail of {login} opens with application passwords only.",
        "{login} のメールをアプリパスワードだけで開けるようにするかを変更します。",
    ),
    "sends./people/{login}/away": (
        "This says that {login} is away.",
        "{login} を不在にします。",
    ),
    "sends./people/{login}/back": (
        "This says that {login} is back.",
        "{login} の不在を取り消します。",
    ),
    "sends./people/{login}/password": (
        "This gives {login} a new password; the old one opens nothing more.",
        "{login} に新しいパスワードを発行します。以前のパスワードは使えなくなります。",
    ),
    "sends./people/{login}/app-password/revoke": (
        "This revokes an application password of {login}.",
        "{login} のアプリパスワードを無効にします。",
    ),
    "sends./people/{login}/sessions/end": (
        "This ends all that {login} has open.",
        "{login} が開いている接続をすべて切ります。",
    ),
    "sends./people/{login}/shut-out": (
        "This shuts out {login}: what they have open ends at once.",
        "{login} の利用を停止します。開いている接続はただちに切れます。",
    ),
    "sends./people/{login}/let-in": (
        "This lets {login} in again.",
        "{login} の利用を再開します。",
    ),
    "sends./people/{login}/factor/remove": (
        "This removes the second factor of {login}.",
        "{login} の2段階認証を解除します。",
    ),
    "sends./people/{login}/single-sign-on/unbind": (
        "This takes the binding to the organisation's sign-in from {login}.",
        "{login} と組織のアカウントとの結び付きを解除します。",
    ),
    "sends./people/{login}/remove": (
        "This removes {login} for good; the log keeps the name.",
        "{login} を完全に削除します。記録には名前が残ります。",
    ),
    "sends./people/{login}/leave": (
        "This shuts out {login} and hands over their open work.",
        "{login} の利用を停止し、対応中のやり取りを引き継ぎます。",
    ),
    "sends./people/{login}/return": (
        "This lets {login} in again, with a new password.",
        "{login} の利用を再開し、新しいパスワードを発行します。",
    ),
    "sends./log/subject": (
        "This asks the access log for a subject; that is recorded.",
        "件名でアクセスログを検索します。この検索も記録されます。",
    ),
    "sends./log/exports": (
        "This writes an export of the access log; that is recorded.",
        "アクセスログの書き出しを作成します。この操作も記録されます。",
    ),
    "sends./log/exports/remove": (
        "This removes a file of yours that was exported.",
        "書き出したファイルを削除します。",
    ),
    "sends./log/{number}/proof": (
        "This makes the proof of record {number}.",
        "記録 {number} の証明を作成します。",
    ),
    "sends./alarms/{number}/seen": (
        "This marks the alarm as seen by you.",
        "アラートを確認済みにします。",
    ),
    "sends./alarms/{number}/silence": (
        "This silences the alarm for some days.",
        "アラートをしばらく表示しないようにします。",
    ),
    "sends./conversations/{number}/hand-over": (
        "This hands over conversation {number}.",
        "やり取り {number} の担当を引き継ぎます。",
    ),
    "sends./mailboxes/add": (
        "This tries a shared mailbox, and adds it where all is well.",
        "共有メールボックスを接続テストし、問題がなければ追加します。",
    ),
    "sends./mailboxes/{name}/test": (
        "This tries the provider of {name}; nothing is changed.",
        "{name} の接続をテストします。何も変更しません。",
    ),
    "sends./mailboxes/{name}/test/store": (
        "This stores {name} as it was tried.",
        "テストした内容で {name} を保存します。",
    ),
    "sends./mailboxes/{name}/password": (
        "This tries another password of {name} at the provider, and uses it where it is taken.",
        "{name} の新しいパスワードをメールプロバイダーで試し、使えれば切り替えます。",
    ),
    "sends./mailboxes/{name}/policy": (
        "This shows what would change in the policy of {name}.",
        "{name} の運用ルールの変更内容を表示します。",
    ),
    "sends./mailboxes/{name}/policy/save": (
        "This changes the policy of {name}.",
        "{name} の運用ルールを変更します。",
    ),
    "sends./mailboxes/{name}/policy/save-deleting": (
        "This changes what becomes of deleted mail in {name}.",
        "{name} で削除したメールの扱いを変更します。",
    ),
    "sends./mailboxes/{name}/hours": (
        "This shows what would change in the office hours of {name}.",
        "{name} の営業時間の変更内容を表示します。",
    ),
    "sends./mailboxes/{name}/hours/days": (
        "This changes the closed days of {name}.",
        "{name} の休業日を変更します。",
    ),
    "sends./mailboxes/{name}/rules": (
        "This saves the rules on arrival of {name}.",
        "{name} の振り分けルールを保存します。",
    ),
    "sends./mailboxes/{name}/rules/try": (
        "This tries the rules of {name} on the mail that you pasted; it is not kept.",
        "貼り付けたメールで {name} の振り分けルールを試します。メールは保存しません。",
    ),
    "sends./mailboxes/{name}/rules/clear": (
        "This takes all rules on arrival from {name}.",
        "{name} の振り分けルールをすべて外します。",
    ),
    "sends./mailboxes/{name}/remove": (
        "This removes {name} from proxyd; at the provider nothing changes.",
        "{name} を proxyd から削除します。メールプロバイダー側は何も変わりません。",
    ),
}
