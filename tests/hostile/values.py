"""What cells hold: RELIABILITY.md §5c, as files of enrolments and of courses read them, without a database."""

from dataclasses import dataclass

#: The columns of a file of enrolments, in this order.
ENROLMENTS = ("course", "person", "role", "group", "start", "end", "status", "operation")
COURSES = ("code", "title", "component", "year", "units", "visible")


@dataclass(frozen=True)
class Value:
    """A cell and its answer: the cause of a rejection, or `taken`, or the cause of what is told (`~…`)."""

    entry: str
    what: str
    column: str
    value: str
    answer: str

    def __str__(self) -> str:
        return f"{self.entry} {self.what}"

    @property
    def is_of_course(self) -> bool:
        return self.column in COURSES


VALUES = [
    Value("V2", "a code in the notation of powers of ten", "code", "2.19E+07", "mangled_number"),
    Value("V2", "an element in the notation of powers of ten", "units", "SMT101|1E+05", "mangled_number"),
    Value("V2", "a code with a decimal point", "code", "21900123.0", "mangled_number"),
    Value("V3", "Arabic digits", "person", "٢٢٦٠٠٠٠١", "bad_identifier"),
    Value("V3", "full-width digits", "person", "２２６００００１", "bad_identifier"),
    Value("V3", "a superscript digit in a year", "year", "202²", "bad_year"),
    Value("V4", "a blank before a login", "person", " u1", "outer_blank"),
    Value("V4", "a no-break space behind a login", "person", "u1\u00a0", "outer_blank"),
    Value("V4", "a thin space inside a number", "person", "226\u2009001", "bad_identifier"),
    Value("V4", "a tab behind a code", "course", "C1\t", "outer_blank"),
    Value("V4", "a zero-width space in a login", "person", "u\u200b1", "bad_identifier"),
    Value("V4", "a zero-width space in a role", "role", "stu\u200bdent", "unknown_choice"),
    Value("V4", "blanks around a group, which are left out and told", "group", "  TD 1 ", "~blanks_removed"),
    Value("V4", "a code in small letters, taken in capitals and told", "component", "dro", "~capitals"),
    Value("V5", "accents as signs of their own, joined and told", "group", "E\u0301te\u0301", "~composed"),
    Value("V5", "a long s, which capitals make an s of", "course", "C\u017f", "bad_identifier"),
    Value("V5", "a dotless i", "code", "D\u0131", "bad_identifier"),
    Value("V5", "a sharp s in a component", "component", "STRA\u00dfE", "bad_identifier"),
    Value("V5", "a ligature in a role", "role", "tutor\ufb01", "unknown_choice"),
    Value("V5", "a role in full-width letters", "role", "ｔｕｔｏｒ", "unknown_choice"),
    Value("V6", "a Cyrillic letter in a login", "person", "m\u0430rtin", "bad_identifier"),
    Value("V7", "a text that runs backwards", "title", "Droit \u202elivic", "invisible"),
    Value("V7", "a bidi isolate in a group", "group", "TD\u2067 1", "invisible"),
    Value("V7", "a letter under a pile of marks", "title", "D" + "\u0335\u0322\u0301\u0306\u0308" + "roit", "marks"),
    Value("V7", "a picture", "title", "Droit 🎓", "taken"),
    Value("V7", "a character for private use", "title", "Droit \ue000", "invisible"),
    Value("V7", "a character that is none yet", "title", "Droit \U000e0080", "invisible"),
    Value("V8", "an apostrophe in a login", "person", "o'brien", "taken"),
    Value("V8", "a typographic apostrophe in a login", "person", "o’brien", "bad_identifier"),
    Value("V8", "an accent in place of an apostrophe", "person", "o´brien", "bad_identifier"),
    Value("V9", "a name of 300 letters", "title", "D" * 300, "too_long"),
    Value("V9", "a group called Null", "group", "Null", "taken"),
    Value("V9", "a title called NaN", "title", "NaN", "taken"),
    Value("V9", "one letter", "group", "A", "taken"),
    Value("V10", "an identifier that is one blank", "person", " ", "missing_value"),
    Value("V10", "an identifier that is not there", "person", "", "missing_value"),
    Value("V10", "a role that is a no-break space, taken as empty and told", "role", "\u00a0", "~blanks_removed"),
    Value("V11", "a formula in place of a code", "course", "=1+1", "bad_identifier"),
    Value("V11", "a formula that fetches a page", "code", '=HYPERLINK("x")', "bad_identifier"),
    Value("V11", "a command for the machine", "person", "=cmd|' /C calc'!A0", "bad_identifier"),
    Value("V11", "a full-width equals sign in a title", "title", "＝1", "taken"),
    Value("V11", "a formula behind a zero-width space", "title", "\u200b=1", "invisible"),
    Value("V12", "a script", "title", "<script>alert(1)</script>", "taken"),
    Value("V12", "a picture that runs a script", "group", '"><svg onload=alert(1)>', "taken"),
    Value("V12", "a sum in a template", "title", "{{7*7}}{% debug %}", "taken"),
    Value("V12", "a look-up in a log", "group", "${jndi:ldap://x/a}", "taken"),
    Value("V12", "a format in a login", "person", "%s%n{0.__class__}", "bad_identifier"),
    Value("V13", "a condition for the database", "person", "' OR 1=1--", "bad_identifier"),
    Value("V13", "a filter for the directory", "person", "*)(uid=*", "bad_identifier"),
    Value("V13", "a name of the directory in a title", "title", "cn=a,ou=b", "taken"),
    Value("V14", "a path in a code", "code", "../../etc/passwd", "bad_identifier"),
    Value("V14", "an address that runs a script", "title", "javascript:alert(1)", "taken"),
    Value("V14", "a file's address in a code", "course", "file:///etc", "bad_identifier"),
    Value("V15", "a mail address of 320 characters", "person", "a" * 308 + "@exemple.fr", "too_long"),
    Value("V15", "two mail addresses", "person", "a@exemple.fr,b@exemple.fr", "bad_identifier"),
    Value("V15", "a quoted local part", "person", '"a b"@exemple.fr', "bad_identifier"),
    Value("V15", "an international domain", "person", "a@éxemple.fr", "bad_identifier"),
    Value("V15", "a second line for the mail's head", "person", "a@exemple.fr%0aBcc:b@x.fr", "bad_identifier"),
    Value("V16", "the 31st of February", "start", "31/02/2027", "no_such_day"),
    Value("V16", "the 29th of February of a common year", "start", "2027-02-29", "no_such_day"),
    Value("V16", "a year of two digits", "start", "01/02/03", "bad_date"),
    Value("V16", "a date of noughts", "end", "00/00/0000", "no_such_day"),
    Value("V16", "the year 1", "start", "0001-01-01", "far_year"),
    Value("V16", "the year 9999", "end", "9999-12-31", "far_year"),
    Value("V16", "a date as a spreadsheet counts days", "start", "46352", "mangled_date"),
    Value("V16", "a date in thousandths of a second", "end", "1795734000000", "mangled_date"),
    Value("V16", "a date with a zone", "start", "2026-11-20T10:00+02:00", "bad_date"),
    Value("V16", "an hour that the clocks skip", "start", "2027-03-28 02:30", "skipped_hour"),
    Value("V16", "an hour that comes twice", "end", "2026-10-25 02:30", "doubled_hour"),
    Value("V16", "the month first", "start", "11/31/2026", "no_such_day"),
    Value("V18", "a role in French", "role", "étudiant", "unknown_choice"),
    Value("V18", "a role as a number", "role", "5", "unknown_choice"),
    Value("V18", "an operation in capitals with its accent", "operation", "DÉSINSCRIRE", "taken"),
    Value("V18", "a status nobody knows", "status", "archived", "unknown_choice"),
    Value("V18", "a yes of another language", "visible", "ja", "unknown_choice"),
    Value("V19", "a role of the site", "role", "superuser", "unknown_choice"),
    Value("V20", "a group called *", "group", "*", "no_letter"),
    Value("V20", "a group of 1,000 letters", "group", "T" * 1_000, "too_long"),
    Value("V21", "a wildcard in place of a course", "course", "%", "bad_identifier"),
    Value("V21", "an underscore, which is no wildcard", "course", "_", "taken"),
    Value("V22", "a negative year", "year", "-2026", "bad_year"),
    Value("V22", "a year beyond every integer", "year", "9" * 400, "bad_year"),
    Value("V22", "a year beyond every float", "year", "1e400", "bad_year"),
    Value("V22", "minus nought", "year", "-0", "bad_year"),
    Value("V25", "an accent as pages write it", "title", "Droit g&eacute;n&eacute;ral", "encoded"),
    Value("V25", "an accent as addresses write it", "title", "Droit g%C3%A9n%C3%A9ral", "encoded"),
    Value("V25", "an accent as mails write it", "group", "G=C3=A9n=C3=A9ral", "encoded"),
    Value("V25", "a character that was lost", "title", "Droit g\ufffdn\ufffdral", "garbled"),
    Value("V5", "UTF-8 read as another encoding", "title", "Droit gÃ©nÃ©ral", "garbled"),
    Value("P18", "a year where the component should be", "component", "2026-2027-DROIT", "too_long"),
]
