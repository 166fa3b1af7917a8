"""Mails that are legal but rare, and mails that are broken, by name. CRLF line ends."""

from __future__ import annotations


def _crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode("utf-8", "surrogateescape")


_HEAD = (
    "From: a@example.test\nSubject: x\nDate: Mon, 1 Jun 2026 00:00:00 +0000\nMIME-Version: 1.0\n"
)

LEGAL: dict[str, bytes] = {
    "plain": _crlf(_HEAD + "\nhello\nworld\n"),
    "no_final_line_break": _crlf(_HEAD + "\nhello\nworld"),
    "empty_body": _crlf(_HEAD + "\n"),
    "folded_subject": _crlf("Subject: one\n two\n\tthree\nFrom: a@example.test\n\nx\n"),
    "mixed_with_preamble_and_epilogue": _crlf(
        _HEAD + 'Content-Type: multipart/mixed; boundary="b 1"\n\npreamble\n--b 1\n\nfirst\n'
        "--b 1 \t\nContent-Type: text/html; charset=utf-8; format=flowed\n"
        "Content-Language: en, ja\nContent-Location: http://example.test/\n"
        "Content-ID: <c@example.test>\nContent-Description: a (b) c\n"
        "Content-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==\n\n<p>second\n\n--b 1--\nepilogue\n--b 1\nno part\n"
    ),
    "nested": _crlf(
        _HEAD + "Content-Type: multipart/mixed; boundary=out\n\n--out\n"
        "Content-Type: multipart/alternative; boundary=out-in\n\n--out-in\n\ntext\n--out-in\n"
        "Content-Type: text/html\n\n<p>html</p>\n--out-in--\n--out\n"
        "Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: BASE64\n"
        'Content-Disposition: attachment; filename="a b.pdf"; size=3\n\nYWJj\n--out--\n'
    ),
    "message_in_message": _crlf(
        _HEAD + "Content-Type: multipart/mixed; boundary=x\n\n--x\n\nsee below\n--x\n"
        "Content-Type: message/rfc822\n\nFrom: B <b@example.test>\nTo: c@example.test\n"
        "Subject: inner\nContent-Type: multipart/mixed; boundary=y\n\n--y\n\ndeep one\n--y\n"
        "Content-Type: message/rfc822\n\nSubject: innermost\n\nbottom\n--y--\n--x--\n"
    ),
    "digest": _crlf(
        _HEAD + "Content-Type: multipart/digest; boundary=d\n\n--d\n\nSubject: one\n\nfirst\n--d\n"
        "Content-Type: text/plain\n\nnot a message\n--d--\n"
    ),
    "message_at_the_top": _crlf(
        _HEAD + "Content-Type: message/rfc822\n\nSubject: inner\n\ninner body\n"
    ),
    "groups_and_names": _crlf(
        'From: "Doe, \\"J\\" John" <j@example.test>, plain@example.test\n'
        "Sender: old@example.test (Old \\(Style\\) Name)\n"
        "Reply-To: =?utf-8?B?44GC?= <r@example.test>\n"
        'To: Team: a@example.test, B <b@example.test>;, "quoted local"@example.test\n'
        "Cc: undisclosed-recipients:;\nBcc: <@one.test,@two.test:routed@example.test>\n"
        "In-Reply-To: <one@example.test>\n <two@example.test>\n"
        "Message-ID:  <m@example.test>\n\nx\n"
    ),
    "long_parameters": _crlf(
        _HEAD + "Content-Type: application/octet-stream; name*0*=utf-8''%E8%A6%8B;\n"
        '\tname*1*=%E7%A9%8D; name*2=".pdf"\nContent-Disposition: attachment;\n'
        " filename*=utf-8''%E8%A6%8B.pdf\n\nx\n"
    ),
    "iso_2022_jp_with_quotes_inside": (
        b"From: a@example.test\r\nSubject: =?ISO-2022-JP?B?GyRCOCtAUTBNTWobKEI=?=\r\n"
        b'Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n\x1b$B$"$$$&\x1b(B\r\n'
    ),
}

BROKEN: dict[str, bytes] = {
    "nothing": b"",
    "no_header": b"\r\njust text\r\n",
    "no_blank_line": _crlf("Subject: x\nFrom: a@example.test\n"),
    "raw_8bit_header": _crlf("Subject: 日本語の件名\nFrom: 佐藤 <a@example.test>\n\nx\n"),
    "invalid_utf8_header": b"Subject: \xff\xfe\x80\r\nFrom: \xe9 <a@example.test>\r\n\r\nx\r\n",
    "boundary_never_appears": _crlf(
        _HEAD + "Content-Type: multipart/mixed; boundary=never\n\nonly text\n"
    ),
    "boundary_never_closes": _crlf(
        _HEAD + "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nfirst\n--b\n\nsecond\n"
    ),
    "multipart_without_boundary": _crlf(_HEAD + "Content-Type: multipart/mixed\n\n--b\n\nx\n"),
    "inner_never_closes": _crlf(
        _HEAD + "Content-Type: multipart/mixed; boundary=o\n\n--o\n"
        "Content-Type: multipart/alternative; boundary=i\n\n--i\n\ntext\n--o\n\nafter\n--o--\n"
    ),
    "header_cut_by_boundary": _crlf(
        _HEAD + "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n--b--\n"
    ),
    "content_type_nonsense": _crlf(_HEAD + "Content-Type: text\n\nx\n"),
    "content_type_without_value": _crlf(_HEAD + "Content-Type:\n\nx\n"),
    "content_type_twice": _crlf(
        _HEAD + "Content-Type: text/html\nContent-Type: text/plain; charset=utf-8\n\nx\n"
    ),
    "parameters_nonsense": _crlf(
        _HEAD + "Content-Type: text/plain; ; =x; charset; charset=utf-8; format=\n\nx\n"
    ),
    "unclosed_quote": _crlf(_HEAD + 'Content-Type: text/plain; charset="utf-8\n\nx\n'),
    "disposition_empty": _crlf(_HEAD + "Content-Disposition:\n\nx\n"),
    "addresses_nonsense": _crlf(
        "From: <>\nTo: nobody\nCc: a@b@c.test, , <unclosed@example.test\nReply-To: ;;,:@\n\nx\n"
    ),
    "address_without_angle_end": _crlf("From: Some One <a@example.test\nTo: (only comment)\n\nx\n"),
    "fields_twice": _crlf(
        "Subject: first\nSubject: second\nTo: a@example.test\nTo: b@example.test\n\nx\n"
    ),
    "line_without_colon": _crlf("Subject: x\nthis is no field\nFrom: a@example.test\n\nx\n"),
    "space_before_colon": _crlf("Subject : x\nFrom: a@example.test\n\nx\n"),
    "mbox_line": _crlf("From a@example.test Mon Jun  1 00:00:00 2026\nSubject: x\n\nx\n"),
    "message_in_base64": _crlf(
        _HEAD + "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n"
        "\nU3ViamVjdDogeA==\n"
    ),
    "boundary_in_the_first_line": _crlf(
        _HEAD + "Content-Type: multipart/mixed; boundary=b\n\n--b\n--b\n--b--\n"
    ),
    "same_boundary_inside": _crlf(
        _HEAD + "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
        "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b--\n--b\n\ntwo\n--b--\n"
    ),
    "bare_line_feeds": (
        b"Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n\ntwo\n--b--\n"
    ),
    "lone_returns": b"Subject: x\rFrom: y\r\n\r\na\rb\r\n",
}
