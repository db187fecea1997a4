"""What stands where in a file: RELIABILITY.md §5b."""

from tests.hostile.cases import Case, Refused, Rows, text
from tests.hostile.files import GOOD, HEADER
from tests.hostile.making import text_cell, xlsx

ROWS_502 = "".join(f"C1;u{number};;\n" for number in range(502))

STRUCTURES = [
    Case(
        "P1",
        "a quote that nothing closes before a thousand rows",
        text(HEADER + 'C1;"u1;;\n' + ROWS_502 * 2),
        Refused("open_quote", {"line": 2}),
    ),
    Case(
        "P2",
        "two stray quotes 500 rows apart",
        text(HEADER + 'C1;"u1;;\n' + ROWS_502 + 'C1;u1";;\n'),
        Refused("open_quote", {"line": 2}),
    ),
    Case(
        "P3", "a quote in the middle of a cell", text(HEADER + 'C1;u1;salle 15";\n'), Rows({2: ("", "inner_quote")}, 0)
    ),
    Case("P3", "text behind a closing quote", text(HEADER + 'C1;"u1"2;;\n'), Refused("stray_quote", {"line": 2})),
    Case(
        "P3",
        "an odd number of doubled quotes",
        text(HEADER + 'C1;u1;"a""";\nC1;u2;"a"";\n'),
        Refused("open_quote", {"line": 3}),
    ),
    Case("P3", "quotes escaped by a backslash", text(HEADER + 'C1;u1;"a\\"b";\n'), Refused("stray_quote", {"line": 2})),
    Case("P4", "vertical bars between the cells", text(GOOD.replace(";", "|")), Refused("no_header")),
    Case("P4", "commas between the cells of one row only", text(HEADER + "C1,u1,,\n"), Rows({2: ("", "short_row")}, 0)),
    Case("P4", "a comma inside a name", text(GOOD + "C1;u2;Dupont, Jean;\n"), Rows(taken=2)),
    Case("P5", "a first line about the separator", text("sep=;\n" + GOOD), Refused("separator_line", {"line": 1})),
    Case("P6", "a short row", text(GOOD + "C1;u2\n"), Rows({3: ("", "short_row")})),
    Case("P7", "a long row", text(GOOD + "C1;u2;;;x\n"), Rows({3: ("", "long_row")})),
    Case(
        "P8",
        "a column twice, in two languages",
        text("cours;identifiant;person\nC1;u1;u2\n"),
        Refused("column_twice", {"first": 2, "second": 3}),
    ),
    Case(
        "P8",
        "an unknown column twice",
        text("cours;identifiant;note;Note\nC1;u1;;\n"),
        Refused("column_twice", {"first": 3, "second": 4}),
    ),
    Case(
        "P9",
        "a header with a mark before it, in capitals, with blanks and accents",
        text("\ufeffCOURS ;\u00a0Identifiant;RÔLE\u200b\nC1;u1;\n"),
        Rows(),
    ),
    Case("P10", "no header at all", text("C1;u1;;\n"), Refused("no_header", {"line": 1})),
    Case(
        "P10",
        "a title above the header",
        text("Inscriptions du semestre 1\n" + GOOD),
        Refused("no_header", {"line": 1}),
    ),
    Case("P11", "the header again, as when files are joined", text(GOOD + GOOD), Rows({3: ("", "header_again")}, 2)),
    Case("P12", "a line of totals", text(GOOD + "Total : 1;;;\n"), Rows({3: ("identifiant", "missing_value")})),
    Case("P12", "how many rows were selected", text(GOOD + "1 ligne selectionnee.\n"), Rows({3: ("", "short_row")})),
    Case("P12", "a page break and the header", text(GOOD + "\x0c\n" + GOOD), Rows({4: ("", "header_again")}, 2)),
    Case(
        "P12",
        "an error of the database among the rows",
        text(GOOD + "ORA-00942: table or view does not exist\n"),
        Rows({3: ("", "short_row")}),
    ),
    Case("P13", "lines of comment", text(GOOD + "# export du 26/11\n"), Rows({3: ("", "short_row")})),
    Case("P13", "100,000 blank lines", text(HEADER + "\n" * 50_000 + " ;;;\n" * 50_000 + "C1;u1;;\n"), Rows()),
    Case(
        "P14",
        "a cell longer than Python's csv takes",
        text(HEADER + f"C1;{'u' * 140_000};;\n"),
        Refused("long_line", {"line": 2}),
    ),
    Case(
        "P14",
        "a cell of a workbook longer than a line may be",
        lambda: xlsx(f'<row r="2">{text_cell("A2", "u" * 70_000)}</row>'),
        Refused("long_line", {"line": 2}),
        "f.xlsx",
    ),
    Case("P15", "a NUL in a cell", text(GOOD + "C1;u\0;;\n"), Refused("nul", {"line": 3})),
    Case(
        "P15",
        "a NUL by an escape of a workbook",
        lambda: xlsx(f'<row r="2">{text_cell("A2", "C1")}{text_cell("B2", "u_x0000_1")}</row>'),
        Rows({2: ("identifiant", "bad_identifier")}, 0),
        "f.xlsx",
    ),
    Case("P16", "a line break inside quotes", text(GOOD + 'C1;u2;"TD\n1";\n'), Refused("open_quote", {"line": 3})),
    Case(
        "P16",
        "a line break inside a cell of a workbook",
        lambda: xlsx(f'<row r="2">{text_cell("A2", "C1&#10;C2")}{text_cell("B2", "u1")}</row>'),
        Rows({2: ("cours", "bad_identifier")}, 0),
        "f.xlsx",
    ),
    Case(
        "P17",
        "the file of courses in place of that of enrolments",
        text("code;titre;plateforme\nC1;Droit;ecampus\n"),
        Refused("no_header", {"line": 1}),
    ),
    Case(
        "P17",
        "the file of cohorts in place of that of enrolments",
        text("cohorte;identifiant\nTUT;u1\n"),
        Refused("missing_column", {"line": 1, "columns": "cours"}),
    ),
    Case(
        "P18",
        "the columns of role and group swapped",
        text(HEADER + "C1;u1;student;TD 1\n"),
        Rows({2: ("role", "unknown_choice")}, 0),
    ),
    Case(
        "P20",
        "a formula in the header of a workbook",
        lambda: xlsx(
            header=f'<row r="1">{text_cell("A1", "cours")}<c r="B1"><f>"identifiant"</f><v>identifiant</v></c></row>'
        ),
        Refused("formula_header", {"line": 1, "column": 2}),
        "f.xlsx",
    ),
    Case(
        "P20",
        "a formula in the header of a text",
        text("=cours;identifiant\nC1;u1\n"),
        Refused("missing_column", {"columns": "cours"}),
    ),
    Case(
        "V19",
        "a column that would raise somebody's rights",
        text("cours;identifiant;is_superuser;site_role\nC1;u1;1;staff\n"),
        Rows(unknown=("is_superuser", "site_role")),
    ),
    Case("P10", "values in a column without a heading", text("cours;identifiant;\nC1;u1;x\n"), Rows(unknown=("#3",))),
    Case(
        "V23",
        "names beside a number that somebody else has now",
        text("cours;identifiant;nom;prenom\nC1;u1;Martin;Luc\n"),
        Rows(unknown=("nom", "prenom")),
    ),
]
