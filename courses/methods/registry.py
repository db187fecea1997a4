"""The kinds of method that the site offers, as the setting METHOD_KINDS lists them."""

from collections.abc import Mapping
from typing import TypeGuard

from django.conf import settings
from django.utils.module_loading import import_string

from courses.methods.protocol import MethodKind, SyncedKind
from courses.models import Method


def follows_source(kind: MethodKind) -> TypeGuard[SyncedKind]:
    """Whether the enrolments of this kind follow a source."""
    return hasattr(kind, "desired")


METHOD_KINDS: Mapping[str, MethodKind] = {name: import_string(path)() for name, path in settings.METHOD_KINDS.items()}
Method.labels.update({name: kind.kind.label for name, kind in METHOD_KINDS.items()})
#: The synced kinds, in the order of the night: each may read what the ones before it give.
SYNCED_KINDS: tuple[SyncedKind, ...] = tuple(kind for kind in METHOD_KINDS.values() if follows_source(kind))


def kind_of(name: str) -> MethodKind | None:
    """The kind of that name; None for one that the site does not offer."""
    return METHOD_KINDS.get(name)
