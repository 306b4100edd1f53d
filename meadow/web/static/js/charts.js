// Charts of chart cards, drawn from the table inside each: what is in the table is in the chart.

import "../vendor/echarts/echarts.js";

const { echarts } = globalThis;
const language = document.documentElement.lang;
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const dark = matchMedia("(prefers-color-scheme: dark)");
const short = new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 1 });
const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 });
const drawn = new Map();
let first = true;

// A canvas knows every colour of the style sheet; the chart library only the older ways to write one.
const paint = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const toRgb = (colour, alpha = 1) => {
  paint.clearRect(0, 0, 1, 1);
  paint.fillStyle = colour;
  paint.fillRect(0, 0, 1, 1);
  const [red, green, blue] = paint.getImageData(0, 0, 1, 1).data;
  return `rgba(${red},${green},${blue},${alpha})`;
};

const readInk = () => {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(name).trim();
  return {
    main: of("--color-primary"),
    quiet: of("--color-secondary"),
    before: of("--edge"),
    gain: of("--color-primary"),
    loss: of("--color-error"),
    net: of("--color-base-content"),
    text: of("--muted"),
    strong: of("--color-base-content"),
    line: of("--line"),
    paper: of("--color-base-100"),
    font: of("--font-sans") || getComputedStyle(document.body).fontFamily,
  };
};

const readTable = (card) => {
  const table = card.querySelector("table");
  const heads = [...table.tHead.rows[0].cells].slice(1);
  const rows = [...table.tBodies[0].rows];
  return {
    labels: rows.map((row) => row.cells[0].dataset.short),
    names: rows.map((row) => row.cells[0].textContent.trim()),
    series: heads.map((head, place) => ({
      name: head.textContent.trim(),
      role: head.dataset.role,
      unit: head.dataset.unit,
      values: rows.map((row) => {
        const { value } = row.cells[place + 1].dataset;
        return value === "" ? null : Number(value);
      }),
      texts: rows.map((row) => row.cells[place + 1].textContent.trim()),
      links: rows.map((row) => row.cells[place + 1].querySelector("a")?.href ?? ""),
    })),
  };
};

const lineOf = (one, ink, level) => ({
  type: "line",
  name: one.name,
  data: one.values,
  z: one.role === "main" ? 4 : 2,
  symbol: "circle",
  symbolSize: 7,
  showSymbol: one.values.length === 1,
  lineStyle: {
    width: one.role === "main" ? 2.5 : 1.5,
    color: toRgb(ink[one.role]),
    type: one.role === "before" ? [4, 4] : "solid",
  },
  itemStyle: { color: toRgb(ink[one.role]) },
  areaStyle: one.role === "main" && !level ? { color: toRgb(ink.main, 0.12) } : undefined,
  emphasis: { disabled: true },
});

// What lies between the lowest and the highest, in one colour: how unsure the number is.
const bandOf = (series, ink) => {
  const [low, high] = series.filter((one) => one.role === "before");
  if (!low || !high) return [];
  const plain = { type: "line", stack: "band", stackStrategy: "all", symbol: "none", silent: true, z: 1, lineStyle: { opacity: 0 }, emphasis: { disabled: true } };
  return [
    { ...plain, data: low.values },
    { ...plain, data: high.values.map((value, at) => (value === null || low.values[at] === null ? null : value - low.values[at])), areaStyle: { color: toRgb(ink.main, 0.14) } },
  ];
};

const barOf = (one, ink) => ({
  type: "bar",
  name: one.name,
  // What was lost stands below the line.
  data: one.role === "loss" ? one.values.map((value) => -value) : one.values,
  stack: one.role === "gain" || one.role === "loss" ? "change" : undefined,
  z: one.role === "main" ? 4 : 2,
  barGap: "-100%",
  barMaxWidth: 22,
  barCategoryGap: "28%",
  itemStyle: {
    color: one.role === "quiet" ? toRgb(ink.quiet, 0.28) : toRgb(ink[one.role]),
    borderRadius: one.role === "loss" ? [0, 0, 3, 3] : [3, 3, 0, 0],
  },
  emphasis: { disabled: true },
});

const tellOf = (data) => (points) => {
  const at = points[0].dataIndex;
  // Drawn text, not HTML: the content security policy lets no inline style through.
  return [`{day|${data.names[at]}}`, ...data.series.map((one) => `{name|${one.name}}  {value|${one.texts[at]}}`)].join("\n");
};

const optionsOf = (card, data, ink) => {
  const kind = card.dataset.chart;
  const bars = kind === "bars";
  const shares = data.series[0].unit === "ratio";
  const font = ink.font;
  return {
    animation: first && !calm.matches,
    animationDuration: 180,
    textStyle: { fontFamily: font },
    grid: { left: 8, right: 12, top: 14, bottom: 4, containLabel: true },
    xAxis: {
      type: "category",
      data: data.labels,
      boundaryGap: bars,
      axisTick: { show: false },
      axisLine: { onZero: true, lineStyle: { color: toRgb(ink.line) } },
      axisLabel: { color: toRgb(ink.text), fontSize: 11.5, hideOverlap: true, showMaxLabel: true, alignMaxLabel: bars ? undefined : "right", alignMinLabel: bars ? undefined : "left" },
    },
    yAxis: {
      type: "value",
      minInterval: kind === "interval" || shares ? 0 : 1,
      scale: kind === "level",
      splitNumber: 4,
      // What was lost stands below the line without a sign; a difference has one.
      axisLabel: { color: toRgb(ink.text), fontSize: 11.5, formatter: (value) => (shares ? percent : short).format(kind === "interval" ? value : Math.abs(value)) },
      splitLine: { lineStyle: { color: toRgb(ink.line, 0.7) } },
    },
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      confine: true,
      transitionDuration: 0,
      backgroundColor: toRgb(ink.paper),
      borderColor: toRgb(ink.line),
      borderRadius: 12,
      padding: [10, 14],
      axisPointer: { type: bars ? "shadow" : "line", lineStyle: { color: toRgb(ink.before) }, shadowStyle: { color: toRgb(ink.strong, 0.06) } },
      textStyle: {
        color: toRgb(ink.strong),
        fontFamily: font,
        fontSize: 13,
        lineHeight: 21,
        rich: {
          day: { color: toRgb(ink.text), fontSize: 12, lineHeight: 22 },
          name: { color: toRgb(ink.strong), fontSize: 13, lineHeight: 21 },
          value: { color: toRgb(ink.strong), fontSize: 13, fontWeight: 700, lineHeight: 21 },
        },
      },
      formatter: tellOf(data),
    },
    series: [
      ...data.series
        .filter((one) => one.role !== "table" && !(bars && one.role === "net"))
        .map((one) => (bars ? barOf(one, ink) : lineOf(one, ink, kind === "level" || kind === "interval"))),
      ...(kind === "interval" ? bandOf(data.series, ink) : []),
    ],
  };
};

const draw = (card) => {
  const canvas = card.querySelector("[data-chart-canvas]");
  if (!canvas) return;
  canvas.hidden = false;
  const data = readTable(card);
  const chart = echarts.init(canvas, null, { renderer: "canvas" });
  chart.setOption(optionsOf(card, data, readInk()));
  const main = data.series[0];
  const at = (event) => {
    const place = [event.offsetX, event.offsetY];
    return chart.containPixel("grid", place) ? Math.round(chart.convertFromPixel({ seriesIndex: 0 }, place)[0]) : -1;
  };
  if (main.links.some(Boolean)) {
    // A press on a day opens its facts, as its number in the table does.
    chart.getZr().on("click", (event) => {
      const link = main.links[at(event)];
      if (link) location.assign(link);
    });
    chart.getZr().on("mousemove", (event) => chart.getZr().setCursorStyle(main.links[at(event)] ? "pointer" : "default"));
  }
  const watch = new ResizeObserver(() => chart.resize());
  watch.observe(canvas);
  drawn.set(card, { chart, watch });
};

const drop = (card) => {
  const held = drawn.get(card);
  if (!held) return;
  held.watch.disconnect();
  held.chart.dispose();
  drawn.delete(card);
};

const drawAll = () => {
  [...drawn.keys()].filter((card) => !card.isConnected).forEach(drop);
  document.querySelectorAll("[data-chart]").forEach((card) => {
    if (!drawn.has(card)) draw(card);
  });
  first = false;
};

const redraw = () => {
  [...drawn.keys()].forEach(drop);
  drawAll();
};

drawAll();
document.addEventListener("htmx:afterSwap", drawAll);
dark.addEventListener("change", redraw);
new MutationObserver(redraw).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });

