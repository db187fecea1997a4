"""What stored codes are called when shown: relations and their facts, reasons, findings, messages, kinds of run.

The ledger keeps codes and parameters; the sentences are made here, in the reader's language. This layer knows no
relation: each application registers the words of its own codes, from its ``AppConfig.ready``. A code that nobody
words is shown as it is, so that nothing is ever hidden.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.formats import number_format
from django.utils.functional import Promise

from enrolhub.sync.models import Finding, Hold, Run

Words = str | Promise


@dataclass(frozen=True)
class Named:
    """What a scope's or a person's bare code stands for: its name, and its page when it has one."""

    name: str
    url: str = ""


@dataclass(frozen=True)
class People:
    """The people of the ledger, known to it by username only.

    `name(usernames)` names them in one query; `find(keywords)` gives the usernames of those whom keywords find, as a
    ``values_list`` queryset.
    """

    name: Callable[[Iterable[str]], Mapping[str, Named]]
    find: Callable[[str], QuerySet[Any, Any]]


def _nobody(refs: Iterable[int]) -> dict[int, Named]:
    return {}


def _as_it_is(name: str, value: str) -> str:
    return value


@dataclass(frozen=True)
class RelationWords:
    """How one relation is told.

    `label` names its phase; `facts` are (name, label) in the order of the ledger's facts; `say_fact(name, value)`
    words one value; `name_scopes(refs)` names its scopes in a constant number of queries; `are_counted` says that
    the figures of a run count its rows (enrolments, and what a file asks for).
    """

    label: Words
    facts: tuple[tuple[str, Words], ...] = ()
    are_counted: bool = False
    say_fact: Callable[[str, str], str] = _as_it_is
    name_scopes: Callable[[Iterable[int]], Mapping[int, Named]] = _nobody


@dataclass(frozen=True)
class RunKind:
    """How runs of one kind are told: what a filter calls them, what one run is called as a heading, and whether it is an
    extract of the registers that such a run refuses."""

    label: Words
    name_run: Callable[[Run], str]
    reads_registers: bool = False


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
_kinds: dict[str, RunKind] = {}
_people: list[People] = []
_limits: dict[str, Words] = {}


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


def register_run_kind(
    kind: str, label: Words, name_run: Callable[[Run], str], *, reads_registers: bool = False
) -> None:
    """Say what runs of this kind are called, and one of them: « Nuit du 16 au 17 novembre 2026 »."""
    _kinds[kind] = RunKind(label, name_run, reads_registers)


def register_limits(words: Mapping[str, Words]) -> None:
    """Say what each limit of the guards limits, by the name of its setting."""
    _limits.update(words)


def say_limit(limit: str) -> str:
    return str(_limits.get(limit, limit))


def register_people(people: People) -> None:
    """Say who stands behind usernames; the last one given is asked."""
    _people[:] = [people]


def known_relations() -> dict[str, RelationWords]:
    """Every registered relation, in order."""
    return dict(_relations)


def relation_words(name: str) -> RelationWords:
    return _relations.get(name) or RelationWords(label=name)


def name_scopes(wanted: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Named]:
    """The names of these (relation, ref) scopes; one that is gone is absent. As many queries as relations, whatever their rows."""
    refs: dict[str, set[int]] = {}
    for relation, ref in wanted:
        refs.setdefault(relation, set()).add(ref)
    return {
        (relation, ref): named
        for relation, numbers in refs.items()
        for ref, named in relation_words(relation).name_scopes(numbers).items()
    }


def counted_relations() -> list[str]:
    """The relations whose rows the figures of a run count."""
    return [name for name, words in _relations.items() if words.are_counted]


def known_reasons() -> dict[str, str]:
    """Every registered reason that stands without parameters, by code."""
    return {code: str(words) for code, words in _reasons.items() if "%(" not in str(words)}


def known_kinds() -> dict[str, str]:
    """What filters call each kind of run."""
    return {kind: str(words.label) for kind, words in _kinds.items()}


def name_people(usernames: Iterable[str]) -> Mapping[str, Named]:
    """The names of these people; someone nobody knows any more is absent."""
    return _people[0].name(usernames) if _people else {}


def people_found_by(keywords: str) -> QuerySet[Any, Any] | list[str]:
    """Usernames of the people whom keywords find, for a filter of the ledger."""
    return _people[0].find(keywords) if _people else [keywords]


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
    kind = _kinds.get(run.kind)
    return kind.name_run(run) if kind else run.kind


def reads_registers(run: Run) -> bool:
    """Whether what a run of this kind refuses is an extract of the registers, and not what somebody asked for."""
    kind = _kinds.get(run.kind)
    return kind is not None and kind.reads_registers


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
