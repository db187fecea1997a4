"""When people last opened a course: never, last night, or weeks ago."""

from bisect import bisect_left
from datetime import timedelta
from random import Random

from courses.campus.plan import Plan, midnight_of

# How busy the platform is at each hour of the day.
_HOURS = (3, 1, 0, 0, 0, 1, 3, 9, 22, 24, 23, 18, 14, 20, 24, 22, 21, 22, 20, 17, 20, 24, 18, 9)
_FIRST_HALF_ENDS = (1, 5)


class Clock:
    """Draws last accesses that lie before the extract and after the courses opened."""

    def __init__(self, plan: Plan, dice: Random) -> None:
        self._dice = dice
        now = plan.extracted_at
        days = min(max((plan.last_day - plan.first_day).days, 0), 120)
        dates = [plan.last_day - timedelta(days=ago) for ago in range(days + 2)]
        self._days = [(day.isoformat(), midnight_of(day).replace(hour=12).isoformat()[19:]) for day in dates]
        self._weekend = [day.weekday() >= 5 for day in dates]
        self._minutes = sorted(
            hour * 60 + minute for hour, many in enumerate(_HOURS) for minute in range(60) for _ in range(many)
        )
        self._today = bisect_left(self._minutes, now.hour * 60 + now.minute)
        self.second_half_open = _FIRST_HALF_ENDS[0] <= now.month <= 6 or now.year > plan.year + 1

    def opened(self, zeal: float, even: bool) -> bool:
        """Whether somebody of that zeal has opened a course at all; ``even`` for one of the second semester."""
        if even and not self.second_half_open:
            return self._dice.random() < 0.07
        return self._dice.random() < 0.55 + 0.44 * min(1.0, zeal * 2.2)

    def moment(self, zeal: float) -> str:
        """An ISO date-time with the offset of Paris; the zealous came lately."""
        random = self._dice.random
        ago = int(self._dice.expovariate(1.0) * (1.5 + 16 * (1 - zeal) ** 2))
        if ago < len(self._days) - 2 and self._weekend[ago] and random() < 0.5:
            ago += 2
        ago = min(ago, len(self._days) - 2)
        slots = len(self._minutes)
        if ago == 0 and random() * slots < self._today:
            slots = self._today
        elif ago == 0:  # the day of the extract has only begun
            ago = 1
        minute = self._minutes[int(random() * slots)]
        day, offset = self._days[ago]
        return f"{day}T{minute // 60:02d}:{minute % 60:02d}:{int(random() * 60):02d}{offset}"
