"""What rows say together, and what only the registers can tell: RELIABILITY.md §5d, and of §5c what needs a database."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.hostile.cases import Rows

ENROLMENTS, COURSES, COHORTS, METHODS = "enrolments", "courses", "cohorts", "methods"
HEADERS = {
    ENROLMENTS: "cours;identifiant;role;groupe;debut;fin;statut;operation",
    COURSES: "code;titre;plateforme;annee",
    COHORTS: "cohorte;nom;identifiant;operation",
    METHODS: "operation;methode;cours;source;role;active",
}


@dataclass(frozen=True)
class RowCase:
    """Rows without their header. `author` is a username of the campus, nobody the operator; `figures` what a file does."""

    entry: str
    what: str
    kind: str
    rows: str
    answer: Rows
    author: str = ""
    figures: Mapping[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.entry} {self.what}"


def one(column: str, cause: str) -> Rows:
    """The only row is rejected."""
    return Rows({2: (column, cause)}, 0)


ARRIVES = {"arrivals": 1}
#: u1 (student number 00123456), u2, u3 and u4 (one mail address); prof edits C1 and belongs to it, chef too, assist teaches there.
ROWS = [
    RowCase(
        "V1", "leading noughts that a spreadsheet lost", ENROLMENTS, "C1;123456;;;;;;", one("identifiant", "lost_zeros")
    ),
    RowCase(
        "V2",
        "a number in the notation of powers of ten",
        ENROLMENTS,
        "C1;2.19E+07;;;;;;",
        one("identifiant", "mangled_number"),
    ),
    RowCase(
        "V15",
        "a mail address of two people",
        ENROLMENTS,
        "C1;deux@exemple.fr;;;;;;",
        one("identifiant", "ambiguous_person"),
    ),
    RowCase("V15", "a mail address in capitals", ENROLMENTS, "C1;U1@EXEMPLE.FR;;;;;;", Rows(), figures=ARRIVES),
    RowCase(
        "V17", "an end before its start", ENROLMENTS, "C1;u1;;;2027-02-01;2027-01-31;;", one("fin", "end_before_start")
    ),
    RowCase(
        "V17",
        "a start behind the end that there is",
        ENROLMENTS,
        "C1;u2;;;2030-01-01;;;",
        one("debut", "end_before_start"),
    ),
    RowCase("V18", "a role in capitals", ENROLMENTS, "C1;u1;TUTOR;;;;;", Rows(), figures=ARRIVES),
    RowCase(
        "V19",
        "a teacher makes an editing teacher",
        ENROLMENTS,
        "C1;u1;editingteacher;;;;;",
        one("role", "role_too_high"),
        "prof",
    ),
    RowCase(
        "V19", "a teacher gives the role that teachers give", ENROLMENTS, "C1;u1;teacher;;;;;", Rows(), "prof", ARRIVES
    ),
    RowCase(
        "V19",
        "a teacher raises somebody who is there",
        ENROLMENTS,
        "C1;u2;editingteacher;;;;;",
        one("role", "role_too_high"),
        "prof",
    ),
    RowCase(
        "V19",
        "a teacher suspends somebody above",
        ENROLMENTS,
        "C1;chef;;;;;suspendu;",
        one("identifiant", "above_author"),
        "prof",
    ),
    RowCase(
        "V19",
        "a teacher removes somebody above",
        ENROLMENTS,
        "C1;chef;;;;;;desinscrire",
        one("identifiant", "above_author"),
        "prof",
    ),
    RowCase(
        "V19",
        "one who does not edit loads a file",
        ENROLMENTS,
        "C1;u1;;;;;;",
        one("cours", "not_your_course"),
        "assist",
    ),
    RowCase(
        "V19",
        "a teacher gives by a method what they may not give",
        METHODS,
        "ajout;cohorte;C1;TUT;editingteacher;",
        one("role", "role_too_high"),
        "prof",
    ),
    RowCase(
        "V20",
        "a group told by another case, other blanks and accents",
        ENROLMENTS,
        "C1;u1;;td  ÉTÉ;;;;",
        Rows(),
        figures=ARRIVES,
    ),
    RowCase("V20", "a group that is not there", ENROLMENTS, "C1;u1;;TD 9;;;;", one("groupe", "unknown_group")),
    RowCase("V20", "a name that two groups have", ENROLMENTS, "C1;u1;;Double;;;;", one("groupe", "ambiguous_group")),
    RowCase("V21", "a course of another component", ENROLMENTS, "C2;u1;;;;;;", one("cours", "not_your_course"), "prof"),
    RowCase(
        "V21",
        "a course that is not there, asked for by a teacher",
        ENROLMENTS,
        "C404;u1;;;;;;",
        one("cours", "not_your_course"),
        "prof",
    ),
    RowCase("V21", "a code in the wrong case", ENROLMENTS, "c1;u1;;;;;;", one("cours", "unknown_course")),
    RowCase("V21", "a course of a closed year, by hand", ENROLMENTS, "C9;u1;;;;;;", Rows(), figures=ARRIVES),
    RowCase(
        "V24",
        "a student number with a wrong digit",
        ENROLMENTS,
        "C1;00123457;;;;;;",
        one("identifiant", "unknown_person"),
    ),
    RowCase(
        "P19",
        "one course in two years",
        COURSES,
        "C7;Droit;ecampus;2026\nC7;Droit;ecampus;2025",
        Rows({2: ("annee", "contradiction"), 3: ("annee", "contradiction")}, 0),
    ),
    RowCase(
        "P18", "title and code swapped", COURSES, "Droit des sûretés;C7;ecampus;2026", one("code", "bad_identifier")
    ),
    RowCase(
        "X1",
        "a row a thousand times",
        ENROLMENTS,
        "\n".join(["C1;u1;;;;;;"] * 1_000),
        Rows(taken=1_000),
        figures=ARRIVES,
    ),
    RowCase(
        "X2",
        "two rows that contradict each other",
        ENROLMENTS,
        "C1;u1;tutor;;;;;\nC1;u1;observer;;;;;",
        Rows({2: ("role", "contradiction"), 3: ("role", "contradiction")}, 0),
    ),
    RowCase(
        "X3",
        "one person by two identifiers",
        ENROLMENTS,
        "C1;u1;;;;;;\nC1;00123456;;;;;;",
        Rows(taken=2),
        figures=ARRIVES,
    ),
    RowCase(
        "X3",
        "one person by two identifiers, with two ends",
        ENROLMENTS,
        "C1;u1;;;;2027-01-01;;\nC1;00123456;;;;2027-01-02;;",
        Rows({2: ("fin", "contradiction"), 3: ("fin", "contradiction")}, 0),
    ),
    RowCase(
        "X4", "a person in two groups", ENROLMENTS, "C1;u1;;TD Été;;;;\nC1;u1;;TD 2;;;;", Rows(taken=2), figures=ARRIVES
    ),
    RowCase("X5", "a student who becomes a tutor besides", ENROLMENTS, "C1;u5;tutor;;;;;", Rows(), figures=ARRIVES),
    RowCase(
        "X5",
        "a synchronised student whom a file would remove",
        ENROLMENTS,
        "C1;u5;;;;;;desinscrire",
        one("identifiant", "not_enrolled"),
    ),
    RowCase(
        "X6",
        "nobody of this name, and no such course",
        ENROLMENTS,
        "C1;u404;;;;;;\nC404;u1;;;;;;",
        Rows({2: ("identifiant", "unknown_person"), 3: ("cours", "unknown_course")}, 0),
    ),
    RowCase("X7", "a course that is its own source", METHODS, "ajout;meta;C1;C1;;", one("source", "self_link")),
    RowCase(
        "X8",
        "every row about one course",
        ENROLMENTS,
        "\n".join(f"C1;{name};;;;;;" for name in ("u1", "u3", "u4", "u5")),
        Rows(taken=4),
        figures={"arrivals": 4},
    ),
    RowCase(
        "X9", "one component only: nobody of another one leaves", ENROLMENTS, "C2;u1;;;;;;", Rows(), figures=ARRIVES
    ),
    RowCase(
        "X10",
        "who loads the file removes themself",
        ENROLMENTS,
        "C1;prof;;;;;;desinscrire",
        one("identifiant", "yourself"),
        "prof",
    ),
    RowCase(
        "X10",
        "who loads the file suspends themself",
        ENROLMENTS,
        "C1;prof;;;;;suspendu;",
        one("identifiant", "yourself"),
        "prof",
    ),
    RowCase(
        "X10",
        "who loads the file gives themself another role",
        ENROLMENTS,
        "C1;prof;student;;;;;",
        one("identifiant", "yourself"),
        "prof",
    ),
    RowCase(
        "X10",
        "the last who may edit a course are removed",
        ENROLMENTS,
        "C1;prof;;;;;;desinscrire\nC1;chef;;;;;;desinscrire",
        Rows(taken=2, remarks=("last_editor", "last_editor")),
        figures={"departures": 2},
    ),
    RowCase("X11", "a file that renames a cohort", COHORTS, "TUT;Autre nom;u1;", one("nom", "cohort_other_name")),
    RowCase(
        "X11",
        "a file that gives a cohort two names",
        COHORTS,
        "NEUF;Un;u1;\nNEUF;Deux;u2;",
        Rows({2: ("nom", "cohort_names_differ"), 3: ("nom", "cohort_names_differ")}, 0),
    ),
    RowCase("X11", "a cohort of the register", COHORTS, "2026-DRO;;u1;", one("cohorte", "register_cohort")),
    RowCase(
        "X13",
        "2,000 rows about one person, no two alike",
        ENROLMENTS,
        "\n".join(f"C1;u1;;;;20{30 + n % 60}-01-{1 + n // 60 % 28:02};;" for n in range(2_000)),
        Rows(dict.fromkeys(range(2, 2_002), ("fin", "contradiction")), 0),
    ),
    RowCase(
        "X14",
        "two courses that feed each other",
        METHODS,
        "ajout;meta;C1;C2;;\najout;meta;C2;C1;;",
        Rows(taken=2),
        figures={"arrivals": 5},
    ),
    RowCase(
        "V19",
        "a teacher takes people from a course that is not theirs",
        METHODS,
        "ajout;meta;C1;C2;;",
        one("source", "unknown_source"),
        "prof",
    ),
    RowCase(
        "X10",
        "a teacher deletes the method that lets them edit",
        METHODS,
        "suppression;meta;C3;C1;;",
        one("operation", "method_above"),
        "prof",
    ),
    RowCase(
        "X10",
        "a teacher switches off the method that lets them edit",
        METHODS,
        "modification;meta;C3;C1;;non",
        one("operation", "method_above"),
        "prof",
    ),
    RowCase(
        "X14",
        "a method twice",
        METHODS,
        "ajout;meta;C1;C2;student;\najout;meta;C1;C2;tutor;",
        Rows({2: ("role", "contradiction"), 3: ("role", "contradiction")}, 0),
    ),
]
