"""Dates as workbooks store them: days counted from 1900 or 1904 with the time as a fraction, or written out."""

from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

from enrolhub.web.sheets.cells import DateCell, NumberCell

# The days before 1 March 1900 are counted wrongly by a famous mistake that spreadsheets keep: they are not read.
_FIRST, _LAST = 61, 2_958_465
_BASES = {False: datetime(1899, 12, 30), True: datetime(1904, 1, 1)}  # noqa: DTZ001 - a clock's time, wherever it is
_SECONDS = 86_400


def read_serial(text: str, *, since_1904: bool = False) -> str:
    """The date and time of a serial number; one that is none is left as the number it is."""
    try:
        serial = Decimal(text)
    except InvalidOperation:
        return NumberCell(text)
    if not serial.is_finite() or not (0 if since_1904 else _FIRST) <= serial <= _LAST:
        return NumberCell(text)
    return say_date(_BASES[since_1904] + timedelta(seconds=round(serial * _SECONDS)))


def say_date(moment: datetime) -> DateCell:
    """A date alone at midnight, else with its time; seconds only where there are some."""
    if (moment.hour, moment.minute, moment.second) == (0, 0, 0):
        return DateCell(f"{moment:%Y-%m-%d}")
    return DateCell(f"{moment:%Y-%m-%d %H:%M:%S}".removesuffix(":00"))


def date_of(text: str) -> str:
    """The date of a cell that a workbook writes as one (ISO 8601); what is no date stays a text."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return say_date(moment.replace(tzinfo=None, microsecond=0))


def is_date_format(code: str) -> bool:
    """Whether a number format shows a date: letters of dates outside quotes, brackets and escapes."""
    plain, quoted, skip = [], False, False
    depth = 0
    for letter in code:
        if skip:
            skip = False
        elif letter == '"':
            quoted = not quoted
        elif quoted:
            continue
        elif letter in "\\_*":
            skip = True
        elif letter in "[]":
            depth += 1 if letter == "[" else -1
        elif not depth:
            plain.append(letter.lower())
    first = "".join(plain).split(";")[0].replace("general", "")
    return any(letter in first for letter in "ymdh")
