"""The accounts of the demo university, shown on the sign-in page of a demo and nowhere else."""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.utils.functional import Promise


@dataclass(frozen=True)
class DemoAccount:
    """One account anyone may try; `label` says whose view it gives (« Enseignant »)."""

    username: str
    password: str
    label: str | Promise


_providers: list[Callable[[], list[DemoAccount]]] = []


def register_demo_accounts(provider: Callable[[], list[DemoAccount]]) -> None:
    """Give the function that lists the demo's accounts; the last one given is asked."""
    _providers[:] = [provider]


def demo_accounts() -> list[DemoAccount]:
    """The accounts to show: none unless this site is a demo."""
    return _providers[0]() if settings.ENROLHUB_DEMO and _providers else []
