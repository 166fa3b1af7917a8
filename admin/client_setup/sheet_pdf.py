"""A person's sheet as a PDF: one A4 page, with its fonts within (docs/decisions/049-sheet.md).

What the page (sheet.py) says, in the same order. Nothing of the machine is needed: no font, no
browser.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import fontpkg_ibm_plex_mono
import pylopdf_fonts_jp
from fpdf import FPDF
from fpdf.fonts import TTFFont

from admin.client_setup.line_wrapping import wrapped
from admin.client_setup.sheet_content import SheetContent, SheetSection, content
from proxyd.domain.client_facts import ClientFacts, ClientPerson

# The font has Japanese, Latin, Greek and Cyrillic; of other scripts nothing is shown, and the
# library says so in the log of whoever calls.
logging.getLogger("fpdf.output").setLevel(logging.ERROR)

_TEXT: Final = "text"
_MONO: Final = "mono"  # in which l, 1 and I, and 0 and O, can be told apart
_FILES: Final = {
    _TEXT: pylopdf_fonts_jp.sans_path(),
    _MONO: Path(fontpkg_ibm_plex_mono.__file__).parent / "files" / "IBMPlexMono-Medium.ttf",
}
_INK, _SOFT, _ACCENT = (27, 31, 36), (87, 96, 106), (11, 87, 164)
_CARD, _RULE = (243, 246, 250), (208, 215, 222)

# Millimetres of A4; sizes of letters in points, where the text has its usual length.
_LEFT, _TOP, _WIDTH, _BOTTOM = 17.0, 15.0, 176.0, 284.0
_COLUMNS: Final = (0.0, 34.0, 88.0, 102.0, 128.0)
_MM_PER_POINT: Final = 25.4 / 72
_LARGEST: Final = 1.12
_SMALLER: Final = 0.94  # each try, until all of it is on the page
_TRIES: Final = 20  # to a third: more than the longest names need


def sheet_pdf(
    facts: ClientFacts, person: ClientPerson, password: str = "", language: str = ""
) -> bytes:
    """See ``content`` for what is given. A password that the fonts can't show is left out, as one
    that nobody knows is; for such a name stands the login, for such an organisation the address.
    """
    pdf = _blank()
    if not _shown(pdf, password, _MONO, _TEXT):
        password = ""
    if not _shown(pdf, facts.organisation, _TEXT):
        facts = replace(facts, organisation="")
    told = content(facts, person, password, language)
    if not _shown(pdf, person.name, _TEXT):
        told = replace(told, name=person.login)
    scale = _LARGEST
    for _ in range(_TRIES):
        if _Page(pdf, told, scale, dry=True).drawn() <= _BOTTOM:
            break
        scale *= _SMALLER
    pdf.add_page()
    _Page(pdf, told, scale).drawn()
    pdf.set_lang(told.language)
    pdf.set_title(told.title)
    return bytes(pdf.output())


def unshown(texts: Iterable[str]) -> list[str]:
    """The names that a sheet can't show, because the font has not all of their characters."""
    pdf = _blank()
    return [text for text in texts if not _shown(pdf, text, _TEXT)]


def _blank() -> FPDF:
    pdf = FPDF(format="A4")
    pdf.set_auto_page_break(auto=False)
    for family, file in _FILES.items():
        pdf.add_font(family, fname=file)
        font = pdf.fonts[family]
        assert isinstance(font, TTFFont)
        # What the letters need is what the whole font needs: measured again, it takes a third of
        # the time of a sheet.
        font.ttfont.recalcBBoxes = False
    pdf.set_fallback_fonts([_TEXT])
    return pdf


def _shown(pdf: FPDF, text: str, *families: str) -> bool:
    """Whether these fonts have all of its characters."""
    cmaps = [getattr(pdf.fonts[family], "cmap", {}) for family in families]
    return all(any(ord(character) in cmap for cmap in cmaps) for character in text)


class _Page:
    """Draws downwards from ``_y``, or only measures."""

    def __init__(self, pdf: FPDF, told: SheetContent, scale: float, *, dry: bool = False) -> None:
        self._pdf = pdf
        self._told = told
        self._scale = scale
        self._dry = dry
        self._y = _TOP
        self._widths: dict[tuple[str, float], dict[str, float]] = {}

    def drawn(self) -> float:
        """Where it ends."""
        told, words = self._told, self._told.words
        self._text(told.heading, 9, _SOFT)
        self._text(told.title, 17, _INK, after=0.5)
        self._text(told.name, 11, _SOFT, after=3)
        self._text(words.intro, 10, _INK, after=3)
        self._typed()
        self._side_by_side(told.clients)
        self._heading(words.others)
        self._table((words.columns, *told.servers))
        self._section(told.to_know)
        self._text(words.whom_to_ask, 9, _SOFT)
        return self._y

    # ------------------------------------------------------------ parts

    def _typed(self) -> None:
        """On a card, which is drawn before what stands on it, and so is measured first."""
        top, dry = self._y, self._dry
        self._dry = True
        self._on_card()
        bottom = self._y
        self._y, self._dry = top, dry
        if not dry:
            self._pdf.set_fill_color(*_CARD)
            self._pdf.rect(_LEFT, top, _WIDTH, bottom - top, style="F")
            self._pdf.set_fill_color(*_ACCENT)
            self._pdf.rect(_LEFT, top, 1.2, bottom - top, style="F")
        self._on_card()
        self._y = bottom + self._mm(4.5)

    def _on_card(self) -> None:
        told, words = self._told, self._told.words
        self._y += self._mm(3.5)
        self._field(words.address, told.address, _MONO)
        if told.password:
            self._field(words.password, told.password, _MONO)
        else:
            self._field(words.password, told.instead, _TEXT)
        for hint in told.hints:
            self._text(hint, 8.5, _SOFT, left=6, width=_WIDTH - 11, after=0.8)
        self._y += self._mm(2.2)

    def _field(self, label: str, value: str, family: str) -> None:
        label_size, value_size, left = 9.5, 13 if family == _MONO else 10.5, 38.0
        top = self._y
        self._y += self._mm((value_size - label_size) * _MM_PER_POINT * 0.75)
        self._text(label, label_size, _SOFT, left=6, width=left - 8)
        label_end, self._y = self._y, top
        self._text(value, value_size, _INK, left=left, width=_WIDTH - left - 5, family=family)
        self._y = max(self._y, label_end) + self._mm(1.6)

    def _side_by_side(self, sections: Sequence[SheetSection]) -> None:
        gap = 6.0
        width = (_WIDTH - gap * (len(sections) - 1)) / len(sections)
        top, ends = self._y, []
        for number, section in enumerate(sections):
            self._y = top
            left = number * (width + gap)
            self._heading(section.title, left, width)
            for step, sentence in enumerate(section.sentences, 1):
                self._item(f"{step}.", sentence, 9, left, width)
            ends.append(self._y)
        self._y = max(ends) + self._mm(3)

    def _section(self, section: SheetSection) -> None:
        self._heading(section.title)
        for sentence in section.sentences:
            self._item("•", sentence, 9.5, 0, _WIDTH)
        self._y += self._mm(2.5)

    def _table(self, rows: Sequence[Sequence[str]]) -> None:
        ends = (*_COLUMNS[1:], _WIDTH)
        for number, row in enumerate(rows):
            top, bottom = self._y + self._mm(1), self._y
            for cell, left, end in zip(row, _COLUMNS, ends, strict=True):
                self._y = top
                colour = _INK if number else _SOFT
                self._text(cell, 9, colour, left=left, width=end - left - 3)
                bottom = max(bottom, self._y)
            self._y = bottom + self._mm(1)
            if not self._dry:
                self._pdf.set_draw_color(*_RULE)
                self._pdf.line(_LEFT, self._y, _LEFT + _WIDTH, self._y)
        self._y += self._mm(4.5)

    # ------------------------------------------------------------ lines

    def _heading(self, text: str, left: float = 0, width: float = _WIDTH) -> None:
        self._text(text, 11, _ACCENT, left=left, width=width, after=1)

    def _item(self, mark: str, text: str, size: float, left: float, width: float) -> None:
        top = self._y
        self._text(mark, size, _SOFT, left=left, width=5)
        self._y = top
        self._text(text, size, _INK, left=left + 4.5, width=width - 4.5, after=0.6)

    def _text(
        self,
        text: str,
        size: float,
        colour: tuple[int, int, int],
        *,
        left: float = 0,
        width: float = _WIDTH,
        after: float = 0,
        family: str = _TEXT,
    ) -> None:
        """Lines one below the other, ``left`` from the margin; then ``after`` of free space."""
        pdf = self._pdf
        pdf.set_font(family, size=size * self._scale)
        height = self._mm(size * _MM_PER_POINT * 1.42)
        for line in wrapped(text, width, self._width_of):
            if not self._dry:
                pdf.set_text_color(*colour)
                pdf.set_xy(_LEFT + left - pdf.c_margin, self._y)
                pdf.cell(width, height, line)
            self._y += height
        self._y += self._mm(after)

    def _width_of(self, text: str) -> float:
        """In the font that is set. Letters stand side by side, so each is measured once."""
        pdf = self._pdf
        known = self._widths.setdefault((pdf.font_family, pdf.font_size_pt), {})
        for letter in text:
            if letter not in known:
                known[letter] = pdf.get_string_width(letter)
        return sum(known[letter] for letter in text)

    def _mm(self, length: float) -> float:
        return length * self._scale
