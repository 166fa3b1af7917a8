"""The sheet in English."""

from __future__ import annotations

from typing import Final

from admin.client_setup.sheet_words import SheetWords

ENGLISH: Final = SheetWords(
    title="Set up {address}",
    intro="Type these two things into the mail client that you like best.",
    address="Mail address",
    password="Password",  # noqa: S106 - a label
    given="the password that you were given, as {login}:PASSWORD",
    secret="What stands before the colon is your own login: colleagues see who does what. The "  # noqa: S106
    "password is yours alone, so keep this sheet to yourself.",
    certificate="Your mail client may not know our certificate: ask for the file ca.pem first.",
    further="You also have {addresses}: add one more account for each, with the same password. Its "
    "user name, in the table below, is its own address.",
    thunderbird=(
        "Thunderbird",
        "Add a mail account: as your name type {sender}, which customers see, then the mail "
        "address, and continue.",
        "Type the password, and continue. That is all.",
        "If it asks for servers, copy them from the table below.",
    ),
    apple=(
        "iPhone, iPad, Mac",
        "Open the file {file}.mobileconfig if you were given one, and install it: Settings › "
        "General › VPN & Device Management. Type the password when asked.",
        "Otherwise add a mail account (“Other”): the name is {sender}; type the mail address, the "
        "password and the table below.",
    ),
    outlook=(
        "Outlook",
        "File › Add Account: type the mail address, and continue.",
        "If it asks for the kind of account, choose IMAP and copy the table below.",
        "Type the password. That is all.",
    ),
    others="Any other mail client",
    columns=("", "Server", "Port", "Security", "User name"),
    receiving="Incoming (IMAP)",
    sending="Outgoing (SMTP)",
    security={"tls": "SSL/TLS", "starttls": "STARTTLS"},
    to_know="Good to know",
    reading=(
        "The folder {parent} shows whose turn each mail is: {statuses}.",
        "You may read everything. Answering and changing is left to your colleagues.",
    ),
    taking=(
        "The folder {parent} shows whose turn each mail is: {statuses}.",
        "Drag a mail to {mine}, and it is yours; to {done}, and it is done. The mail itself stays "
        "where it was. Drag it to {first}, and that is undone.",
        "Whoever takes a mail first has it; the others are told who was faster.",
    ),
    answering="Reply as always. The mail is done for everybody then. If a colleague has answered "
    "meanwhile, your window stays open and says so.",
    approved="Reply as always. What you send waits in {to_approve} until somebody who manages the "
    "mailbox approves it; when it has left, the mail is done for everybody. To change it, drag it "
    "to Drafts; what is given back to you is there too, with a note.",
    delayed="Before it leaves, what you send waits {seconds} seconds in {leaving}: drag it to "
    "Drafts meanwhile, and it is not sent.",
    beside=(
        "To ask a colleague without the customer seeing it, reply to {note_address}.",
        "What you delete lies in Trash: nobody destroys a mail by a key.",
    ),
    another="In {address} that folder is {parent} ({statuses}), and you ask a colleague at "
    "{note_address}.",
    another_read="In {address} that folder is {parent} ({statuses}).",
    between=", ",
    quoted="“{name}”",
    whom_to_ask="Any questions? Please ask the person who gave you this sheet.",
)
