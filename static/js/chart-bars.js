// Stacked bars, standing or lying, by Chart.js.

import "../vendor/chartjs/chart.umd.min.js";
import { colour, fill } from "./chart-fills.js";

const { Chart } = globalThis;
const still = matchMedia("(prefers-reduced-motion: reduce)");
// Below so many pixels the names of lying bars stand above them.
const NARROW = 560;
const REMS_A_BAR = { beside: 2.75, above: 3.5 };
const BAR = 20;

export class Bars {
  constructor(place, data) {
    this.place = place;
    this.data = data;
    this.canvas = document.createElement("canvas");
    place.append(this.canvas);
    this.redraw();
  }

  // Draws it anew, in the colours and the width of now.
  redraw() {
    this.chart?.destroy();
    this.style = styleOf(this.place);
    this.above = this.data.lying && this.place.clientWidth < NARROW;
    if (this.data.lying) this.place.style.height = `${this.#rems()}rem`;
    this.chart = new Chart(this.canvas, {
      type: "bar",
      data: { labels: this.data.points.map(({ lines }) => lines), datasets: this.#datasets() },
      options: this.#options(),
      plugins: this.data.lying ? [this.#words(), roomBelowLegend] : [roomBelowLegend],
    });
  }

  #rems() {
    const { points, series } = this.data;
    const legend = series.length > 1 ? 3 : 0;
    return points.length * (this.above ? REMS_A_BAR.above : REMS_A_BAR.beside) + legend + 2;
  }

  #datasets() {
    const { ground } = this.style;
    return this.data.series.map(({ label, token, values }, number) => {
      const filled = fill(this.place, { number, token, ground });
      return {
        label,
        data: values.map((value) => value / this.#unit()),
        backgroundColor: filled,
        hoverBackgroundColor: filled,
        borderColor: ground,
        hoverBorderColor: this.style.ink,
        borderWidth: 1,
        borderSkipped: false,
        maxBarThickness: this.data.lying ? BAR : 56,
      };
    });
  }

  #unit() {
    return this.data.currency ? 100 : 1;
  }

  #options() {
    const { lying, series } = this.data;
    const [along, across] = lying ? ["y", "x"] : ["x", "y"];
    return {
      indexAxis: along,
      maintainAspectRatio: false,
      animation: still.matches ? false : { duration: 120 },
      color: this.style.ink,
      font: this.style.font,
      layout: { padding: { right: lying ? this.#endsWidth() : 0 } },
      interaction: { mode: "index", axis: along, intersect: false },
      onResize: (_, { width }) => this.#turn(width),
      onClick: (_, [bar]) => this.#open(bar),
      onHover: (event, bars) => {
        event.native.target.style.cursor = bars.length && this.#link(bars[0]) ? "pointer" : "";
      },
      scales: { [along]: this.#names(), [across]: this.#amounts() },
      plugins: {
        legend: {
          display: series.length > 1,
          align: "start",
          labels: { color: this.style.ink, font: this.style.font, boxWidth: 22, boxHeight: 14, padding: 14 },
        },
        tooltip: this.#tooltip(),
      },
    };
  }

  #names() {
    const { lying, points } = this.data;
    return {
      stacked: true,
      grid: { display: false },
      border: { display: !this.above, color: this.style.edge },
      ticks: {
        display: !this.above,
        color: this.style.ink,
        font: this.style.font,
        autoSkip: !lying,
        maxRotation: 0,
        // A third of the room, at most.
        callback: (_, number) => points[number].lines.map((line) => this.#cut(line, this.place.clientWidth / 3)),
      },
    };
  }

  #amounts() {
    return {
      stacked: true,
      beginAtZero: true,
      grid: { display: !this.above, color: this.style.rule },
      border: { display: false },
      ticks: {
        color: this.style.quiet,
        font: this.style.font,
        precision: this.data.currency ? undefined : 0,
        maxTicksLimit: 6,
        maxRotation: 0,
        callback: (amount) => amountOf(amount, this.data.currency),
      },
    };
  }

  // The numbers are the table's own words: nothing is rounded or written otherwise here.
  #tooltip() {
    const { points, series, beside } = this.data;
    return {
      backgroundColor: this.style.ink,
      titleColor: this.style.ground,
      bodyColor: this.style.ground,
      footerColor: this.style.ground,
      titleFont: { ...this.style.font, weight: "bold" },
      bodyFont: this.style.font,
      footerFont: this.style.font,
      multiKeyBackground: this.style.ground,
      animation: still.matches ? false : { duration: 120 },
      padding: 10,
      filter: ({ raw }) => raw !== 0,
      callbacks: {
        title: ([first]) => (first ? points[first.dataIndex].lines : []),
        label: ({ datasetIndex, dataIndex }) => ` ${said(series[datasetIndex], dataIndex)}`,
        footer: ([first]) => (first ? beside.map((each) => said(each, first.dataIndex)).filter(Boolean) : []),
      },
    };
  }

  #link(bar) {
    return this.data.points[bar.index].link;
  }

  #open(bar) {
    const link = bar && this.#link(bar);
    if (link) location.assign(link);
  }

  // A phone that is turned has room beside the bars, or has none any more.
  #turn(width) {
    if (this.data.lying && this.above !== width < NARROW) requestAnimationFrame(() => this.redraw());
  }

  // At the end of each lying bar its number, and above it, where there is no room beside it, its name.
  #words() {
    const { data, style } = this;
    return {
      id: "words",
      afterDatasetsDraw: ({ ctx, scales, chartArea, width }) => {
        ctx.save();
        Object.assign(ctx, { fillStyle: style.ink, textBaseline: "middle" });
        data.points.forEach(({ lines }, number) => {
          const [end, middle] = [scales.x.getPixelForValue(this.#sum(number)), scales.y.getPixelForValue(number)];
          ctx.font = style.bold;
          ctx.fillText(endOf(data, number), end + 6, middle);
          if (!this.above) return;
          ctx.font = style.plain;
          const name = this.#cut(lines.toReversed().join("  "), width - chartArea.left);
          ctx.fillText(name, chartArea.left, middle - BAR);
        });
        ctx.restore();
      },
    };
  }

  #sum(number) {
    return this.data.series.reduce((sum, { values }) => sum + values[number], 0) / this.#unit();
  }

  #endsWidth() {
    const ends = this.data.points.map((_, number) => endOf(this.data, number));
    return 12 + Math.max(...ends.map((words) => this.#width(words, this.style.bold)));
  }

  #width(words, font) {
    const ink = this.canvas.getContext("2d");
    ink.font = font;
    return ink.measureText(words).width;
  }

  #cut(words, room) {
    if (this.#width(words, this.style.plain) <= room) return words;
    const letters = [...words];
    while (letters.length && this.#width(`${letters.join("")}…`, this.style.plain) > room) letters.pop();
    return `${letters.join("").trimEnd()}…`;
  }
}

// Chart.js leaves none.
const roomBelowLegend = {
  id: "room-below-legend",
  beforeInit({ legend }) {
    if (!legend.options.display) return;
    const fit = legend.fit;
    legend.fit = () => {
      fit.call(legend);
      legend.height += 8;
    };
  },
};

function endOf({ series }, number) {
  return series.length > 1 ? `${series[0].words[number]} ${series[0].label.toLowerCase()}` : series[0].words[number];
}

function said({ label, words }, number) {
  return words[number] && `${label} ${words[number]}`;
}

function amountOf(amount, currency) {
  if (!currency) return String(amount);
  const digits = { minimumFractionDigits: 0, maximumFractionDigits: 1 };
  const options = { style: "currency", currency, notation: "compact", ...digits };
  return new Intl.NumberFormat(document.documentElement.lang || "en", options).format(amount);
}

function styleOf(place) {
  const { fontSize, fontFamily } = getComputedStyle(place);
  const tokens = ["ink", "quiet", "rule", "edge"].map((name) => [name, colour(place, `--${name}`)]);
  return {
    ...Object.fromEntries(tokens),
    ground: colour(place, "--surface"),
    font: { family: fontFamily, size: Number.parseFloat(fontSize) },
    plain: `${fontSize} ${fontFamily}`,
    bold: `650 ${fontSize} ${fontFamily}`,
  };
}
