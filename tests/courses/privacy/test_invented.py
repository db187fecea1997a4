"""Test data are invented: no mail address of the repository is at a place where somebody could read it (docs/privacy.md)."""

import re

from tests.house.tree import name_of, tracked_files

ADDRESS = re.compile(r"(?<=[\w.+-])@((?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,})\b")
#: Domains that stand for any, and in hostile cases names of one word.
NOBODYS = re.compile(
    r"(.*\.)?(exemple|example|test|invalid)(\.(fr|org|com|net))?|[a-z]\.fr|(autre|site|evil|intrus|etu)\.(fr|com)", re.I
)
READ = {".py", ".txt", ".md", ".html", ".csv", ".sql", ".env", ".conf", ".toml", ".po", ".sh"}


def test_no_mail_address_is_anybodys() -> None:
    found = {
        (name_of(path), domain)
        for path in tracked_files()
        if path.suffix in READ and "licences" not in path.name
        for domain in ADDRESS.findall(path.read_text(encoding="utf-8", errors="ignore"))
        if not NOBODYS.fullmatch(domain)
    }
    assert found == set()
