// Figures drawn from their own tables: `<figure data-chart="bars">`. The table stays, for who cannot see the drawing
// and for paper. What draws is large, and is loaded where there is something to draw.

const dark = matchMedia("(prefers-color-scheme: dark)");
const drawn = new Set();

// What a chart is drawn from. A column is drawn that its heading marks; an amount is in the smallest unit, cents.
function read(figure) {
  const headings = [...figure.querySelectorAll("thead th")];
  const rows = [...figure.querySelectorAll("tbody tr:not([data-undrawn])")];
  return {
    lying: "lying" in figure.dataset,
    currency: figure.dataset.currency,
    points: rows.map(pointOf),
    series: headings.flatMap((heading, column) =>
      "series" in heading.dataset ? [seriesOf(heading, rows.map((row) => row.cells[column]))] : [],
    ),
    // What is not drawn, and tooltips say.
    beside: headings.flatMap((heading, column) =>
      column && !("series" in heading.dataset) ? [seriesOf(heading, rows.map((row) => row.cells[column]))] : [],
    ),
  };
}

function pointOf(row) {
  const heading = row.cells[0];
  return {
    lines: [...heading.querySelectorAll("[data-line]")].map((line) => line.textContent),
    link: heading.querySelector("a")?.href,
  };
}

function seriesOf(heading, cells) {
  return {
    label: heading.textContent,
    token: heading.dataset.series,
    values: cells.map((cell) => Number(cell.dataset.value ?? 0)),
    words: cells.map((cell) => cell.textContent.trim()),
  };
}

async function draw(figure) {
  const bars = await import("./chart-bars.js").catch(() => null);
  if (!bars) {
    figure.classList.add("chart--table");
    return;
  }
  const plot = figure.querySelector("[data-chart-plot]");
  plot.hidden = false;
  drawn.add(new bars.Bars(plot.firstElementChild, read(figure)));
  figure.classList.add("chart--drawn");
  offerTable(figure);
}

function offerTable(figure) {
  const toggle = figure.querySelector("[data-chart-toggle]");
  const say = () => {
    toggle.textContent = figure.classList.contains("chart--table") ? "Hide the table" : "Show as table";
  };
  toggle.addEventListener("click", () => {
    figure.classList.toggle("chart--table");
    say();
  });
  toggle.hidden = false;
  say();
}

function drawAll(within) {
  for (const figure of within.querySelectorAll('[data-chart="bars"]:not(.chart--drawn)')) draw(figure);
}

dark.addEventListener("change", () => {
  for (const bars of drawn) bars.redraw();
});
addEventListener("fragment:loaded", (event) => drawAll(event.target));
drawAll(document);
