"""The words of the participant page: names of criteria, their values and their matches."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise, lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from courses.models import Method
from courses.participants.conditions import ALL, ANY, INACTIVE, NEVER, NO_GROUP, NONE
from courses.participants.statuses import LABELS
from courses.participants.vocabulary import PUBLIC_KINDS, Vocabulary

CRITERIA: Mapping[str, str | Promise] = {
    "q": gettext_lazy("Keyword"),
    "role": gettext_lazy("Role"),
    "group": gettext_lazy("Group"),
    "method": gettext_lazy("Method"),
    "status": gettext_lazy("Status"),
    "inactive": gettext_lazy("Last access"),
    "first": gettext_lazy("First name"),
    "last": gettext_lazy("Last name"),
    "match": gettext_lazy("Match"),
    "sort": gettext_lazy("Order"),
    "on": gettext_lazy("Day of the list"),
}
MATCHES: Mapping[str, str | Promise] = {
    ANY: pgettext_lazy("match", "At least one"),
    ALL: pgettext_lazy("match", "All"),
    NONE: pgettext_lazy("match", "None"),
}
INACTIVE_MATCHES: Mapping[str, str | Promise] = {
    ANY: gettext_lazy("Older than"),
    NONE: gettext_lazy("Within"),
}
JOINS: Mapping[str, str | Promise] = {
    ALL: pgettext_lazy("match", "All"),
    ANY: pgettext_lazy("match", "At least one"),
    NONE: pgettext_lazy("match", "None"),
}
JOINING_WORDS: Mapping[str, str | Promise] = {
    ALL: gettext_lazy("and"),
    ANY: gettext_lazy("or"),
    NONE: gettext_lazy("nor"),
}
_label = lazy(Method.label_of, str)
KIND_LABELS = {PUBLIC_KINDS[kind]: _label(kind) for kind in Method.KINDS}
KIND_ICONS = {
    "manual": "person-plus",
    "self": "key",
    "database": "database",
    "cohort": "arrow-repeat",
    "meta": "link-45deg",
}
STATUS_TONES = {"active": "ok", "not_started": "info", "suspended": "wait", "ended": "quiet", "method_off": "off"}


TYPED = "typed_"


def criterion_label(parameter: str) -> str:
    """What a parameter is called above the list; one that is no criterion keeps its name."""
    base = parameter.removesuffix("_match").removeprefix(TYPED)
    if base not in CRITERIA:
        return parameter
    return _("Match of “%(name)s”") % {"name": CRITERIA[base]} if parameter.endswith("_match") else str(CRITERIA[base])


def value_label(parameter: str, value: str, words: Vocabulary) -> str:
    """What a value of a criterion is called; one that does not exist is shown as it was written."""
    if parameter == "group" and value in words.groups:
        return words.groups[value].name
    if parameter == "method" and value in words.methods:
        return words.method_labels[words.methods[value].pk]
    known: dict[str, Mapping[str, Any]] = {
        "role": words.role_labels,
        "group": {NO_GROUP: _("No group")},
        "method": KIND_LABELS,
        "status": LABELS,
    }
    if value in known.get(parameter, {}):
        return str(known[parameter][value])
    return span_label(value) if parameter == "inactive" else value


def method_values(words: Vocabulary) -> list[str]:
    """What stands for each method of the course alone: its kind where it is the only one of it, otherwise its id."""
    kinds = Counter(method.kind for method in words.methods.values())
    return [PUBLIC_KINDS[method.kind] if kinds[method.kind] == 1 else pk for pk, method in words.methods.items()]


def offered_values(name: str, words: Vocabulary) -> dict[str, str]:
    """The values that a criterion may take in this course, each with a label that no other one has."""
    if name == "role":
        return words.role_labels
    if name == "status":
        return {status: str(label) for status, label in LABELS.items()}
    if name == "group":
        return _told_apart([(value, value_label(name, value, words)) for value in (NO_GROUP, *words.groups)])
    if name != "method":
        return {}
    kinds = [(kind, str(label)) for kind, label in KIND_LABELS.items() if words.methods_called(kind)]
    alone = [(pk, words.method_labels[method.pk]) for pk, method in words.methods.items() if _is_offered(method, words)]
    return _told_apart([*kinds, *alone])


def _is_offered(method: Method, words: Vocabulary) -> bool:
    """A method without a name is not offered beside its kind, which says the same when it is the only one of it."""
    return bool(method.name) or len(words.methods_called(PUBLIC_KINDS[method.kind])) > 1


def _told_apart(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    known = Counter(label for _value, label in pairs)
    return {value: label if known[label] == 1 else f"{label} ({value})" for value, label in pairs}


def span_label(value: str) -> str:
    """« never », « 30 days », « 2 weeks », « 3 months »."""
    if value == NEVER:
        return _("Never")
    written = INACTIVE.fullmatch(value)
    if written is None:
        return value
    count = int(written[1])
    words = {
        "d": ngettext("%(count)s day", "%(count)s days", count),
        "w": ngettext("%(count)s week", "%(count)s weeks", count),
        "m": ngettext("%(count)s month", "%(count)s months", count),
    }
    return words[written[2]] % {"count": count}
