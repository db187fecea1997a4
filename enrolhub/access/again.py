"""What a machine left open must not do: who is at it shows it again first, and nothing that they had filled in is lost.

The form that was sent is kept with the session, on the server. It is never sent again by itself: after the proof its page
shows what waits, and a click sends it to where it was going, which looks at everything anew.
"""

from dataclasses import asdict, dataclass, field
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from enrolhub.access.sessions import has_fresh_proof, page_of

WAITING = "waits_for_proof"
#: Characters of a form that are kept; more than the longest list of decisions has.
LONGEST_FORM = 500_000


@dataclass(frozen=True)
class Waiting:
    """A form that waits for its sender's proof.

    ``deed`` is a message of the catalogue that says what it would do, ``about`` with what, ``path`` where it goes, ``back`` the
    page it comes from.
    """

    deed: str
    about: str
    path: str
    back: str
    fields: list[list[str]] = field(default_factory=list)


def prove_first(request: HttpRequest, deed: str, about: str = "") -> HttpResponse | None:
    """None when whoever sent this form has shown lately who they are; otherwise the way to the page that asks it, the form kept.

    ``deed`` is what the form would do, an untranslated message; ``about`` tells with what, in words already. Belongs behind the
    questions of right and before the first change.
    """
    if has_fresh_proof(request.session):
        request.session.pop(WAITING, None)
        return None
    fields = [
        [name, value] for name, values in request.POST.lists() if name != "csrfmiddlewaretoken" for value in values
    ]
    if sum(len(name) + len(value) for name, value in fields) > LONGEST_FORM:
        fields = []
    request.session[WAITING] = asdict(Waiting(deed, about, request.get_full_path(), page_of(request), fields))
    return redirect("access:again")


def waiting_in(session: SessionBase) -> Waiting | None:
    """The form that waits in this session, if any."""
    kept: dict[str, Any] | None = session.get(WAITING)
    return Waiting(**kept) if kept else None


def let_go(session: SessionBase) -> None:
    """Keep the form no more."""
    session.pop(WAITING, None)
