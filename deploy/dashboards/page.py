"""What a dashboard is made of, and how it becomes Grafana's own.

It exists so that the pages say what is shown and nothing about Grafana: every panel has a title, a
description and a unit because it cannot be made without.
"""

from __future__ import annotations

from dataclasses import dataclass

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, text, timeseries
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models.dashboard import (
    Dashboard,
    DashboardCursorSync,
    DashboardLinkType,
    DataSourceRef,
    Threshold,
    ThresholdsMode,
    VariableRefresh,
)
from grafana_foundation_sdk.models.text import TextMode

# The page of the hub that the metrics are from: a process tells where people open it.
RUNBOOK = "${hub:raw}/admin/runbook"
_HUBS = "label_values(hub_info, base_url)"
SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
TAG = "pfh"
_WIDTH, _HEIGHT = 8, 8
_STAT_WIDTH, _STAT_HEIGHT = 4, 4
_TEXT_WIDTH, _TEXT_HEIGHT = 24, 3


@dataclass(frozen=True, slots=True)
class Line:
    """One query: an expression, and what each of its series is called."""

    expression: str
    legend: str = "__auto"


def rate(metric: str, by: str = "") -> str:
    """Return the expression of a counter's growth in a second, added up by labels."""
    return f"sum{f' by ({by})' if by else ''} (rate({metric}[$__rate_interval]))"


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A graph, or with `is_stat` its latest figure.

    `unit` is Grafana's name of one; `needs` the exporter whose metrics are asked for, if it is not
    the hub; `warning` and `critical` are drawn as colours; above them is bad, or with `low_is_bad`
    below.
    """

    title: str
    description: str
    unit: str
    lines: tuple[Line, ...]
    needs: str = ""
    is_stat: bool = False
    warning: float | None = None
    critical: float | None = None
    low_is_bad: bool = False

    @property
    def told(self) -> str:
        """The description, with what it depends on."""
        return self.description + (f" Needs {self.needs}." if self.needs else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A dashboard: rows of panels, and the sections of the runbook that go with it."""

    uid: str
    title: str
    description: str
    runbook: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, tuple[Panel, ...]], ...]


def build(page: Page) -> Dashboard:
    """Return Grafana's dashboard."""
    builder = (
        dashboard.Dashboard(page.title)
        .uid(page.uid)
        .description(page.description)
        .tags([TAG])
        .readonly()
        .refresh("30s")
        .time("now-3h", "now")
        .timezone("browser")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .with_variable(
            dashboard.DatasourceVariable("datasource").label("Source").type("prometheus")
        )
        .with_variable(
            dashboard.QueryVariable("hub")
            .label("Hub")
            .description("Whose runbook the links open; of several hubs, choose one.")
            .datasource(SOURCE)
            .query(_HUBS)
            .refresh(VariableRefresh.ON_DASHBOARD_LOAD)
        )
        .link(
            dashboard.DashboardLink("Personal Finance Hub")
            .type(DashboardLinkType.DASHBOARDS)
            .tags([TAG])
            .as_dropdown(as_dropdown=True)
            .keep_time(keep_time=True)
        )
        .with_panel(_runbook(page))
    )
    for title, panels in page.rows:
        builder = builder.with_row(dashboard.Row(title))
        for panel in panels:
            builder = builder.with_panel(_stat(panel) if panel.is_stat else _graph(panel))
    return builder.build()


def _runbook(page: Page) -> text.Panel:
    """Return where to read on: sections of the runbook that the hub shows to administrators."""
    places = " · ".join(f"[{title}]({RUNBOOK}#{anchor})" for title, anchor in page.runbook)
    return (
        text.Panel()
        .title("When something here is wrong")
        .description("Sections of the runbook that begin with what this dashboard shows.")
        .mode(TextMode.MARKDOWN)
        .content(f"{page.description}\n\n**Runbook.** {places}")
        .span(_TEXT_WIDTH)
        .height(_TEXT_HEIGHT)
    )


def _graph(panel: Panel) -> timeseries.Panel:
    builder = (
        timeseries.Panel()
        .title(panel.title)
        .description(panel.told)
        .unit(panel.unit)
        .datasource(SOURCE)
        .span(_WIDTH)
        .height(_HEIGHT)
        .min(0)
        .line_width(1)
        .fill_opacity(8)
        .legend(
            common.VizLegendOptions()
            .show_legend(show_legend=True)
            .display_mode(shapes.LegendDisplayMode.LIST)
            .placement(shapes.LegendPlacement.BOTTOM)
        )
        .thresholds(_thresholds(panel))
        .thresholds_style(
            common.GraphThresholdsStyleConfig().mode(shapes.GraphTresholdsStyleMode.DASHED)
        )
    )
    for number, line in enumerate(panel.lines):
        builder = builder.with_target(_query(line, number))
    return builder


def _stat(panel: Panel) -> stat.Panel:
    builder = (
        stat.Panel()
        .title(panel.title)
        .description(panel.told)
        .unit(panel.unit)
        .datasource(SOURCE)
        .span(_STAT_WIDTH)
        .height(_STAT_HEIGHT)
        .thresholds(_thresholds(panel))
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    )
    for number, line in enumerate(panel.lines):
        builder = builder.with_target(_query(line, number))
    return builder


def _query(line: Line, number: int) -> prometheus.Dataquery:
    return (
        prometheus.Dataquery()
        .expr(line.expression)
        .legend_format(line.legend)
        .ref_id(chr(ord("A") + number))
        .range()
    )


def _thresholds(panel: Panel) -> dashboard.ThresholdsConfig:
    bounds = [(panel.warning, "orange"), (panel.critical, "red")]
    steps = [Threshold(value=value, color=color) for value, color in bounds if value is not None]
    first = "green"
    if panel.low_is_bad:
        # Colours are those from a value on upwards: the worst stands first.
        colors = [step.color for step in reversed(steps)] + ["green"]
        values = [step.value for step in reversed(steps)]
        first = colors[0]
        steps = [
            Threshold(value=value, color=color)
            for value, color in zip(values, colors[1:], strict=True)
        ]
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(
        [Threshold(value=None, color=first), *steps]
    )  # fmt: skip
