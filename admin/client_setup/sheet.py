"""A person's sheet as a page: what to type, the first steps, the first things to know.

One file that asks for no other: it has no script, its style is within. It prints on one A4 page
unless all names in it are very long; the PDF (sheet_pdf.py) always does.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from admin.client_setup.sheet_content import content
from proxyd.domain.client_facts import ClientFacts, ClientPerson

_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    keep_trailing_newline=True,
)


def sheet(
    facts: ClientFacts, person: ClientPerson, password: str = "", language: str = ""
) -> bytes:
    """HTML in UTF-8. See ``content`` for what is given."""
    template = _TEMPLATES.get_template("sheet.html")
    return template.render(sheet=content(facts, person, password, language)).encode("utf-8")
