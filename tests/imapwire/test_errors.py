from proxyd.imapwire.errors import BadName, BadSyntax, UnknownCommand


def test_an_error_is_its_reason_and_the_tag_once_known() -> None:
    error = BadSyntax("Expected a space")
    assert (str(error), error.text, error.tag) == ("Expected a space", "Expected a space", None)
    assert BadSyntax("x", b"a1").tag == b"a1"


def test_special_kinds_are_bad_syntax_too() -> None:
    assert issubclass(BadName, BadSyntax)
    assert issubclass(UnknownCommand, BadSyntax)
    assert issubclass(BadSyntax, ValueError)
