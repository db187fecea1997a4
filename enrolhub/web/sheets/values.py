"""What a cell may say: identifiers, choices, texts, years, dates. Nothing is guessed; what cannot be taken says why."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from enrolhub.web.folding import fold
from enrolhub.web.sheets.cells import CONVERTED, ErrorCell, FormulaCell, NumberCell
from enrolhub.web.sheets.letters import check_letters, is_plain_word, point_of
from enrolhub.web.sheets.problems import Cause, ValueRefused, shorten

PARIS = ZoneInfo("Europe/Paris")
IDENTIFIER = re.compile(r"[A-Za-z0-9.@_'+-]+")
SPREADSHEET_NUMBER = re.compile(r"[0-9]+[.,]?[0-9]*[eE][+-]?[0-9]+|[0-9]+\.0+")
_MANGLED_CODE = re.compile(r"[0-9]+(?:\.[0-9]+)?[eE][+-][0-9]+|[0-9]+\.0+")
_DATE = re.compile(
    r"(?:(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})|(?P<d2>[0-9]{2})/(?P<m2>[0-9]{2})/(?P<y2>[0-9]{4}))"
)
_MOMENT = re.compile(rf"{_DATE.pattern}(?:[ T](?P<hour>[0-9]{{2}}):(?P<minute>[0-9]{{2}}))?")
EARLIEST_YEAR, LATEST_YEAR = 1970, 2199
#: Digits that a spreadsheet keeps exactly.
_PLAIN_NUMBER = re.compile(r"-?(?=[0-9.]{1,16}$)[0-9]{1,15}(?:\.[0-9]*[1-9])?")

FORMULA = Cause(
    "formula",
    _("The cell holds a formula; the result stored with it may be out of date."),
    _("Copy the column and paste it as values."),
)
ERROR_VALUE = Cause(
    "error_value", _("A formula has failed here (%(value)s)."), _("Mend it, or enter the value by hand.")
)
CONVERTED_CELL = Cause(
    "converted_cell",
    _("The spreadsheet has turned this cell into a date, a time or a truth value."),
    _("Format the column as text and enter the value again."),
)
NO_LETTER = Cause("no_letter", _("The text has neither a letter nor a digit."), _("Write a name."))
MISSING = Cause("missing_value", _("The cell is empty."), _("Fill it in."))
OUTER_BLANK = Cause(
    "outer_blank",
    _("There is a blank or an invisible character at the beginning or at the end."),
    _("Delete the blank."),
)
BAD_IDENTIFIER = Cause(
    "bad_identifier",
    _("The character “%(letter)s” (%(point)s) is not allowed in an identifier."),
    _("Only the letters a–z without accents, digits and . @ _ - ' + may be used: type it again by hand."),
)
MANGLED_NUMBER = Cause(
    "mangled_number",
    _("A spreadsheet has turned this identifier into a number."),
    _("Format the column as text and enter the identifier again in full."),
)
UNKNOWN_CHOICE = Cause("unknown_choice", _("This value is unknown."), _("Write one of: %(choices)s."))
TOO_LONG = Cause("too_long", _("The text has %(length)s characters; at most %(limit)s fit."), _("Shorten it."))
BAD_YEAR = Cause("bad_year", _("This is no academic year."), _("Write its first year with four digits, as in 2026."))
BAD_DATE = Cause(
    "bad_date",
    _("This is no date that can be read."),
    _("Write YYYY-MM-DD or DD/MM/YYYY, and the time, if any, as HH:MM after a blank."),
)
MANGLED_DATE = Cause(
    "mangled_date",
    _("A spreadsheet has turned this date into a number."),
    _("Format the column as a date, year first (YYYY-MM-DD), and save again."),
)
BAD_TIMESTAMP = Cause(
    "bad_timestamp",
    _("This is no date and time that can be read."),
    _("Write them as in 2026-11-20T14:05:00."),
)
NO_SUCH_DAY = Cause("no_such_day", _("This day or time does not exist."), _("Correct it."))
SKIPPED_HOUR = Cause(
    "skipped_hour",
    _("This time does not exist in Paris: the clocks go forward that night."),
    _("Write a time before 02:00 or from 03:00 on."),
)
DOUBLED_HOUR = Cause(
    "doubled_hour",
    _("This time comes twice in Paris: the clocks go back that night."),
    _("Write a time before 02:00 or from 03:00 on."),
)
FAR_YEAR = Cause(
    "far_year",
    _("The year is out of the question."),
    _("Write a year from %(earliest)s to %(latest)s."),
)


def check_typed(value: str) -> None:
    """Refuse a cell that a spreadsheet took for something else than what somebody typed."""
    if isinstance(value, CONVERTED):
        raise ValueRefused(CONVERTED_CELL)


def check_cell(value: str) -> None:
    """Refuse a cell that nobody can rely on, whatever the column: a formula, an error, a number with lost digits."""
    if isinstance(value, FormulaCell):
        raise ValueRefused(FORMULA)
    if isinstance(value, ErrorCell):
        raise ValueRefused(ERROR_VALUE, value=shorten(value, 20))
    if isinstance(value, NumberCell) and not _PLAIN_NUMBER.fullmatch(value):
        raise ValueRefused(MANGLED_NUMBER)


def read_identifier(value: str, limit: int = 100) -> str:
    """A code, login, number or address exactly as written: plain ASCII letters, digits and ``.@_-'+`` (FORMATS §4)."""
    check_typed(value)
    if not value.strip():
        raise ValueRefused(MISSING)
    if IDENTIFIER.fullmatch(value):
        if len(value) > limit:
            raise ValueRefused(TOO_LONG, length=len(value), limit=limit)
        return value
    letter = next(letter for letter in value if not IDENTIFIER.fullmatch(letter))
    if IDENTIFIER.fullmatch(value.strip()):
        raise ValueRefused(OUTER_BLANK)
    raise ValueRefused(BAD_IDENTIFIER, letter=letter if letter.isprintable() else "", point=point_of(letter))


def read_new_code(value: str, limit: int = 100) -> str:
    """An identifier for something that is to be created or linked, which nothing else could prove wrong: `2.19E+07` is none."""
    code = read_identifier(value, limit)
    if _MANGLED_CODE.fullmatch(code):
        raise ValueRefused(MANGLED_NUMBER)
    return code


def read_choice(value: str, choices: Mapping[str, str]) -> str:
    """What a word of `choices` (folded word → meaning) stands for; empty stays empty. Case and accents do not matter."""
    check_typed(value)
    word = value.strip()
    if not word:
        return ""
    found = choices.get(fold(word))
    if found is None or not is_plain_word(word):
        raise ValueRefused(UNKNOWN_CHOICE, choices=", ".join(dict.fromkeys(choices)))
    return found


YES_NO = {"oui": "yes", "non": "no", "yes": "yes", "no": "no"}


def read_yes_no(value: str) -> bool | None:
    """True, False, or None for an empty cell."""
    word = read_choice(value, YES_NO)
    return None if not word else word == "yes"


def read_text(value: str, limit: int) -> str:
    """A title or a name on one line, without blanks around it; empty stays empty. Decomposed accents are joined."""
    check_typed(value)
    text = unicodedata.normalize("NFC", value.strip())
    if len(text) > limit:
        raise ValueRefused(TOO_LONG, length=len(text), limit=limit)
    check_letters(text)
    return text


def read_name(value: str, limit: int) -> str:
    """A text as `read_text` takes it, for something that is to be called so: it has a letter or a digit. Empty stays empty."""
    name = read_text(value, limit)
    if name and not any(letter.isalnum() for letter in name):
        raise ValueRefused(NO_LETTER)
    return name


def read_year(value: str) -> str:
    """The first year of an academic year, four digits; empty stays empty."""
    check_typed(value)
    year = value.strip()
    if year and not re.fullmatch(r"(?:19|20|21)[0-9]{2}", year):
        raise ValueRefused(BAD_YEAR)
    return year


def _at_paris(naive: datetime) -> datetime:
    """The UTC instant of a clock time in Paris; hours that the clocks skip or repeat are refused."""
    if not EARLIEST_YEAR <= naive.year <= LATEST_YEAR:
        raise ValueRefused(FAR_YEAR, earliest=EARLIEST_YEAR, latest=LATEST_YEAR)
    first, second = naive.replace(tzinfo=PARIS, fold=0), naive.replace(tzinfo=PARIS, fold=1)
    if first.utcoffset() != second.utcoffset():
        back = first.astimezone(UTC).astimezone(PARIS).replace(tzinfo=None) == naive
        raise ValueRefused(DOUBLED_HOUR if back else SKIPPED_HOUR)
    return first.astimezone(UTC)


def read_moment(value: str) -> datetime | None:
    """A date, with or without a time, in Paris, as a UTC instant; a date alone is its first instant. Empty gives None."""
    text = value.strip()
    if not text:
        return None
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise ValueRefused(MANGLED_DATE if re.fullmatch(r"[0-9]{4,}(?:[.,][0-9]+)?", text) else BAD_DATE)
    year, month, day = (found[name] or found[f"{name}2"] for name in "ymd")
    try:
        naive = datetime(int(year), int(month), int(day), int(found["hour"] or 0), int(found["minute"] or 0))  # noqa: DTZ001
    except ValueError as error:
        raise ValueRefused(NO_SUCH_DAY) from error
    return _at_paris(naive)


def read_timestamp(value: str) -> datetime | None:
    """An ISO 8601 date-time as a UTC instant; without an offset it is in Paris. Dates as in `read_moment` pass too."""
    text = value.strip()
    if not text or _MOMENT.fullmatch(text):
        return read_moment(text)
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]{5,15}(?:Z|[+-][0-9]{2}:?[0-9]{2})?", text):
        raise ValueRefused(BAD_TIMESTAMP)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueRefused(NO_SUCH_DAY) from error
    if moment.tzinfo is None:
        return _at_paris(moment)
    if not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        raise ValueRefused(FAR_YEAR, earliest=EARLIEST_YEAR, latest=LATEST_YEAR)
    return moment.astimezone(UTC)
