"""Values that have broken sites (RELIABILITY.md §5e, W7 to W13), and ways to put them into what a page wants to be sent."""

from tests.hostile.web.served import Fields

#: Markup; where a page has it to the letter, a browser runs it.
SCRIPT = "<zq onload=alert(1)>"
VALUES = [
    "", " ", "\x00", "a\x00b", "-1", "0", str(2**31), str(2**63), "9" * 5_000, "1;", "1%00", "1.5", "1e3", "NaN", "٣٠", "Infinity",
    "*", "%", "_", "(a+)+$" * 40, "x" * 20_000, "'; DROP TABLE courses_course; --", SCRIPT, f"\"'>{SCRIPT}", "{{7*7}}", "{%x%}",
    "//evil.example", "\\/evil.example", "https://evil.example/", "javascript:alert(1)", "../../etc/passwd", "a\r\nSet-Cookie: a=b",
    "none", "null", "[]", '{"a":' * 200, "\ud7ff\U0010ffff", "\u202e\u200b", "2026-02-30T25:61", "0001-01-01", "9999-12-31T23:59",
    "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "user__password__startswith", "+new", "new", "yes", "on", "confirm", "preview", "search",
]  # fmt: skip
#: What the pages of the site know to be asked; a page is also asked what others know.
NAMES = [
    "q",
    "sort",
    "page",
    "per_page",
    "step",
    "next",
    "person",
    "method",
    "group",
    "course",
    "digest",
    "user__password",
]
#: Fields that no form has and a careless one would take for columns.
EXTRA = (
    "id",
    "pk",
    "user",
    "user_id",
    "author",
    "course",
    "course_id",
    "keeper",
    "is_staff",
    "is_superuser",
    "password",
    "_method",
)
REPLACED, REPEATED, LEFT_OUT = "replaced", "repeated", "left out"
WAYS = [REPLACED, REPEATED, LEFT_OUT]


def twisted(fields: Fields, name: str, value: str, way: str) -> Fields:
    """The fields with this one replaced, once more behind, or left out."""
    rest = tuple(pair for pair in fields if pair[0] != name)
    return {REPLACED: (*rest, (name, value)), REPEATED: (*fields, (name, value)), LEFT_OUT: rest}[way]
