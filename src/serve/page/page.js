/**
 * The page at `/`: the coverage of the day, the newest slot, its figures, and health. Every ten seconds it requests
 * `/health`, `/api/slots` and `/api/market-data/SYMBOL`, and nothing else.
 *
 * @import { FigureAnswer, MarketAnswer } from '../../analytics/answers/market-answer.ts'
 * @import { HealthAnswer, SlotsAnswer } from '../api.ts'
 */

const REFRESH_MS = 10_000
/** The worst checks come first. */
const ORDER = { fail: 0, warn: 1, ok: 2 }

/** Ledger columns of the newest slot, with their decimals. */
const COUNTS = /** @type {const} */ ([
  ['requested', 0],
  ['answered', 0],
  ['complete', 0],
  ['with_greeks', 0],
  ['rows', 0],
  ['skew_seconds', 1],
  ['underlying_price', 2],
  ['vix', 2],
])

/** Figures of the market, in the order of the table's columns. */
const FIGURES = /** @type {const} */ ([
  ['underlying_price', decimals(2)],
  ['iv30', percent],
  ['iv_rank', decimals(0)],
  ['iv_percentile', decimals(0)],
  ['mfiv30', decimals(2)],
  ['vix', decimals(2)],
  ['skew_25d', percent],
  ['term_slope', percent],
  ['expected_move', decimals(2)],
  ['trend_daily', decimals(0)],
  ['trend_intraday', decimals(0)],
])

await refresh()

async function refresh() {
  try {
    const [health, day] = await Promise.all([readHealth(), readDay()])
    showHealth(health)
    showCoverage(day)
    showNewest(day)
    showMarket(await Promise.all(day.symbols.map(readMarket)))
    byId('refreshed').textContent = `as of ${new Date().toLocaleTimeString()}`
  } catch {
    byId('state').textContent = 'no answer'
    byId('state').className = 'fail'
  }
  setTimeout(refresh, REFRESH_MS)
}

/** @returns {Promise<HealthAnswer>} */
function readHealth() {
  return read('/health')
}

/** @returns {Promise<SlotsAnswer>} */
function readDay() {
  return read('/api/slots')
}

/**
 * @param {string} symbol
 * @returns {Promise<MarketAnswer>}
 */
function readMarket(symbol) {
  return read(`/api/market-data/${encodeURIComponent(symbol)}`)
}

/** @param {string} path */
async function read(path) {
  const answer = await fetch(path, { cache: 'no-store' })
  return answer.json()
}

/** @param {HealthAnswer} health */
function showHealth({ status, at, source, clock, checks }) {
  byId('state').textContent = status
  byId('state').className = status
  byId('source').textContent = source
  byId('clock').textContent = clock.words ? `${clock.words}, now ${newYork(at)}` : ''
  const worstFirst = [...checks].sort((a, b) => ORDER[a.status] - ORDER[b.status])
  byId('checks').replaceChildren(
    ...worstFirst.map((check) => {
      const since = check.since ? ` since ${new Date(check.since).toLocaleString()}` : ''
      const advice = check.advice ? ` — ${check.advice}` : ''
      const row = element('tr', { className: check.status })
      row.append(
        element('td', { text: check.name.replace('_', ' ') }),
        element('td', { text: check.status }),
        element('td', { text: check.reason + since + advice }),
      )
      return row
    }),
  )
}

/** @param {string | null} at */
function newYork(at) {
  return new Date(at ?? '').toLocaleString('en-US', { timeZone: 'America/New_York' })
}

/** @param {SlotsAnswer} day */
function showCoverage(day) {
  const rows = new Map(day.slots.map((row) => [row.symbol + row.timestamp, row]))
  byId('date').textContent = day.date + (day.session?.earlyClose ? ', early close' : '')
  const lines = day.symbols.flatMap((symbol) => {
    const cells = element('div', { className: 'cells' })
    let due = 0
    let landed = 0
    for (const { slot, time, symbols } of day.expected) {
      const row = rows.get(symbol + slot)
      const isDue = symbols.includes(symbol)
      const cell = element('i', { className: row?.outcome ?? (isDue ? '' : 'closed') })
      if (isDue) due++
      if (row && row.outcome !== 'missing') landed++
      const outcome = row
        ? `${row.outcome}${row.reason ? `, ${row.reason}` : ''}, ${row.rows} rows`
        : withoutRow(day, slot, isDue)
      cell.title = `${symbol} ${time}: ${outcome}`
      cells.append(cell)
    }
    cells.setAttribute('role', 'img')
    cells.setAttribute('aria-label', `${symbol}: ${landed} of ${due} slots`)
    return [element('b', { text: symbol }), cells]
  })
  const hours = element('div', { className: 'hours soft' })
  const [first, last] = [day.expected[0], day.expected.at(-1)]
  if (first && last) {
    hours.append(element('span', { text: first.time }), element('span', { text: `${last.time} New York` }))
  }
  byId('coverage').replaceChildren(...lines, element('span'), hours)
}

/**
 * @param {SlotsAnswer} day
 * @param {string | null} slot
 * @param {boolean} isDue
 */
function withoutRow({ at, intervalSeconds }, slot, isDue) {
  if (!isDue) return 'its options are closed'
  const isOver = Date.parse(slot ?? '') + intervalSeconds * 1_000 <= Date.parse(at ?? '')
  return isOver ? 'not in the ledger' : 'not yet'
}

/** @param {SlotsAnswer} day */
function showNewest(day) {
  const newest = new Map(day.slots.map((row) => [row.symbol, row]))
  byId('newest').replaceChildren(
    ...[...newest.values()].map((row) => {
      const line = element('tr')
      const outcome = row.reason ? `${row.outcome}: ${row.reason}` : row.outcome
      line.append(
        element('td', { text: row.symbol }),
        element('td', { text: row.time }),
        element('td', { text: outcome }),
        ...COUNTS.map(([column, digits]) => {
          const text = row[column]?.toLocaleString('en-US', { maximumFractionDigits: digits }) ?? '–'
          return element('td', { text, className: 'number' })
        }),
      )
      return line
    }),
  )
}

/** @param {readonly MarketAnswer[]} answers */
function showMarket(answers) {
  byId('market').replaceChildren(
    ...answers.map(({ symbol, figures }) => {
      const line = element('tr')
      line.append(
        element('td', { text: symbol }),
        ...FIGURES.map(([name, shown]) => {
          const figure = figures[name]
          const cell = element('td', { text: shown(figure), className: 'number' })
          const basis = `${figure.source}, ${figure.observations} observations, as of ${figure.as_of}`
          cell.title = figure.reason ?? basis
          return cell
        }),
      )
      return line
    }),
  )
}

/** @param {FigureAnswer} figure a fraction */
function percent({ value }) {
  return typeof value === 'number' ? `${(100 * value).toFixed(1)} %` : '–'
}

/** @param {number} digits */
function decimals(digits) {
  return (/** @type {FigureAnswer} */ { value }) =>
    typeof value === 'number' ? value.toFixed(digits) : value ? String(value) : '–'
}

/** @param {string} id an element of index.html */
function byId(id) {
  const found = document.getElementById(id)
  if (!found) throw new Error(`the page has no #${id}`)
  return found
}

/**
 * @param {string} tag
 * @param {{ text?: string, className?: string }} [content]
 */
function element(tag, { text = '', className = '' } = {}) {
  const made = document.createElement(tag)
  made.textContent = text
  made.className = className
  return made
}
