// The drawing itself, in a chunk of its own: ECharts with lines, bars and the SVG renderer.
// Everything is set through the CSS object model, which a strict style-src allows.

import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { formatMinor, formatShort } from "./money.js";

use([BarChart, LineChart, GridComponent, TooltipComponent, SVGRenderer]);

const drawn = new Map();
const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;

function ink(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function monthName(label, style) {
  const [year, month, day] = label.split("-").map(Number);
  const date = new Date(Date.UTC(year, (month ?? 1) - 1, day ?? 1));
  const locale = document.documentElement.dataset.locale || "en";
  const options = day ? { day: "numeric", month: style } : { month: style };
  if (style === "long") options.year = "numeric";
  return new Intl.DateTimeFormat(locale, { ...options, timeZone: "UTC" }).format(date);
}

function tip(data, points) {
  const box = document.createElement("div");
  const head = document.createElement("div");
  head.className = "mb-1 font-medium";
  head.textContent = monthName(points[0].axisValue, "long");
  box.append(head);
  for (const point of points) {
    const line = document.createElement("div");
    line.className = "flex items-center justify-between gap-6";
    const name = document.createElement("span");
    name.className = `key-${data.series[point.seriesIndex].tone} before:mr-1.5 before:content-['\u25cf']`;
    const words = document.createElement("span");
    words.className = "text-muted";
    words.textContent = point.seriesName;
    name.append(words);
    const figure = document.createElement("span");
    figure.className = "font-medium";
    const value = data.series[point.seriesIndex].values[point.dataIndex + data.offset];
    figure.textContent = formatMinor(value, data.currency, data.digits);
    line.append(name, figure);
    box.append(line);
  }
  return box;
}

function seriesOf(one, data) {
  const colour = one.tone === "ink" ? ink("--color-base-content") : ink(`--chart-${one.tone}`);
  const values = one.values.slice(data.offset);
  const shared = { name: one.name, data: values, itemStyle: { color: colour } };
  if (one.shape === "bar") {
    const radius = values.every((value) => value <= 0) ? [0, 0, 3, 3] : [3, 3, 0, 0];
    return { ...shared, type: "bar", stack: data.stacked ? "all" : undefined, barMaxWidth: 18, itemStyle: { color: colour, borderRadius: radius } };
  }
  return {
    ...shared,
    type: "line",
    showSymbol: values.length < 2 || one.shape === "dots",
    symbol: "circle",
    symbolSize: 6,
    lineStyle: { width: 2, color: colour, type: one.dashed ? "dashed" : "solid" },
    areaStyle: one.shape === "area" ? { color: colour, opacity: 0.1 } : undefined,
    z: 5,
  };
}

function optionOf(data) {
  const muted = ink("--muted");
  const labels = data.labels.slice(data.offset);
  const text = { color: muted, fontSize: 11, fontFamily: "inherit" };
  return {
    animation: false,
    grid: { left: 4, right: 8, top: 12, bottom: 4, containLabel: true },
    textStyle: { fontFamily: "inherit" },
    tooltip: {
      trigger: "axis",
      className: "chart-tip",
      backgroundColor: ink("--color-base-100"),
      borderWidth: 0,
      padding: [8, 12],
      textStyle: { color: ink("--color-base-content"), fontSize: 12, fontFamily: "inherit" },
      transitionDuration: isStill ? 0 : 0.15,
      axisPointer: { type: "line", lineStyle: { color: muted, type: "dotted" } },
      formatter: (points) => tip(data, points),
    },
    xAxis: {
      type: "category",
      data: labels,
      boundaryGap: data.series.some((one) => one.shape === "bar"),
      axisTick: { show: false },
      axisLine: { lineStyle: { color: ink("--hairline") } },
      axisLabel: {
        ...text,
        hideOverlap: true,
        formatter: (label) =>
          label.endsWith("-01") && label.length === 7 ? label.slice(0, 4) : monthName(label, "short"),
      },
    },
    yAxis: {
      type: "value",
      scale: data.scale,
      splitNumber: 4,
      axisLabel: { ...text, formatter: (value) => formatShort(value, data.currency, data.digits) },
      splitLine: { lineStyle: { color: ink("--hairline") } },
    },
    series: data.series.map((one) => seriesOf(one, data)),
  };
}

export function drawChart(figure) {
  const canvas = figure.querySelector("[data-chart-canvas]");
  const data = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
  const pressed = figure.querySelector("[data-range][aria-pressed='true']");
  const range = pressed ? Number(pressed.dataset.range) : 0;
  data.offset = range ? Math.max(0, data.labels.length - range) : 0;
  const chart = init(canvas, null, { renderer: "svg" });
  drawn.set(figure, { chart, data });
  chart.setOption(optionOf(data));
  new ResizeObserver(() => canvas.offsetWidth && chart.resize()).observe(canvas);
}

export function setRange(figure, months) {
  const entry = drawn.get(figure);
  if (!entry) return;
  entry.data.offset = months ? Math.max(0, entry.data.labels.length - months) : 0;
  entry.chart.setOption(optionOf(entry.data), { notMerge: true });
}

export function redrawAll() {
  for (const [figure, { chart, data }] of drawn) {
    if (figure.isConnected) chart.setOption(optionOf(data), { notMerge: true });
    else {
      chart.dispose();
      drawn.delete(figure);
    }
  }
}
