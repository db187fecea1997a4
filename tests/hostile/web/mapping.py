"""Everything that a visitor of the site may open and send, found by going everywhere."""

from collections import deque
from collections.abc import Iterable

from tests.hostile.web.crawler import Answer, Crawler, served_forms
from tests.hostile.web.served import Sent

#: How many steps of forms one follows beyond those of the pages: previewed, confirmed.
DEEPEST, SHORT = 3, 1


class Map:
    """What a visitor finds by going everywhere and sending every form as it is offered: requests, and the names looked for."""

    def __init__(self, crawler: Crawler, pages: Iterable[Sent], deepest: int) -> None:
        self.crawler, self.faults = crawler, list[str]()
        self.answers: dict[Sent, Answer] = {}
        self.offered: list[Sent] = []
        waiting = deque((page, 0) for page in pages)
        shapes = {page.shape for page, _depth in waiting}
        while waiting:
            sent, depth = waiting.popleft()
            self.answers[sent] = self.judge(sent)
            for form in served_forms(self.answers[sent], sent):
                if form.shape not in shapes:
                    shapes.add(form.shape)
                    self.offered.append(form)
                    if depth < deepest:
                        waiting.append((form, depth + 1))

    def judge(self, sent: Sent) -> Answer:
        answer = self.crawler.ask(sent)
        self.faults += [f"{sent}: {fault}" for fault in self.crawler.faults(sent, answer)]
        return answer

    @property
    def confirmations(self) -> list[Sent]:
        """The forms offered that say what was seen before."""
        return [form for form in self.offered if "digest" in dict(form.fields)]

    @property
    def open(self) -> list[Sent]:
        """The requests that this visitor may send at all."""
        return [sent for sent, answer in self.answers.items() if answer.status not in (404, 405)]

    def names(self, sent: Sent) -> list[str]:
        """The names that the page looks for, and those of the form."""
        return sorted(self.answers[sent].asked | {name for name, _value in sent.fields})
