/** The look of the page: quiet, printable, one accent. */
export const PAGE_STYLE = `
:root { color-scheme: light; --ink: #16212b; --soft: #51606e; --line: #d8dfe6; --paper: #fff; --wash: #f4f6f9; --accent: #005eb8;
  --good: #00703c; --bad: #b3261e; --warn: #8a5300; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--wash); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif; }
header { background: var(--accent); color: #fff; padding: 28px 0 24px; }
header h1 { margin: 0; font-size: 26px; letter-spacing: -0.01em; }
header p { margin: 4px 0 0; opacity: .86; }
.wrap { max-width: 1120px; margin: 0 auto; padding: 0 24px; }
main.wrap { padding-top: 24px; padding-bottom: 48px; }
section { background: var(--paper); border: 1px solid var(--line); border-radius: 8px; padding: 20px 24px 24px; margin-bottom: 20px; }
h2 { font-size: 19px; margin: 0 0 4px; }
h3 { font-size: 15px; margin: 0 0 2px; }
p.note { color: var(--soft); margin: 0 0 12px; font-size: 13.5px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); gap: 12px; margin: 12px 0 4px; }
.tile { border: 1px solid var(--line); border-left: 4px solid var(--soft); border-radius: 6px; padding: 10px 14px; }
.tile.pass { border-left-color: var(--good); } .tile.miss { border-left-color: var(--bad); } .tile.skip { border-left-color: var(--warn); }
.tile b { display: block; font-size: 22px; font-variant-numeric: tabular-nums; }
.tile span { color: var(--soft); font-size: 13px; }
.verdict { font-size: 17px; font-weight: 600; margin: 0; } .verdict.pass { color: var(--good); } .verdict.miss { color: var(--bad); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13px; font-variant-numeric: tabular-nums; margin-top: 8px; }
th { text-align: right; font-weight: 600; color: var(--soft); border-bottom: 2px solid var(--line); padding: 5px 8px; white-space: nowrap; }
td { text-align: right; border-bottom: 1px solid var(--line); padding: 5px 8px; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
tr:last-child td { border-bottom: 0; }
td.pass, li .pass { color: var(--good); font-weight: 600; } td.miss, li .miss { color: var(--bad); font-weight: 600; } td.skip { color: var(--warn); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(460px, 1fr)); gap: 26px 24px; margin-top: 16px; }
.chart { min-width: 0; } .plot { width: 100%; }
details { margin-top: 4px; font-size: 13px; color: var(--soft); } summary { cursor: pointer; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 18px; margin: 8px 0 0; font-size: 13.5px; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
ul { padding-left: 20px; margin: 8px 0 0; }
.u-legend { font-size: 12.5px; text-align: left; } .u-legend .u-series th { padding: 2px 6px 2px 0; font-weight: 500; }
.u-legend td, .u-legend th { border: 0; }
@media print { body { background: #fff; } section { break-inside: avoid; } }
`;
