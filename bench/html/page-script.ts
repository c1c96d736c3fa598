/** Runs in the reader's browser: hands each chart's data to uPlot. Kept as text, since nothing of it runs here. */
export const PAGE_SCRIPT = `
'use strict';
const COLOURS = ['#005eb8', '#d5700a', '#00806a', '#7c2855', '#5b6770', '#ae2573', '#41820c'];
const AXIS = { stroke: '#51606e', grid: { stroke: '#e8edf2', width: 1 }, ticks: { stroke: '#d8dfe6', width: 1 }, font: '12px system-ui, sans-serif', labelFont: '12px system-ui, sans-serif' };
const number = (value) => value == null ? '' : value >= 100 ? Math.round(value).toLocaleString('en-GB') : Number(value.toPrecision(3)).toLocaleString('en-GB', { maximumFractionDigits: 3 });
const percentile = (value) => value <= 1 ? '0' : String(Number((100 - 100 / value).toFixed(3)));
function optionsOf(chart, width) {
  const bars = chart.kind === 'bars';
  const nines = chart.x.label === 'percentile';
  const names = chart.x.names;
  const nameOf = (value) => names ? (names[value] ?? '') : nines ? percentile(value) + ' %' : number(value);
  const axisValues = (u, splits) => splits.map((value) => value === null ? '' : names ? (Number.isInteger(value) ? (names[value] ?? '').split(' ').join(String.fromCharCode(10)) : '') : nines ? percentile(value) : number(value));
  const decades = [1, 2, 10, 100, 1000];
  const x = { ...AXIS, label: chart.x.label || undefined, values: axisValues, grid: bars ? { show: false } : AXIS.grid };
  if (names) { x.splits = () => chart.x.values; x.size = 50; }
  if (!chart.x.log) x.incrs = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
  if (nines) x.splits = () => decades;
  else if (chart.x.log && !names) x.splits = () => chart.x.values;
  const y = { ...AXIS, label: chart.y.label, size: 66, values: (u, splits) => splits.map((value) => value === null ? '' : number(value)) };
  if (chart.y.log) {
    const marks = [];
    for (let decade = 0.001; decade < 1e7; decade *= 10) marks.push(decade, decade * 2, decade * 5);
    y.splits = (u, axis, min, max) => marks.filter((mark) => mark >= min && mark <= max);
    y.filter = (u, splits) => splits;
  }
  if (chart.x.log) x.filter = (u, splits) => splits;
  const range = names ? (u, min, max) => [-0.6, chart.x.values.length - 0.4] : undefined;
  const zero = (u, min, max) => [0, (max || 1) * 1.08];
  return {
    width, height: 270, padding: [14, 30, 0, 4],
    legend: { show: !bars || chart.series.length > 1, live: !bars, markers: { width: 2 } },
    cursor: { drag: { x: false, y: false }, show: !bars },
    scales: {
      x: { time: false, distr: chart.x.log && !names ? 3 : 1, range },
      y: chart.y.log ? { distr: 3 } : { range: zero },
    },
    axes: [x, y],
    series: [
      { label: chart.x.label || 'x', value: (u, value) => value == null ? '' : nameOf(value) },
      ...chart.series.map((series, index) => ({
        label: series.label, stroke: COLOURS[index % COLOURS.length], width: 2, spanGaps: true,
        value: (u, value) => number(value),
        ...(bars ? { fill: COLOURS[index % COLOURS.length] + 'cc', width: 0, paths: uPlot.paths.bars({ size: [0.6, 72] }), points: { show: false } }
          : { points: { show: chart.x.values.length <= 40, size: 6, fill: '#fff' } }),
      })),
    ],
    plugins: bars ? [valuesOnBars()] : [],
  };
}
function valuesOnBars() {
  return { hooks: { draw: (u) => {
    const { ctx } = u; ctx.save(); ctx.font = (12 * devicePixelRatio) + 'px system-ui, sans-serif'; ctx.fillStyle = '#16212b'; ctx.textAlign = 'center';
    u.data[0].forEach((at, index) => { const value = u.data[1][index]; if (value != null) ctx.fillText(number(value), u.valToPos(at, 'x', true), u.valToPos(value, 'y', true) - 5 * devicePixelRatio); });
    ctx.restore();
  } } };
}
const CHARTS = JSON.parse(document.getElementById('charts').textContent);
for (const place of document.querySelectorAll('.plot')) {
  const chart = CHARTS[Number(place.dataset.chart)];
  const data = [chart.x.values, ...chart.series.map((series) => series.values)];
  const plot = new uPlot(optionsOf(chart, place.clientWidth), data, place);
  new ResizeObserver(() => plot.setSize({ width: place.clientWidth, height: 270 })).observe(place);
}
`;
