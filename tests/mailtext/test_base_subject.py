"""RFC 5256 §2.1 and §5 (subj-leader, subj-trailer, subj-blob, subj-refwd, subj-fwd)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.mailtext.base_subject import base_subject


@pytest.mark.parametrize(
    ("subject", "base", "is_answer"),
    [
        ("Order", "Order", False),
        ("", "", False),
        ("  two \t  words  ", "two words", False),
        ("Re: Order", "Order", True),
        ("RE:Order", "Order", True),
        ("re  : Order", "Order", True),
        ("Fw: Order", "Order", True),
        ("FWD: Re: fw: Order", "Order", True),
        ("Re[2]: Order", "Order", True),
        ("Re [2] : Order", "Order", True),
        ("Re(2): Order", "Re(2): Order", False),
        ("Report: Order", "Report: Order", False),
        ("Order (fwd)", "Order", True),
        ("Order (FWD) (fwd) ", "Order", True),
        ("[list] Order", "Order", False),
        ("[list] Re: [list] Order", "Order", True),
        ("[a][b] [c] Order", "Order", False),
        ("[a] Re: [b] Fwd: [c] Order (fwd)", "Order", True),
        ("[list]", "[list]", False),
        ("[a] [list]", "[list]", False),
        ("Re: [list]", "[list]", True),
        ("[Fwd: Order]", "Order", True),
        ("[fwd: Re: [Fwd: [list] Order] (fwd)]", "Order", True),
        ("Re: [Fwd: Order]", "Order", True),
        ("[Fwd: Order", "[Fwd: Order", False),
        ("[Fwd: a] b", "b", False),
        ("[unclosed Order", "[unclosed Order", False),
        ("Re:", "", True),
        ("(fwd)", "", True),
        ("Aw: Order", "Aw: Order", False),
        ("Re: 【至急】納期", "【至急】納期", True),
        ("İ (fwd)", "İ", True),
    ],
)
def test_the_rules_of_the_rfc(subject: str, base: str, *, is_answer: bool) -> None:
    found = base_subject(subject)
    assert (found.text, found.is_answer) == (base, is_answer)


@given(st.text(alphabet="[]:() refwdRFWD\tx", max_size=40))
def test_a_base_subject_has_itself_as_base(subject: str) -> None:
    once = base_subject(subject).text
    assert base_subject(once).text == once
