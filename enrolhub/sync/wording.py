"""What stored codes are called when shown: relations and their facts, reasons, findings, messages, kinds of run.

The ledger keeps codes and parameters; the sentences are made here, in the reader's language. This layer knows no
relation: each application registers the words of its own codes, from its ``AppConfig.ready``. A code that nobody
words is shown as it is, so that nothing is ever hidden.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.functional import Promise

from enrolhub.sync.models import Finding, Hold, Run

Words = str | Promise


@dataclass(frozen=True)
class Named:
    """What a scope's or a person's bare code stands for: its name, and its page when it has one."""

    name: str
    url: str = ""


def _nobody(refs: Iterable[int]) -> dict[int, Named]:
    return {}


def _as_it_is(name: str, value: str) -> str:
    return value


@dataclass(frozen=True)
class RelationWords:
    """How one relation is told.

    `label` names its phase; `facts` are (name, label) in the order of the ledger's facts; `say_fact(name, value)`
    words one value; `name_scopes(refs)` names its scopes in a constant number of queries; `are_enrolments` says that
    its rows are enrolments, which the figures of a run count.
    """

    label: Words
    facts: tuple[tuple[str, Words], ...] = ()
    are_enrolments: bool = False
    say_fact: Callable[[str, str], str] = _as_it_is
    name_scopes: Callable[[Iterable[int]], Mapping[int, Named]] = _nobody


@dataclass(frozen=True)
class FindingWords:
    """How one kind of finding is told: a title, a line of help, and one of its cases."""

    title: Words
    help: Words = ""
    say_case: Callable[[Any], str] = str


_relations: dict[str, RelationWords] = {}
_reasons: dict[str, Words] = {}
_messages: dict[str, Words] = {}
_findings: dict[str, FindingWords] = {}
_kinds: dict[str, Callable[[Run], str]] = {}
_people: list[Callable[[Iterable[str]], Mapping[str, Named]]] = []


def register_relation(name: str, words: RelationWords) -> None:
    """Give the words of a relation; the order of registration is the order in which filters list them."""
    _relations[name] = words


def register_reasons(words: Mapping[str, Words]) -> None:
    """Give the sentences of reasons of changes and holds; ``%(name)s`` takes a stored parameter."""
    _reasons.update(words)


def register_messages(words: Mapping[str, Words]) -> None:
    """Give the sentences of messages of runs (failures, refusals); ``%(name)s`` takes a stored parameter."""
    _messages.update(words)


def register_findings(words: Mapping[str, FindingWords]) -> None:
    _findings.update(words)


def register_run_kind(kind: str, name_run: Callable[[Run], str]) -> None:
    """Say what a run of this kind is called: « Nuit du 16 au 17 novembre 2026 »."""
    _kinds[kind] = name_run


def register_people(name_people: Callable[[Iterable[str]], Mapping[str, Named]]) -> None:
    """Give the function that names people by username, in one query; the last one given is asked."""
    _people[:] = [name_people]


def known_relations() -> dict[str, RelationWords]:
    """Every registered relation, in order."""
    return dict(_relations)


def relation_words(name: str) -> RelationWords:
    return _relations.get(name) or RelationWords(label=name)


def enrolment_relations() -> list[str]:
    """The relations whose rows are enrolments."""
    return [name for name, words in _relations.items() if words.are_enrolments]


def known_reasons() -> dict[str, str]:
    """Every registered reason that stands without parameters, by code."""
    return {code: str(words) for code, words in _reasons.items() if "%(" not in str(words)}


def known_kinds() -> list[str]:
    return list(_kinds)


def name_people(usernames: Iterable[str]) -> Mapping[str, Named]:
    """The names of these people; someone nobody knows any more is absent."""
    return _people[0](usernames) if _people else {}


def say_reason(code: str, params: Mapping[str, Any] | None = None) -> str:
    return fill(_reasons.get(code, code), params or {})


def say_message(code: str, params: Mapping[str, Any] | None = None) -> str:
    """The sentence of a run's message; the empty code says nothing."""
    return fill(_messages.get(code, code), params or {})


def say_hold(hold: Hold) -> str:
    return say_reason(hold.reason, hold.params)


def finding_words(code: str) -> FindingWords:
    return _findings.get(code) or FindingWords(title=code)


def say_finding(finding: Finding) -> str:
    return fill(finding_words(finding.code).title, finding.params)


def run_name(run: Run) -> str:
    """What a run is called, as a heading."""
    name = _kinds.get(run.kind)
    return name(run) if name else run.kind


def fill(words: Words, params: Mapping[str, Any]) -> str:
    """Put the parameters into a sentence; numbers get their thousands apart, a parameter that is not there is « … »."""
    sentence = str(words)
    return sentence % _Parameters(params) if "%(" in sentence else sentence


class _Parameters(dict[str, str]):
    """Parameters of a sentence, as text. JSON may have lost some: a sentence with a gap is better than no page."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        super().__init__({name: _say(value) for name, value in params.items()})

    def __missing__(self, name: str) -> str:
        return "…"


def _say(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return "—" if value is None else str(value)
    if isinstance(value, int):
        return str(number_format(value, force_grouping=True))
    return ", ".join(_say(part) for part in value) if isinstance(value, list) else str(value)
