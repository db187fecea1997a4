"""Asks a server of known vulnerabilities about every locked version: python .ci/advisories.py LOCK…

The server speaks the protocol of OSV; ADVISORIES_URL is its address. Whatever keeps it from answering is said and passes: a machine
without a network can check everything else. Ends with 1 when an advisory applies that .ci/advisories.toml does not accept for
some time, with 2 when that file or a lock cannot be read. docs/licences.md says what to do then.
"""

import json
import os
import re
import sys
import time
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

ACCEPTED = Path(__file__).with_name("advisories.toml")
PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^\s;]+)", re.MULTILINE | re.IGNORECASE)
#: How long one step of the network may take, how long a whole answer, and how large it may be.
STEP_SECONDS, ANSWER_SECONDS, ANSWER_BYTES = 5, 30, 20_000_000
PAGES = 10
LONGEST_ACCEPTANCE = timedelta(days=92)
FINE, FOUND, UNREADABLE = 0, 1, 2


class Unanswered(Exception):
    """The server could not be asked, or said what no such server says."""


class Unreadable(Exception):
    """A lock or the list of what is accepted is not what it should be."""


@dataclass(frozen=True, order=True)
class Locked:
    """A package at the version that a lock file pins."""

    name: str
    version: str


@dataclass(frozen=True)
class Advisory:
    """A known vulnerability of a locked version. `names` are all it is known by, `fixed` the versions that mend it."""

    locked: Locked
    names: tuple[str, ...]
    summary: str = ""
    fixed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Acceptance:
    """An advisory that is known and lived with, why, and up to and including which day."""

    name: str
    reason: str
    until: date


def read_lock(path: Path) -> list[Locked]:
    """The versions that a lock file pins. Raises Unreadable."""
    try:
        found = PINNED.findall(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"{path}: {error}") from error
    if not found:
        raise Unreadable(f"{path}: pins no version; make it anew with `make lock`")
    return [Locked(name.lower(), version) for name, version in found]


def read_accepted(path: Path, today: date) -> list[Acceptance]:
    """What is accepted, expired acceptances included. Raises Unreadable."""
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8")).get("accepted", [])
        accepted = [Acceptance(row["id"], row["reason"].strip(), row["until"]) for row in rows]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreadable(f"{path.name}: each [[accepted]] has id, reason and until = a day ({error!r})") from error
    for each in accepted:
        if type(each.until) is not date or not each.reason or not isinstance(each.name, str):
            raise Unreadable(f"{path.name}: {each.name} wants a reason, and until = a day without quotes")
        if each.until > today + LONGEST_ACCEPTANCE:
            raise Unreadable(f"{path.name}: {each.name} is accepted for more than {LONGEST_ACCEPTANCE.days} days")
    return accepted


def fetch(url: str, asked: Any = None) -> dict[str, Any]:
    """The object that the server answers with, to a GET or to a POST of `asked`. Raises Unanswered."""
    body = None if asked is None else json.dumps(asked).encode()
    request = Request(url, data=body, headers={"Content-Type": "application/json"})  # noqa: S310  # see address()
    ends, answer = time.monotonic() + ANSWER_SECONDS, b""
    try:
        with urlopen(request, timeout=STEP_SECONDS) as response:  # noqa: S310
            while piece := response.read1(65536):
                answer += piece
                if time.monotonic() > ends or len(answer) > ANSWER_BYTES:
                    raise Unanswered("the answer is too slow or too long")
        said = json.loads(answer)
    except (URLError, OSError, HTTPException, ValueError) as error:
        raise Unanswered(str(error)) from error
    if not isinstance(said, dict):
        raise Unanswered("the answer is no object")
    return said


def advisories_of(url: str, locked: Sequence[Locked]) -> list[Advisory]:
    """Every advisory that the server knows of these versions. Raises Unanswered."""
    found: list[Advisory] = []
    questions = [(each, "") for each in locked]
    for _page in range(PAGES):
        queries = [query_for(each, token) for each, token in questions]
        results = fetch(f"{url}/v1/querybatch", {"queries": queries}).get("results")
        if not isinstance(results, list) or len(results) != len(questions):
            raise Unanswered("the answer has not one result a question")
        further = []
        for (each, _token), result in zip(questions, results, strict=True):
            ids, token = read_result(result)
            found += [described(url, each, name) for name in ids]
            further += [(each, token)] if token else []
        questions = further
        if not questions:
            return [each for each in found if each.names]
    raise Unanswered("the answer has too many pages")


def query_for(locked: Locked, token: str) -> dict[str, Any]:
    """The question about one version; the token of its answer's next page, if it is about that."""
    query = {"package": {"name": locked.name, "ecosystem": "PyPI"}, "version": locked.version}
    return query | ({"page_token": token} if token else {})


def read_result(result: Any) -> tuple[list[str], str]:
    """The ids of one result, and the token of its next page. Raises Unanswered."""
    try:
        names = [str(vulnerability["id"]) for vulnerability in result.get("vulns") or ()]
        return names, str(result.get("next_page_token") or "")
    except (AttributeError, KeyError, TypeError) as error:
        raise Unanswered(f"a result cannot be read: {error!r}") from error


def described(url: str, locked: Locked, name: str) -> Advisory:
    """The advisory in words; with its name alone where the server does not tell more. One that was withdrawn has no name."""
    try:
        told = fetch(f"{url}/v1/vulns/{quote(name, safe='')}")
        if told.get("withdrawn"):
            return Advisory(locked, ())
        aliases = [str(alias) for alias in told.get("aliases") or ()]
        return Advisory(locked, (name, *aliases), str(told.get("summary") or ""), fixed_versions(told, locked))
    except (Unanswered, AttributeError, TypeError):
        return Advisory(locked, (name,))


def fixed_versions(told: dict[str, Any], locked: Locked) -> tuple[str, ...]:
    """The versions of the package that an advisory says are mended, in the order told."""
    return tuple(
        str(event["fixed"])
        for affected in told.get("affected") or ()
        if str(affected.get("package", {}).get("name", "")).lower() == locked.name
        for span in affected.get("ranges") or ()
        if span.get("type") == "ECOSYSTEM"
        for event in span.get("events") or ()
        if "fixed" in event
    )


def verdict(found: Iterable[Advisory], accepted: Sequence[Acceptance], today: date) -> tuple[list[str], bool]:
    """What there is to say of the advisories, and whether nothing speaks against the locked versions."""
    lines, is_fine = [], True
    used: set[str] = set()
    for advisory in found:
        known = next((each for each in accepted if each.name in advisory.names), None)
        used |= {known.name} if known else set()
        if known and known.until >= today:
            lines.append(f"accepted until {known.until}: {in_words(advisory)} — {known.reason}")
            continue
        is_fine = False
        lines.append(f"{f'no longer accepted since {known.until}: ' if known else ''}{in_words(advisory)}")
    lines += [f"{each.name} is accepted and applies no more: take it out" for each in accepted if each.name not in used]
    return lines, is_fine


def in_words(advisory: Advisory) -> str:
    """One line: package and version, the advisory, what it is about, what mends it."""
    locked, names = advisory.locked, " = ".join(advisory.names)
    about = f": {' '.join(advisory.summary.split())}" if advisory.summary else ""
    mended = f" (mended in {', '.join(dict.fromkeys(advisory.fixed))})" if advisory.fixed else ""
    return f"{locked.name} {locked.version}: {names}{about}{mended}"


def check(locks: Sequence[Path], url: str, accepted_in: Path, today: date) -> int:
    """Ask, say what was found or that nobody was asked, and give the exit code."""
    try:
        locked = sorted({each for lock in locks for each in read_lock(lock)})
        accepted = read_accepted(accepted_in, today)
    except Unreadable as error:
        say(str(error))
        return UNREADABLE
    try:
        lines, is_fine = verdict(advisories_of(address(url), locked), accepted, today)
    except Unanswered as error:
        say(f"NOT CHECKED ({len(locked)} locked versions): {error}")
        return FINE
    for line in lines:
        say(line)
    outcome = (
        "none applies that is not accepted" if is_fine else "mend the lock, or accept for a while (docs/licences.md)"
    )
    say(f"{len(locked)} locked versions asked; {outcome}.")
    return FINE if is_fine else FOUND


def address(url: str) -> str:
    """The server's address without its last slash. Raises Unanswered when there is none, or it is none of a web server."""
    if not url:
        raise Unanswered("ADVISORIES_URL names no server to ask (docs/licences.md)")
    if not url.startswith(("https://", "http://")):
        raise Unanswered(f"ADVISORIES_URL is {url}, which is no address of a web server")
    return url.rstrip("/")


def say(line: str) -> None:
    sys.stdout.write(f"Advisories: {line}\n")


if __name__ == "__main__":
    here = datetime.now(UTC).date()
    sys.exit(check([Path(name) for name in sys.argv[1:]], os.environ.get("ADVISORIES_URL", ""), ACCEPTED, here))
