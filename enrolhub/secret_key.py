"""A secret key of this installation's own, for when the environment gives none."""

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path


def read_or_make_secret(path: Path) -> str:
    """The secret key kept in `path`; made at the first call, readable by its owner only."""
    if not path.exists():
        handle, draft = tempfile.mkstemp(dir=path.parent)  # mode 0600
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
        with suppress(FileExistsError):
            os.link(draft, path)  # whole or not at all; of two processes that start together the first one wins
        os.unlink(draft)
    return path.read_text(encoding="ascii").strip()
