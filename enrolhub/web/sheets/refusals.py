"""Why a file as a whole is refused."""

from django.utils.translation import gettext_lazy as _

from enrolhub.web.sheets.problems import Cause

EMPTY = Cause("empty", _("The file is empty."), _("Check that the right file was chosen."))
TOO_LARGE = Cause(
    "too_large",
    _("The file has %(size)s bytes; at most %(limit)s (10 MiB) are read."),
    _("Split it into several files."),
)
TOO_MANY_ROWS = Cause(
    "too_many_rows",
    _("The file has more than %(limit)s rows: row %(next)s is on line %(line)s."),
    _("Split it into several files."),
)
WORKBOOK = Cause(
    "workbook",
    _("The file is a workbook (%(type)s); only CSV is read for now."),
    _("In the spreadsheet, save the sheet as CSV (UTF-8) and load that file."),
)
NOT_TEXT = Cause(
    "not_text", _("The file is not a CSV file: its content is %(type)s."), _("Load the table itself, saved as CSV.")
)
NUL = Cause(
    "nul",
    _("Line %(line)s holds a NUL character: this is not a plain text file, or it is damaged."),
    _("Save the table again as CSV (UTF-8)."),
)
UNDECODABLE = Cause(
    "undecodable",
    _("Line %(line)s holds bytes that are no text in %(encoding)s."),
    _("Save the table again as CSV (UTF-8)."),
)
MIXED_ENCODINGS = Cause(
    "mixed_encodings",
    _("The file mixes two encodings: line %(line)s is in UTF-8, line %(other)s is not."),
    _("Save the table again as CSV (UTF-8)."),
)
OPEN_QUOTE = Cause(
    "open_quote",
    _("Line %(line)s opens a quote that the line does not close."),
    _("Close or remove the quote, or take out the line break inside the cell: one row is one line."),
)
STRAY_QUOTE = Cause(
    "stray_quote",
    _("On line %(line)s text follows a closing quote."),
    _("Double the quotes inside a quoted cell, or remove them."),
)
LONG_LINE = Cause(
    "long_line",
    _("Line %(line)s has %(length)s characters; at most %(limit)s are read."),
    _("Check that the right file was chosen; one row is one line."),
)
NO_HEADER = Cause(
    "no_header",
    _("Line %(line)s is no header: none of the expected columns is there (%(expected)s)."),
    _("Put the names of the columns on the first line."),
)
MISSING_COLUMN = Cause(
    "missing_column",
    _("The header (line %(line)s) lacks a column: %(columns)s."),
    _("Add it, or correct its name."),
)
COLUMN_TWICE = Cause(
    "column_twice",
    _("The header (line %(line)s) has the column “%(column)s” twice: columns %(first)s and %(second)s."),
    _("Remove or rename one of them."),
)
TOO_MANY_COLUMNS = Cause(
    "too_many_columns",
    _("The header (line %(line)s) has %(count)s columns; at most %(limit)s are read."),
    _("Check that the right file was chosen."),
)
