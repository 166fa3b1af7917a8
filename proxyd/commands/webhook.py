"""``proxyd webhook …``: other programs (a chat) are told of what happens in a shared mailbox."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from proxyd.commands.console import AsJson, Config, note, say, say_json, say_table
from proxyd.commands.installation import Installation, now_us, within
from proxyd.commands.later import group_of
from proxyd.commands.times import local_time
from proxyd.domain.ports.webhooks import NotTaken
from proxyd.domain.webhook import MEANING, NoticeKind, Webhook
from proxyd.service.webhooks.webhook_admin import ListedWebhook, NewSecret, WebhookAdmin

T = TypeVar("T")

app = group_of(
    "Webhooks: other programs, such as a chat, are told of new mail, assignments, what is overdue, "
    "answers and alarms. They get no customer, subject or text. See docs/webhooks.md"
)

Number = Annotated[
    int, typer.Argument(metavar="NUMBER", help="As in: proxyd webhook list", show_default=False)
]


def _with_admin(config: Config, work: Callable[[WebhookAdmin, Installation], Awaitable[T]]) -> T:
    async def run(at: Installation) -> T:
        return await work(WebhookAdmin(at.store, at.sealer, now_us), at)

    return within(config, run)


@app.command()
def add(
    mailbox: Annotated[
        str, typer.Argument(metavar="MAILBOX", help="The shared mailbox.", show_default=False)
    ],
    url: Annotated[
        str,
        typer.Argument(
            metavar="URL", help="https://…, or http:// on this machine.", show_default=False
        ),
    ],
    on: Annotated[
        list[NoticeKind] | None,
        typer.Option(
            "--on",
            help="What it is told; may be given several times. Without it: everything.",
            show_default=False,
        ),
    ] = None,
    config: Config = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Tell a program from now on what happens in a shared mailbox.

    The secret is shown this once: the program checks with it that a notice is ours (Standard
    Webhooks 1.0.0). Notices come in order; where one is not taken (a status other than 2xx) it is
    tried again, for five days.

    \b
      proxyd webhook add support https://chat.example.com/hooks/proxyd
      proxyd webhook add support https://chat.example.com/hooks/proxyd --on overdue --on alarm
    """

    async def work(admin: WebhookAdmin, at: Installation) -> NewSecret:
        return await admin.add(mailbox, url, on or (), by=at.actor)

    new = _with_admin(config, work)
    webhook = new.webhook
    if as_json:
        say_json({**_facts(webhook), "mailbox": mailbox, "secret": new.secret})
        return
    say(f"Webhook {webhook.id} is told from now on: {', '.join(webhook.kinds)}.")
    say(f"Secret (shown this once): {new.secret}")
    note(f"Try it: proxyd webhook test {webhook.id}")


@app.command("list")
def show(config: Config = None, *, as_json: AsJson = False) -> None:
    """Show who is told what, and how that goes."""

    async def work(admin: WebhookAdmin, _: Installation) -> list[ListedWebhook]:
        return await admin.all()

    found = _with_admin(config, work)
    if as_json:
        say_json([{**_facts(one.webhook), "mailbox": one.mailbox} for one in found])
        return
    if not found:
        say("There are no webhooks.")
        return
    rows = [
        [
            str(one.webhook.id),
            one.mailbox,
            one.webhook.url,
            ", ".join(one.webhook.kinds),
            local_time(one.webhook.told_us) if one.webhook.told_us else "never",
            _state(one.webhook),
        ]
        for one in found
    ]
    say_table(["NUMBER", "MAILBOX", "URL", "TOLD", "LAST", ""], rows)


@app.command()
def kinds() -> None:
    """Show what a webhook can be told."""
    say_table(["KIND", "WHEN"], [[str(kind), meaning] for kind, meaning in MEANING.items()])


@app.command()
def test(number: Number, config: Config = None) -> None:
    """Send a notice of the type "test", now, and show what comes of it."""
    # Seldom needed, and slow to load.
    from proxyd.outbound.notice_post import NoticePost  # noqa: PLC0415

    async def work(admin: WebhookAdmin, _: Installation) -> tuple[Webhook | None, str]:
        post = NoticePost()
        try:
            return await admin.test(number, post), ""
        except NotTaken as error:
            return None, str(error)
        finally:
            await post.close()

    webhook, failure = _with_admin(config, work)
    if webhook is None:
        note(f"It was not taken: {failure}")
        raise typer.Exit(1)
    say(f"{webhook.url} has taken it.")


@app.command()
def secret(number: Number, config: Config = None, *, as_json: AsJson = False) -> None:
    """Make a new secret. What is sent from now on is signed with it, and nothing with the old."""

    async def work(admin: WebhookAdmin, at: Installation) -> NewSecret:
        return await admin.new_secret(number, by=at.actor)

    new = _with_admin(config, work)
    if as_json:
        say_json({"number": new.webhook.id, "secret": new.secret})
    else:
        say(f"Secret (shown this once): {new.secret}")


@app.command()
def resume(
    number: Number,
    config: Config = None,
    *,
    skip: Annotated[
        bool, typer.Option("--skip", help="Never tell it what it was not told meanwhile.")
    ] = False,
) -> None:
    """Go on with one that was given up, or that waits to be tried again."""

    async def work(admin: WebhookAdmin, at: Installation) -> Webhook:
        return await admin.resume(number, skip=skip, by=at.actor)

    webhook = _with_admin(config, work)
    how = "what happens from now on" if skip else "all that it was not told"
    say(f"Webhook {webhook.id} is told {how}.")


@app.command()
def remove(number: Number, config: Config = None) -> None:
    """Tell a program nothing any more."""

    async def work(admin: WebhookAdmin, at: Installation) -> Webhook:
        return await admin.remove(number, by=at.actor)

    webhook = _with_admin(config, work)
    say(f"{webhook.url} is told nothing any more.")


def _state(webhook: Webhook) -> str:
    if webhook.failing_us is None:
        return ""
    since = f"since {local_time(webhook.failing_us)}: {webhook.failure}"
    return f"given up, failed {since}" if webhook.off else f"fails {since}"


def _facts(webhook: Webhook) -> dict[str, object]:
    return {
        "number": webhook.id,
        "url": webhook.url,
        "kinds": list(webhook.kinds),
        "made": local_time(webhook.created_us),
        "last_told": local_time(webhook.told_us) if webhook.told_us else None,
        "failing_since": local_time(webhook.failing_us) if webhook.failing_us else None,
        "failure": webhook.failure,
        "given_up": webhook.off,
    }
