"""Names in running text: whose they are alone is replaced, what may be anybody's stays. No database."""

from typing import Any

import pytest

from courses.privacy.names import Names

NOBODY = "anonyme-1"


@pytest.fixture(scope="module")
def names() -> Names:
    made = Names()
    identifiers = ("zcachard", "zc042", "22699001", "", "Zelie.Cachard@etu.exemple.fr")
    made.add(identifiers, "Cachard", "Zélie", NOBODY)
    made.add(("dlt", "", "", "P00077", ""), "De La Tour", "Jean-Luc", "anonyme-2")
    made.add(("only",), "Moreau", "", "anonyme-3")
    return made


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("Bonjour {prenom},", "Bonjour {prenom},"),
        ("zcachard", NOBODY),
        ("ZCACHARD.", f"{NOBODY}."),
        ("(22699001)", f"({NOBODY})"),
        ("22699001/22699002", f"{NOBODY}/22699002"),
        ("226990012", "226990012"),
        ("azcachard zcachards", "azcachard zcachards"),
        ("<zelie.cachard@etu.exemple.fr>: no such user", f"<{NOBODY}>: no such user"),
        ("Cachard Zélie a écrit", f"{NOBODY} a écrit"),
        ("chez Zélie Cachard, zelie cachard et ZÉLIE CACHARD", f"chez {NOBODY}, {NOBODY} et {NOBODY}"),
        ("Zélie Cachardin", "Zélie Cachardin"),
        ("Cachard, Zélie, Moreau", "Cachard, Zélie, Moreau"),
        ("De La Tour Jean-Luc; jean-luc de la tour", "anonyme-2; anonyme-2"),
        ("q=Z%C3%A9lie+Cachard&role=student", f"q={NOBODY}&role=student"),
        ("q=zcachard&sort=-last_access", f"q={NOBODY}&sort=-last_access"),
        ("1+1=2 à 100%", "1+1=2 à 100%"),
        ("İstanbul zcachard", f"i̇stanbul {NOBODY}"),
    ],
)
def test_texts(names: Names, text: str, expected: str) -> None:
    assert names.replace(text) == expected
    assert names.replace(expected) == expected, "once is enough"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (3, 3),
        (True, True),
        ({"people": ["zcachard", 22699001], "zc042": {"q": "x"}}, {"people": [NOBODY, 22699001], NOBODY: {"q": "x"}}),
    ],
)
def test_what_json_holds(names: Names, value: Any, expected: Any) -> None:
    assert names.replace_in(value) == expected
