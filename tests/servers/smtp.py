"""A real mail server on the loopback that keeps what it accepts and refuses what a test tells it to."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from enrolhub.processes import free_port


class MailServer:
    """``mails`` is what was accepted, in order. ``answers`` are given, one after the other, instead of accepting an address,
    ``data_answers`` instead of accepting its mail. The mail to ``hangs_on`` gets no answer until ``answer_now``; it is
    kept or, unless ``keeps``, thrown away.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.answers: dict[str, list[str]] = {}
        self.data_answers: dict[str, list[str]] = {}
        self.sender_answers: list[str] = []
        self.hangs_on, self.keeps = "", True
        self.is_hanging = threading.Event()
        self.sessions = 0

    async def handle_EHLO(
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: Sequence[str]
    ) -> Sequence[str]:
        self.sessions += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if self.sender_answers:
            return self.sender_answers.pop(0)
        envelope.mail_from = address
        return "250 sender taken"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if self.answers.get(address):
            return self.answers[address].pop(0)
        envelope.rcpt_tos.append(address)
        return "250 recipient taken"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        [address] = envelope.rcpt_tos
        if self.data_answers.get(address):
            return self.data_answers[address].pop(0)
        if address != self.hangs_on or self.keeps:
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
            self.recipients.append(address)
        if address == self.hangs_on:
            await self._hang()
        return "250 mail taken"

    async def _hang(self) -> None:
        self._loop, self._release = asyncio.get_running_loop(), asyncio.Event()
        self.is_hanging.set()
        with suppress(asyncio.CancelledError):
            await self._release.wait()

    def answer_now(self) -> None:
        """Answer the mail that hangs; called from the test's own thread."""
        self._loop.call_soon_threadsafe(self._release.set)


@contextmanager
def running_mail_server(port: int = 0) -> Iterator[MailServer]:
    """A mail server that listens on this port of the loopback, or on a free one."""
    server = MailServer(port or free_port())
    controller = Controller(server, hostname="127.0.0.1", port=server.port)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()
