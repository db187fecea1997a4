"""Small pictures of numbers: inline SVG made from plain data, coloured by the theme's classes.

Every function returns markup that is safe to print: numbers are formatted here, words are escaped, and there
is neither a style attribute nor a script in it. A picture says in words what it shows; the figures
themselves stand in a table beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil

from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from enrolhub.web.dates import SHORT_MONTHS

LEFT, TOP, BOTTOM, HEIGHT = 44, 22, 24, 216


@dataclass(frozen=True)
class Night:
    """What one night did; `held` departures wait for a decision, a `refused` night did nothing."""

    on: date
    arrivals: int = 0
    departures: int = 0
    held: int = 0
    refused: bool = False


@dataclass(frozen=True)
class _Frame:
    """Where values fall: one zero line, the same scale above and below it."""

    width: int
    step: int
    ups: int
    downs: int

    def y(self, value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (self.ups * self.step - value) / ((self.ups + self.downs) * self.step)


def round_step(highest: int, lines: int = 3) -> int:
    """The distance between the lines of a scale: 1, 2 or 5 and zeros, so that at most `lines` reach `highest`."""
    step = 1
    while True:
        for factor in (1, 2, 5):
            if step * factor * lines >= highest:
                return step * factor
        step *= 10


def nights_chart(
    nights: Sequence[Night], *, title: str, description: str, width: int = 830, kind: str = "wide"
) -> SafeString:
    """Draw arrivals up and departures down, one bar a night.

    `kind` is ``wide`` (shown on a desktop) or ``phone`` (give it the last 14 nights and a width of 320).
    """
    highest = max((night.arrivals for night in nights), default=0)
    lowest = max((night.departures + night.held for night in nights), default=0)
    step = round_step(max(highest, lowest, 1))
    frame = _Frame(width, step, ups=max(ceil(highest / step), 1), downs=ceil(lowest / step))
    slot = (width - LEFT) / max(len(nights), 1)
    bars = [_night(night, frame, LEFT + slot * index, slot, f"hatch-{kind}") for index, night in enumerate(nights)]
    return format_html(
        '<svg class="chart chart-{kind}" viewBox="0 0 {width} {height}" role="img" aria-labelledby="chart-{kind}-title chart-{kind}-text">'
        '<title id="chart-{kind}-title">{title}</title><desc id="chart-{kind}-text">{description}</desc>'
        '<defs><pattern id="hatch-{kind}" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<path class="hatch" d="M0 0V4" stroke-width="2"/></pattern></defs>{lines}{bars}{days}</svg>',
        kind=kind,
        width=width,
        height=HEIGHT,
        title=title,
        description=description,
        lines=_lines(frame),
        bars=mark_safe("".join(bars)),  # noqa: S308  # made of safe strings just above
        days=_days(nights, slot),
    )


def _lines(frame: _Frame) -> SafeString:
    return format_html_join(
        "",
        '<path class="{}" d="M{} {}H{}"/><text x="{}" y="{}" text-anchor="end">{}</text>',
        (
            (
                "grid-line" if level else "zero-line",
                LEFT,
                _n(frame.y(level * frame.step)),
                frame.width,
                LEFT - 8,
                _n(frame.y(level * frame.step) + 4),
                number_format(abs(level * frame.step), force_grouping=True),
            )
            for level in range(-frame.downs, frame.ups + 1)
        ),
    )


def _night(night: Night, frame: _Frame, x: float, slot: float, hatch: str) -> SafeString:
    left, wide, zero = x + slot * 0.16, slot * 0.68, frame.y(0)
    if night.refused:
        cross, reach = x + slot / 2, 3.5
        return format_html(
            '<path class="refused" stroke-width="2" d="M{0} {2}L{1} {3}M{0} {3}L{1} {2}"/>',
            _n(cross - reach),
            _n(cross + reach),
            _n(zero - reach),
            _n(zero + reach),
        )
    parts = [
        _bar("arrivals", left, frame.y(night.arrivals), wide, zero - frame.y(night.arrivals)),
        _bar("departures", left, zero, wide, frame.y(-night.departures) - zero),
    ]
    if night.held:
        top = frame.y(-night.departures) + 1.5
        tall = max(frame.y(-night.departures - night.held) - top, 3)
        parts.append(
            format_html(
                '<rect class="held" x="{}" y="{}" width="{}" height="{}" rx="1.5" fill="url(#{})"/>',
                _n(left),
                _n(top),
                _n(wide),
                _n(tall),
                hatch,
            )
        )
    return mark_safe("".join(parts))  # noqa: S308  # made of safe strings just above


def _bar(kind: str, x: float, y: float, width: float, height: float) -> SafeString:
    if height <= 0:
        return mark_safe("")
    return format_html(
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="1.5"/>',
        kind,
        _n(x),
        _n(y),
        _n(width),
        _n(max(height, 1)),
    )


def _days(nights: Sequence[Night], slot: float) -> SafeString:
    """A date under every fifth bar, counted back from the last one, which is in bold."""
    last = len(nights) - 1
    return format_html_join(
        "",
        '<text x="{}" y="{}" text-anchor="{}"{}>{}</text>',
        (
            (
                _n(LEFT + slot * (index + 0.5)) if index < last else _n(LEFT + slot * len(nights)),
                HEIGHT - 6,
                "middle" if index < last else "end",
                mark_safe(' class="strong"') if index == last else "",
                f"{night.on.day}\u00a0{SHORT_MONTHS[night.on.month - 1]}",
            )
            for index, night in enumerate(nights)
            if (last - index) % 5 == 0
        ),
    )


def sparkline(values: Sequence[int], *, title: str, width: int = 76, height: int = 20) -> SafeString:
    """Draw how a number went, as a thin line, at mid-height when it stays; fewer than two values draw nothing."""
    if len(values) < 2:
        return mark_safe("")
    low, high = min(values), max(values)
    across, up, foot = (width - 2) / (len(values) - 1), (height - 4) / max(high - low, 1), height - 2
    if low == high:
        foot = height // 2
    points = " ".join(f"{_n(1 + across * index)},{_n(foot - up * (value - low))}" for index, value in enumerate(values))
    return format_html(
        '<svg class="spark" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img"><title>{title}</title>'
        '<polyline points="{points}" stroke-width="1.4" stroke-linejoin="round"/></svg>',
        w=width,
        h=height,
        title=title,
        points=points,
    )


def share_bar(part: float, limit: float | None = None, *, width: int = 92) -> SafeString:
    """Draw a share of 1 with a tick at its limit. The share and the limit stand beside it in words, so it is decoration."""
    filled = width * min(max(part, 0), 1)
    tick = (
        ""
        if limit is None
        else format_html(
            '<rect class="limit" x="{}" y="0" width="2" height="10"/>', _n(width * min(max(limit, 0), 1) - 1)
        )
    )
    return format_html(
        '<svg class="share" width="{w}" height="10" viewBox="0 0 {w} 10" aria-hidden="true" focusable="false">'
        '<rect class="track" y="2" width="{w}" height="6" rx="3"/>'
        '<rect class="part" y="2" width="{filled}" height="6" rx="3"/>{tick}</svg>',
        w=width,
        filled=_n(filled),
        tick=tick,
    )


def span_bar(start: float, length: float, *, width: int = 240) -> SafeString:
    """Draw where a step lies in a whole of 1 (the phases of a night on one time line). Decoration: the duration stands beside it."""
    left = width * min(max(start, 0), 1)
    wide = min(max(width * length, 8), width - min(left, width - 8))
    return format_html(
        '<svg class="span" width="{w}" height="10" viewBox="0 0 {w} 10" aria-hidden="true" focusable="false">'
        '<rect class="track" y="1" width="{w}" height="8" rx="4"/>'
        '<rect class="part" x="{x}" y="1" width="{wide}" height="8" rx="4"/></svg>',
        w=width,
        x=_n(min(left, width - 8)),
        wide=_n(wide),
    )


def _n(value: float) -> str:
    """A coordinate: at most one decimal, a point whatever the language."""
    return f"{value:.1f}".removesuffix(".0")
