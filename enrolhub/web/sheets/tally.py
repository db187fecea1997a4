"""What became of a file: its rows accounted for, and what they change."""

from dataclasses import asdict, dataclass, field

from enrolhub.web.sheets.reading import Sheet


@dataclass(slots=True)
class Tally:
    """The seven figures of FORMATS §2, in the order of its JSON line. `rows` = `accepted` + `rejected`."""

    rows: int = 0
    accepted: int = 0
    rejected: int = 0
    arrivals: int = 0
    departures: int = 0
    alterations: int = 0
    unchanged: int = 0

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


@dataclass(slots=True)
class Outcome:
    """A file that was read: its sheet with all rejections, its tally, and what else is worth telling."""

    sheet: Sheet
    tally: Tally
    notes: list[str] = field(default_factory=list)


def tally_of(sheet: Sheet) -> Tally:
    """The rows of a sheet whose rejections are complete; what they change is still to be counted."""
    rejected = len({rejection.line for rejection in sheet.rejections})
    return Tally(rows=sheet.row_count, accepted=sheet.row_count - rejected, rejected=rejected)
