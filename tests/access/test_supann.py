"""The syntaxes of SupAnn, as universities write them."""

from datetime import date, timedelta

import pytest

from enrolhub.access.supann import ProgrammeFormat, account_state, split_composite, strip_label

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("value", "label", "rest"),
    [
        ("{UAI:0141408E}DRT2AA", "UAI:0141408E", "DRT2AA"),
        ("{0141408E}DRT2AA", "0141408E", "DRT2AA"),
        ("SMI5T1", "", "SMI5T1"),
        (" {SISE} 10 ", "SISE", "10"),
        ("{UAI", "", "{UAI"),
    ],
)
def test_labels(value: str, label: str, rest: str) -> None:
    assert strip_label(value) == (label, rest)


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ("[etab={UAI}01][etape={UAI:01}DRT2AA-241]", {"etab": "{UAI}01", "etape": "{UAI:01}DRT2AA-241"}),
        ("[etape=A][anneeinsc=2026][libEtape=L2 Droit]", {"etape": "A", "anneeinsc": "2026", "libetape": "L2 Droit"}),
        ("[etape=]", {"etape": ""}),
        ("DRT2AA", {}),
        ("[etape=A", {}),
    ],
)
def test_composites_by_key_never_by_place(value: str, parts: dict[str, str]) -> None:
    assert split_composite(value) == parts


@pytest.mark.parametrize(
    ("shape", "value", "read"),
    [
        (ProgrammeFormat(), "{UAI:01}DRT2AA-241", ("DRT2AA", "241")),
        (ProgrammeFormat(separator="_"), "DRT2AA_241", ("DRT2AA", "241")),
        (ProgrammeFormat(prefix="ETP."), "{UAI:01}ETP.DRT2AA-241", ("DRT2AA", "241")),
        (ProgrammeFormat(has_version=False), "SMI5T1", ("SMI5T1", "")),
        (ProgrammeFormat(separator="-V"), "SMI5T1-V302", ("SMI5T1", "302")),
    ],
)
def test_programmes_as_a_site_writes_them(shape: ProgrammeFormat, value: str, read: tuple[str, str]) -> None:
    assert shape.read(value) == read


@pytest.mark.parametrize("value", ["DRT2AA", "-241", "DRT2AA-"])
def test_a_programme_of_another_shape_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=value):
        ProgrammeFormat().read(value)


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ([], "active"),
        (["{MAIL}I"], "active"),
        (["{COMPTE}A SupannActif"], "active"),
        (["{COMPTE}A SupannSursis"], "active"),
        (["{COMPTE}A SupannAnticipe"], "active"),
        (["{MAIL}A", "{COMPTE}I:SupannInactif"], "inactive"),
        (["{compte} s"], "suspended"),
        (["{COMPTE}A:SupannActif:20260901:20271031"], "active"),
        (["{COMPTE}A:SupannActif:20250901:20261119"], "inactive"),
        (["{COMPTE}A:SupannActif:20250901:20261120"], "active"),
        (["{COMPTE}A:::20261101"], "inactive"),
        (["{COMPTE}A::20260901:"], "active"),
        (["{COMPTE}A:SupannActif:20260901:20269999"], "active"),
    ],
)
def test_states_of_accounts(values: list[str], state: str) -> None:
    assert account_state(values, TODAY) == state


def test_a_state_that_has_ended_still_counts_for_the_days_of_grace() -> None:
    ended = ["{COMPTE}A:SupannActif:20250901:20261101"]
    assert account_state(ended, TODAY, timedelta(days=19)) == "active"
    assert account_state(ended, TODAY, timedelta(days=18)) == "inactive"
    assert account_state(ended) == "active"
