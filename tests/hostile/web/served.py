"""What pages offer to send: their forms, read from the HTML and filled in as somebody would who means no harm."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from bs4 import BeautifulSoup
from bs4.filter import SoupStrainer

Fields = tuple[tuple[str, str], ...]
CONTROLS = ["input", "select", "textarea", "button"]
#: What is written into an empty field, by its type.
WRITTEN = {"number": "1", "date": "2026-12-24", "datetime-local": "2026-12-24T18:00", "email": "a@exemple.fr"}
UNSENT = {"submit", "button", "image", "reset", "file"}
FORMS_ONLY = SoupStrainer(["form", *CONTROLS])


@dataclass(frozen=True)
class Sent:
    """One request: the method, the path, and the fields in their order. `files` are the names of the file fields."""

    method: str
    path: str
    fields: Fields = ()
    files: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[str, str, tuple[str, ...]]:
        """What is the same of two requests that ask for the same with other values."""
        return self.method, self.path, tuple(sorted({name for name, _value in self.fields}))

    @property
    def encoded(self) -> str:
        return urlencode(self.fields, errors="surrogatepass")

    def with_fields(self, fields: Fields) -> "Sent":
        return replace(self, fields=fields)


def forms_of(page: str, address: str) -> Iterator[Sent]:
    """Every way to send a form of the page at this address, once for each of its buttons."""
    soup = BeautifulSoup(page, "html.parser", parse_only=FORMS_ONLY)
    for form in soup.find_all("form"):
        controls = controls_of(soup, form)
        fields = tuple(filled_in(controls))
        files = tuple(str(each["name"]) for each in controls if each.get("type") == "file" and each.get("name"))
        buttons = [each for each in controls if each.name == "button" and each.get("type", "submit") == "submit"]
        for button in buttons or [{}]:
            told = button.get("formaction") or form.get("action") or address
            pressed = ((str(button["name"]), str(button.get("value", ""))),) if button.get("name") else ()
            method = str(button.get("formmethod") or form.get("method") or "get").upper()
            yield Sent(method, urlsplit(urljoin(address, str(told))).path, fields + pressed, files)


def controls_of(soup: Any, form: Any) -> list[Any]:
    """The controls in the form, and those elsewhere that name it."""
    inside = [each for each in form.find_all(CONTROLS) if not each.get("form")]
    return inside + (soup.find_all(CONTROLS, form=form["id"]) if form.get("id") else [])


def filled_in(controls: list[Any]) -> Iterator[tuple[str, str]]:
    """What the controls send: their values, the last choices, every box ticked, a word where nothing was written."""
    chosen = {each["name"]: each for each in controls if each.get("type") == "radio" and each.has_attr("checked")}
    for control in controls:
        name, kind = str(control.get("name", "")), str(control.get("type", "text"))
        value = str(control.get("value", ""))
        if name in ("", "csrfmiddlewaretoken") or control.name == "button" or kind in UNSENT:
            continue
        if control.name == "select":
            choices = [str(option.get("value", "")) for option in control.find_all("option")]
            yield name, next((choice for choice in reversed(choices) if choice), "")
        elif kind == "radio":
            if chosen.setdefault(name, control) is control:
                yield name, value
        elif control.name == "textarea":
            yield name, control.get_text().strip() or "word"
        else:
            yield name, value if value or kind == "hidden" else WRITTEN.get(kind, "word")
