"""Which role of a source course becomes which here, as one text that the database reads too.

A part for each role of the site, in the order of their positions and with commas between: the position of the role that it
becomes, nothing where it does not come along. The empty text: everybody gets the role of the method.
"""

from collections.abc import Mapping

from django.db.models import Case, CharField, F, Func, IntegerField, QuerySet, TextField, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, NullIf

from courses.models import Method, Role

COMMA = ","


class MapPart(Func):
    """Part number ``position`` of a map."""

    function = "split_part"
    output_field = TextField()

    def __init__(self, text: str, position: str) -> None:
        super().__init__(F(text), Value(COMMA), F(position))


def join_map(becomes: Mapping[int, int]) -> str:
    """The text of a map from the position of a role to that of the one it becomes; the empty text of an empty map."""
    if not becomes:
        return ""
    last = Role.objects.order_by("-position").values_list("position", flat=True)[0]
    return COMMA.join(str(becomes.get(position, "")) for position in range(1, last + 1))


def split_map(text: str) -> dict[int, int]:
    """From the position of a role to that of the one it becomes."""
    parts = text.split(COMMA) if text else []
    return {position: int(part) for position, part in enumerate(parts, 1) if part}


def mapped_position(methods: QuerySet[Method], source_role: str) -> Combinable:
    """The position of the role that the (outer) method gives to someone of the role ``source_role`` (a path); null: none."""
    if not methods.exclude(role_map="").exists():
        return F("role__position")
    part = NullIf(MapPart("role_map", f"{source_role}__position"), Value("", output_field=TextField()))
    mapped = Cast(part, IntegerField())
    return Case(When(role_map="", then=F("role__position")), default=mapped, output_field=IntegerField())


def role_at(position: str) -> Case:
    """The short name of the role of this position."""
    roles = Role.objects.values_list("position", "short_name")
    return Case(*(When(**{position: at}, then=Value(name)) for at, name in roles), output_field=CharField())
