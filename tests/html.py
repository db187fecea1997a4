"""Reading pages as people do: the text of their parts, the rows of their tables, and what they cost."""

import re
from typing import Any

from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext


def soup_of(client: Client, address: str) -> BeautifulSoup:
    """The page at this address, which must be there."""
    response = client.get(address)
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def part_of(soup: Any, selector: str) -> Any:
    """The first part of a page that a selector names; it must be there."""
    found = soup.select_one(selector)
    assert found is not None, selector
    return found


def text_of(tag: Any) -> str:
    """The words of a part of a page, blanks as one."""
    return re.sub(r"\s+", " ", tag.get_text(" ", strip=True)).strip()


def cells_of(soup: Any, selector: str = "table tbody tr") -> list[list[str]]:
    """The cells of a table, row by row."""
    return [[text_of(cell) for cell in row.find_all(["th", "td"])] for row in soup.select(selector)]


def cost_of(client: Client, address: str) -> int:
    """How many queries a page takes."""
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)
