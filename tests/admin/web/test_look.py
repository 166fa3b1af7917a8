"""The style sheet and the templates: small, readable, and nothing that the policy would refuse."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

WEB = Path("admin/web")
SHEET = (WEB / "static/console.css").read_text("utf-8")
TEMPLATES = sorted(WEB.rglob("templates/**/*.html"))
SCRIPTS = sorted(WEB.glob("static/*.js"))
COLOURS = {
    name: (light, dark)
    for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", SHEET)
}
# Text on its ground, and the least ratio (WCAG 2.2: 1.4.3, 1.4.11).
PAIRS = [
    ("ink", "paper", 7.0),
    ("ink", "surface", 7.0),
    ("soft", "paper", 4.5),
    ("soft", "surface", 4.5),
    ("link", "paper", 4.5),
    ("link", "surface", 4.5),
    ("on-link", "link", 4.5),
    ("good", "good-tint", 4.5),
    ("good", "paper", 4.5),
    ("warning", "warning-tint", 4.5),
    ("bad", "bad-tint", 4.5),
    ("bad", "paper", 4.5),
    ("bad", "surface", 4.5),
    ("field", "surface", 3.0),
    ("field", "paper", 3.0),
    ("ring", "paper", 3.0),
]


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(("text", "ground", "least"), PAIRS)
def test_what_is_written_can_be_read(text, ground, least):
    for scheme in (0, 1):
        a, b = luminance(COLOURS[text][scheme]), luminance(COLOURS[ground][scheme])
        assert (max(a, b) + 0.05) / (min(a, b) + 0.05) >= least, ("light", "dark")[scheme]


def test_one_sheet_and_no_more_than_12_kilobytes():
    assert len(SHEET.encode()) <= 12 * 1024
    assert "@import" not in SHEET and "url(" not in SHEET and "http" not in SHEET


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_templates_mark_nothing_as_safe_and_carry_no_script_or_style(template):
    text = template.read_text("utf-8")
    for bad in ("|safe", "| safe", "autoescape", "Markup", "style=", "<style", "javascript:"):
        assert bad not in text, bad
    assert not re.search(r"\son\w+=", text)
    assert "<script" not in text or template.name == "frame.html"
    assert not re.search(r"https?://", text)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_each_form_that_is_sent_has_its_token(template):
    text = template.read_text("utf-8")
    for form in re.findall(r"<form[^>]*>.*?</form>", text, re.DOTALL):
        if 'method="get"' in form or 'method="dialog"' in form:
            assert "token()" not in form  # it would be in the address
        else:
            assert 'method="post"' in form and "token()" in form


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_each_field_has_a_label(template):
    text = template.read_text("utf-8")
    for field in re.findall(r"<(?:input|select|textarea)[^>]*>", text):
        if 'type="hidden"' in field or 'type="checkbox"' in field or "aria-hidden" in field:
            continue
        (identity,) = re.findall(r'id="([^"]+)"', field)
        assert f'<label for="{identity}"' in text


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_write_no_html(script):
    text = script.read_text("utf-8")
    for bad in ("innerHTML", "outerHTML", "document.write", "eval(", "insertAdjacentHTML"):
        assert bad not in text
