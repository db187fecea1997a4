"""The message catalogues, without gettext's programs: `python -m enrolhub.catalogues [FRAGMENT.po…]`.

Reads every message of the code and the templates, and brings locale/fr up to date with it: new messages come in
untranslated, those no longer used go. Translations found in the fragments are taken over.
"""

import io
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
FRENCH = ROOT / "locale" / "fr" / "LC_MESSAGES" / "django.po"
FOLDERS = ("enrolhub", "cohorts", "courses", "templates")
# A catalogue that nothing changed in stays the same file: its header has no date of today.
BEGINNING = datetime(2026, 11, 22, tzinfo=UTC)
KEYWORDS: dict[str, tuple[Any, ...] | None] = {
    "_": None,
    **dict.fromkeys(("gettext", "gettext_lazy", "gettext_noop")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}


def read_messages() -> Catalog:
    """The messages of the code and the templates, each with the files it stands in."""
    from django.utils.translation.template import templatize

    found = Catalog()
    for path in sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if is_source(path)):
        text = path.read_text(encoding="utf-8")
        if path.suffix != ".py":
            # Django turns a template into calls of gettext; the blanks left of them would read as wrong indentation.
            text = re.sub(r"^\s+", "", templatize(text, origin=str(path)), flags=re.MULTILINE)
        for line, message, comments, context in messages_of(text):
            place = [(path.relative_to(ROOT).as_posix(), line)]
            found.add(message, locations=place, auto_comments=comments, context=context)
    return found


def is_source(path: Path) -> bool:
    """Whether messages are looked for in this file."""
    is_template = path.suffix in {".html", ".txt"} and "templates" in path.parts
    return path.is_file() and (is_template or (path.suffix == ".py" and "migrations" not in path.parts))


def messages_of(text: str) -> Iterator[tuple[int, Any, list[str], str | None]]:
    """Line, message (a tuple when it has a plural), translator's comments and context of each call of gettext."""
    yield from extract("python", io.BytesIO(text.encode()), KEYWORDS, ["Translators:"])


def read_catalogue(path: Path) -> Catalog:
    """A catalogue from its file; an empty French one when there is no file."""
    if not path.exists():
        return Catalog(locale="fr", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale="fr")


def is_translated(message: Any) -> bool:
    """Whether each form of a message of a catalogue has its text, and nobody has marked it as uncertain."""
    forms = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    return bool(forms) and all(forms) and not message.fuzzy


def merge(known: Catalog, fragments: list[Catalog], found: Catalog) -> Catalog:
    """The messages `found`, with the translation that the last of `fragments`, or else `known`, gives."""
    merged = Catalog(
        locale="fr",
        header_comment="# French messages of EnrolHub; brought up to date by `python -m enrolhub.catalogues`.",
        project="EnrolHub",
        version="1",
        last_translator="EnrolHub",
        language_team="French",
        msgid_bugs_address="none",
        creation_date=BEGINNING,
        revision_date=BEGINNING,
        charset="utf-8",
        fuzzy=False,
    )
    for message in found:
        if not message.id:
            continue
        key = message.id[0] if isinstance(message.id, (tuple, list)) else message.id
        translations = [catalogue.get(key, message.context) for catalogue in (known, *fragments)]
        strings = [each.string for each in translations if each and is_translated(each)]
        merged.add(
            message.id,
            strings[-1] if strings else None,
            # A file without a line: lines would change with every edit.
            locations=[(place, None) for place in dict.fromkeys(name for name, _line in message.locations)],  # type: ignore[misc]
            auto_comments=message.auto_comments,
            context=message.context,
        )
    return merged


def main(fragments: list[str]) -> int:
    """Bring the French catalogue up to date; 1 when a message has no translation yet."""
    merged = merge(read_catalogue(FRENCH), [read_catalogue(Path(name)) for name in fragments], read_messages())
    FRENCH.parent.mkdir(parents=True, exist_ok=True)
    # Whoever reads meanwhile, another merge say, finds the old catalogue or the new one, never the half of one.
    fresh = FRENCH.with_suffix(".po.new")
    with fresh.open("wb") as file:
        write_po(file, merged, width=120, sort_output=True, omit_header=False)
    fresh.replace(FRENCH)
    missing = [message for message in merged if message.id and not is_translated(message)]
    for message in missing:
        sys.stderr.write(f"Not translated: {message.id!r} ({message.locations[0][0]})\n")
    sys.stdout.write(f"{len(merged)} messages, {len(missing)} not translated\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
