"""French and English are complete: every message of the code and the templates has its French text."""

from babel.messages.catalog import Catalog

from enrolhub.catalogues import FRENCH, is_translated, merge, messages_of, read_catalogue, read_messages


def test_every_message_has_its_french_text() -> None:
    merged = merge(read_catalogue(FRENCH), [], read_messages())
    assert [message.id for message in merged if message.id and not is_translated(message)] == []


def test_french_texts_fill_the_same_places_as_the_messages() -> None:
    problems = [(message.id, str(error)) for message, errors in read_catalogue(FRENCH).check() for error in errors]
    assert problems == []


def test_the_catalogue_has_no_message_that_nothing_shows() -> None:
    catalogue, used = read_catalogue(FRENCH), read_messages()
    assert [message.id for message in catalogue if message.id and (message.id, message.context) not in keys(used)] == []


def keys(catalogue: Catalog) -> set[tuple[object, str | None]]:
    return {(message.id, message.context) for message in catalogue}


def test_messages_are_found_in_code() -> None:
    code = '_("One")\nngettext("%(n)d day", "%(n)d days", n)\npgettext("month", "May")\nprint("not this")\n'
    found = [(line, message, context) for line, message, _comments, context in messages_of(code)]
    assert found == [(1, "One", None), (2, ("%(n)d day", "%(n)d days"), None), (3, "May", "month")]
