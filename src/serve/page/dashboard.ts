import { createHash } from 'node:crypto'

const STYLE = `
:root { color-scheme: light dark; --back: #fafaf8; --card: #fff; --line: #d8d8d2; --text: #1c1c1a; --soft: #6a6a64;
  --ok: #2e7d4f; --part: #c98a12; --gone: #b3372f; --wait: #c9c9c2; }
@media (prefers-color-scheme: dark) { :root { --back: #161614; --card: #1f1f1d; --line: #3a3a36; --text: #ececE6;
  --soft: #a0a098; --ok: #4caf78; --part: #e0a83c; --gone: #e0685f; --wait: #45453f; } }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem; background: var(--back); color: var(--text);
  font: 15px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.2rem; margin: 0; } h2 { font-size: 1rem; margin: 1.6rem 0 .5rem; }
header { display: flex; gap: 1rem; align-items: baseline; flex-wrap: wrap; } .soft { color: var(--soft); }
#state { font-weight: 600; padding: .1rem .6rem; border-radius: 1rem; color: #fff; background: var(--wait); }
#state.ok { background: var(--ok); } #state.warn { background: var(--part); } #state.fail { background: var(--gone); }
table { border-collapse: collapse; width: 100%; background: var(--card); }
th, td { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
.grid { display: grid; grid-template-columns: 4rem 1fr; gap: .3rem .6rem; align-items: center; }
.cells { display: flex; gap: 1px; } .cells i { flex: 1 1 0; min-width: 3px; height: 1.6rem; background: var(--wait); }
.cells i.stored { background: var(--ok); } .cells i.partial { background: var(--part); }
.cells i.missing { background: var(--gone); } .hours { display: flex; justify-content: space-between; }
.ok td:first-child { border-left: 4px solid var(--ok); } .warn td:first-child { border-left: 4px solid var(--part); }
.fail td:first-child { border-left: 4px solid var(--gone); }
`

const SCRIPT = `
const byId = (id) => document.getElementById(id)
const make = (tag, text, className) => {
  const node = document.createElement(tag)
  if (text !== undefined) node.textContent = text
  if (className) node.className = className
  return node
}
const shown = (value, digits = 0) =>
  value === null || value === undefined ? '–' : value.toLocaleString('en-US', { maximumFractionDigits: digits })

function showHealth(health) {
  byId('state').textContent = health.status
  byId('state').className = health.status
  byId('source').textContent = health.source
  const order = { fail: 0, warn: 1, ok: 2 }
  byId('checks').replaceChildren(...[...health.checks].sort((a, b) => order[a.status] - order[b.status]).map((check) => {
    const row = make('tr', undefined, check.status)
    const since = check.since ? ' since ' + new Date(check.since).toLocaleString() : ''
    const words = check.reason + since + (check.advice ? ' — ' + check.advice : '')
    row.append(make('td', check.name.replace('_', ' ')), make('td', check.status), make('td', words))
    return row
  }))
}

function showCoverage(day) {
  const byKey = new Map(day.slots.map((row) => [row.symbol + row.timestamp, row]))
  byId('date').textContent = day.date + (day.session && day.session.earlyClose ? ', early close' : '')
  const lines = day.symbols.flatMap((symbol) => {
    const cells = make('div', undefined, 'cells')
    let landed = 0
    for (const { slot, time } of day.expected) {
      const row = byKey.get(symbol + slot)
      const cell = make('i', undefined, row ? row.outcome : '')
      if (row && row.outcome !== 'missing') landed++
      cell.title = symbol + ' ' + time + ': ' +
        (row ? row.outcome + (row.reason ? ', ' + row.reason : '') + ', ' + row.rows + ' rows' : 'not yet')
      cells.append(cell)
    }
    cells.setAttribute('role', 'img')
    cells.setAttribute('aria-label', symbol + ': ' + landed + ' of ' + day.expected.length + ' slots')
    return [make('b', symbol), cells]
  })
  const hours = make('div', undefined, 'hours soft')
  const first = day.expected[0], last = day.expected[day.expected.length - 1]
  if (first) hours.append(make('span', first.time), make('span', last.time + ' New York'))
  byId('coverage').replaceChildren(...lines, make('span'), hours)
}

function showNewest(day) {
  const newest = new Map(day.slots.map((row) => [row.symbol, row]))
  byId('newest').replaceChildren(...[...newest.values()].map((row) => {
    const line = make('tr')
    line.append(make('td', row.symbol), make('td', row.time), make('td', row.reason ? row.outcome + ': ' + row.reason : row.outcome))
    const figures = [[row.requested], [row.answered], [row.complete], [row.with_greeks], [row.rows], [row.skew_seconds, 1],
      [row.underlying_price, 2], [row.vix, 2]]
    for (const [value, digits] of figures) line.append(make('td', shown(value, digits), 'number'))
    return line
  }))
}

const percent = (figure) => figure.value === null ? '–' : (100 * figure.value).toFixed(1) + ' %'
const plain = (digits) => (figure) => typeof figure.value === 'number' ? figure.value.toFixed(digits) : figure.value || '–'
const MARKET = [['underlying_price', plain(2)], ['iv30', percent], ['iv_rank', plain(0)], ['iv_percentile', plain(0)],
  ['mfiv30', plain(2)], ['vix', plain(2)], ['skew_25d', percent], ['term_slope', percent], ['expected_move', plain(2)],
  ['trend_daily', plain(0)], ['trend_intraday', plain(0)]]

function showMarket(answers) {
  byId('market').replaceChildren(...answers.map(({ symbol, figures }) => {
    const line = make('tr')
    line.append(make('td', symbol), ...MARKET.map(([name, words]) => {
      const figure = figures[name]
      const cell = make('td', words(figure), 'number')
      cell.title = figure.reason || figure.source + ', ' + figure.observations + ' observations, as of ' + figure.as_of
      return cell
    }))
    return line
  }))
}

async function read(path) {
  const answer = await fetch(path, { cache: 'no-store' })
  return answer.json()
}

async function refresh() {
  try {
    const [health, day] = await Promise.all([read('/health'), read('/api/slots')])
    showHealth(health)
    showCoverage(day)
    showNewest(day)
    showMarket(await Promise.all(day.symbols.map((symbol) => read('/api/market-data/' + encodeURIComponent(symbol)))))
    byId('refreshed').textContent = 'as of ' + new Date().toLocaleTimeString()
  } catch (error) {
    byId('state').textContent = 'no answer'
    byId('state').className = 'fail'
  }
  setTimeout(refresh, 10000)
}
refresh()
`

/**
 * The page at `/`: coverage of the day, the newest slot and its figures, health. It reads `/health`, `/api/slots` and
 * `/api/market-data/:symbol` and nothing else.
 */
export const DASHBOARD = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>optionlake</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>optionlake</h1><span id="state">…</span><span id="source" class="soft"></span><span id="refreshed" class="soft"></span>
</header>
<h2>Coverage <span id="date" class="soft"></span></h2>
<div id="coverage" class="grid"></div>
<h2>Newest slot</h2>
<table>
<thead><tr><th>symbol</th><th>slot</th><th>outcome</th><th>requested</th><th>answered</th><th>complete</th>
<th>with greeks</th><th>rows</th><th>seconds apart</th><th>underlying</th><th>VIX</th></tr></thead>
<tbody id="newest"></tbody>
</table>
<h2>Figures</h2>
<table>
<thead><tr><th>symbol</th><th>underlying</th><th>iv30</th><th>rank</th><th>percentile</th><th>mfiv30</th><th>VIX</th>
<th>25-delta skew</th><th>term slope</th><th>expected move</th><th>trend</th><th>intraday</th></tr></thead>
<tbody id="market"></tbody>
</table>
<h2>Health</h2>
<table><tbody id="checks"></tbody></table>
<noscript>This page needs JavaScript; the same is at /health, /api/slots and /api/market-data.</noscript>
<script>${SCRIPT}</script>
</body>
</html>
`

/** Lets the page's own style and script run, and nothing else. */
export const DASHBOARD_POLICY = [
  "default-src 'none'",
  `style-src '${hashOf(STYLE)}'`,
  `script-src '${hashOf(SCRIPT)}'`,
  'img-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}
