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
OTHER_TYPE = Cause(
    "other_type",
    _("The name of the file says %(says)s; its content is %(is)s."),
    _("Give the file its right name, or save the table again as %(says)s."),
)
WORKBOOK = Cause(
    "workbook",
    _("The file is a workbook of a type that is not read (%(type)s)."),
    _("In the spreadsheet, save it as XLSX, ODS or CSV (UTF-8) and load that file."),
)
PROTECTED = Cause(
    "protected",
    _("The workbook is protected by a password."),
    _("Save it without a password, or save the sheet as CSV (UTF-8)."),
)
NOT_TEXT = Cause(
    "not_text",
    _("The file is no table: its content is %(type)s."),
    _("Load the table itself, saved as CSV, XLSX or ODS."),
)
NUL = Cause(
    "nul",
    _("Line %(line)s holds a NUL character: this is not a plain text file, or it is damaged."),
    _("Save the table again as CSV (UTF-8)."),
)
UNREAD_ENCODING = Cause(
    "unread_encoding",
    _("The file is written in %(encoding)s, which is not read."),
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
    _("Put the names of the columns on the first line, with a semicolon, a comma or a tab between them."),
)
SEPARATOR_LINE = Cause(
    "separator_line",
    _("Line %(line)s only says what separates the cells."),
    _("Remove it: the separator is recognised by itself."),
)
MISCOUNTED = Cause(
    "miscounted",
    _("The lines of the file (%(lines)s) and what was read of them (%(counted)s) do not add up."),
    _("Save the table again as CSV (UTF-8) and report this."),
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
FORMULA_HEADER = Cause(
    "formula_header",
    _("The header (line %(line)s) holds a formula, in column %(column)s."),
    _("Type the name of the column."),
)
WRONG_READING = Cause(
    "wrong_reading",
    _("The file cannot be read as asked: %(what)s."),
    _("Choose again, or let the file be recognised."),
)

# Workbooks
DAMAGED = Cause(
    "damaged",
    _("The workbook is damaged (%(part)s)."),
    _("Open it in the spreadsheet and save it again, as XLSX, ODS or CSV (UTF-8)."),
)
SWOLLEN = Cause(
    "swollen",
    _("Unpacked, the workbook is beyond what is read (%(what)s, limit %(limit)s)."),
    _("Copy the table alone into a new workbook, or save the sheet as CSV (UTF-8)."),
)
STRANGE_PART = Cause(
    "strange_part",
    _("The workbook holds a part that no spreadsheet writes: “%(part)s”."),
    _("Open it in the spreadsheet and save it again."),
)
OVERLAPPING = Cause(
    "overlapping",
    _("Parts of the workbook overlap, which no spreadsheet writes."),
    _("Open it in the spreadsheet and save it again."),
)
PART_TWICE = Cause(
    "part_twice",
    _("The workbook holds the part “%(part)s” twice."),
    _("Open it in the spreadsheet and save it again."),
)
ENTITIES = Cause(
    "entities",
    _("The workbook declares XML entities (%(part)s), which no spreadsheet writes."),
    _("Open it in the spreadsheet and save it again."),
)
MACROS = Cause(
    "macros",
    _("The workbook holds macros."),
    _("Save it as a workbook without macros (XLSX), or save the sheet as CSV (UTF-8)."),
)
HIDDEN_SHEET = Cause(
    "hidden_sheet",
    _("The first sheet of the workbook, “%(sheet)s”, is hidden, and the first sheet is what is read."),
    _("Show it, or put the sheet with the table first."),
)
EXTERNAL_SHEET = Cause(
    "external_sheet",
    _("The first sheet of the workbook is kept outside the file."),
    _("Save the sheet as CSV (UTF-8)."),
)
