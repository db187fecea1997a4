"""The sheet of all the parts of the interface, for those who build it; served under DEBUG only."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from enrolhub.web.svg import Night, nights_chart

COLOURS = (
    ("canvas", "Fond"),
    ("surface", "Surface"),
    ("sunken", "Creux"),
    ("line", "Filet"),
    ("edge", "Contour"),
    ("ink", "Texte"),
    ("ink2", "Texte 2"),
    ("ink3", "Texte 3"),
    ("solid", "Accent"),
    ("soft", "Accent doux"),
    ("ok", "Va bien"),
    ("wait", "Attend"),
    ("bad", "Rompu"),
    ("info", "À venir"),
    ("departures", "Départs"),
)
NAMES = (
    "Abgrall Nolwenn",
    "Arsène-Dubois Éléonore",
    "Amiot Léandre",
    "Auvray Thaïs",
    "Besnard Gaspard",
    "Anquetil Capucine",
)
ARRIVALS = (
    *(205, 180, 60, 40, 48, 55, 44, 30, 22, 28, 40, 35, 26, 38, 720),
    *(1462, 815, 390, 260, 150, 90, 205, 175, 160, 130, 95, 35, 0, 100, 318),
)


ROLES = [("student", "Étudiant"), ("teacher", "Enseignant")]


class SampleForm(forms.Form):
    """One field in error, one choice, one check box."""

    ends_on = forms.CharField(label="Fin de l’inscription")
    role = forms.ChoiceField(
        label="Attribuer un rôle", choices=[("student", "Étudiant"), ("teacher", "Enseignant")], help_text="Facultatif."
    )
    active = forms.BooleanField(label="Active", required=False)


def _nights() -> list[Night]:
    first = date(2026, 10, 19)
    return [
        Night(
            first + timedelta(days=index),
            arrivals,
            arrivals // 5,
            held={15: 200, 25: 40, 29: 114}.get(index, 0),
            refused=index == 27,
        )
        for index, arrivals in enumerate(ARRIVALS)
    ]


def _sample() -> dict[str, Any]:
    form = SampleForm({"ends_on": "15/01/2027", "role": "student"})
    form.add_error("ends_on", "La fin précède le début, le 01/02/2027.")
    title, description = "Arrivées et départs, 30 nuits", "Un pic le 3 novembre : 1 462 arrivées."
    nights = _nights()
    return {
        "form": form,
        "colours": COLOURS,
        "names": NAMES,
        "yesterday": timezone.now() - timedelta(days=1),
        "chart": nights_chart(nights, title=title, description=description)
        + nights_chart(nights[-14:], title=title, description=description, width=320, kind="phone"),
        "counts": [
            {"label": "Tous", "count": 1287, "url": "#content", "current": False},
            {"label": "Étudiant", "count": 1246, "url": "#content", "current": True},
            {"label": "Tuteur", "count": 27, "url": "#content", "current": False},
        ],
        "page": Paginator(range(1234), 20).page(1),
        "totals": [
            {"icon": "plus-lg", "tone": "accent", "number": "318", "word": "arrivées", "url": "#content"},
            {"icon": "dash-lg", "number": "41", "word": "départs appliqués", "url": "#content"},
            {"icon": "hourglass-split", "tone": "wait", "number": "114", "word": "départs retenus", "url": "#content"},
            {"number": "148\u00a0189", "word": "inchangées"},
        ],
        "problems": [{"message": "Rôle « tutorat » inconnu.", "remove_url": "#content"}],
    }


@login_not_required
def show_pieces(request: HttpRequest) -> HttpResponse:
    """Show every piece once, with invented people and numbers."""
    return render(request, "pieces/sheet.html", _sample())
