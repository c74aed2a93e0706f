import { newYorkInstant, sessionOn } from '../../src/market/calendar.ts'
import { type EpochMs, epochMs, sessionDate } from '../../src/market/units.ts'
import type { HealthQuestion } from '../../src/serve/health/health.ts'
import { healthOptions } from '../../src/serve/health/options.ts'
import type {
  AlertsHealth,
  BarsHealth,
  ChainStatus,
  ClockSource,
  GatewayNotice,
  GatewayStatus,
  HealthSnapshot,
  RequestedData,
  SlotResult,
  SurfaceHealth,
} from '../../src/serve/health/snapshot.ts'
import { NO_CONTENT, SLOT_REASONS, type SlotReason } from '../../src/snapshot/ledger.ts'

/** One row of the truth table of docs/health.md. */
export interface TruthRow {
  readonly name: string
  readonly snapshot: HealthSnapshot
  readonly expected: Readonly<Record<HealthQuestion, { status: number; state: string }>>
  /** The deciding check, and words of its reason. */
  readonly named: { readonly check: string; readonly words: string }
}

const SYMBOLS = ['SPY', 'QQQ']

/** Reads the rows of the truth table. Throws on a cell that it cannot parse. */
export function readTruthTable(document: string): TruthRow[] {
  const lines = document.split('\n').filter((line) => line.startsWith('|'))
  const head = lines.findIndex((line) => line.startsWith('| case |'))
  const names = cellsOf(lines[head] ?? '')
  return lines.slice(head + 2).map((line) => {
    const cells = cellsOf(line)
    if (cells.length !== names.length) throw new Error(`${cells.length} cells, not ${names.length}: ${line}`)
    return rowOf((name) => cells[names.indexOf(name)] as string)
  })
}

function rowOf(cell: (name: string) => string): TruthRow {
  const now = instant(cell('now'))
  const answer = (name: string) => {
    const [status, state] = cell(name).split(' ')
    return { status: Number(status), state: state as string }
  }
  const [check, ...words] = cell('named').split(': ')
  return {
    name: cell('case'),
    snapshot: snapshotOf(now, cell),
    expected: { livez: answer('/livez'), readyz: answer('/readyz'), health: answer('/health') },
    named: { check: check as string, words: words.join(': ') },
  }
}

function snapshotOf(now: EpochMs, cell: (name: string) => string): HealthSnapshot {
  const day = cell('now').slice(0, 10)
  const landed = landedOf(cell('landed'), day)
  const also = alsoOf(cell('also'))
  const fault = (name: string, message: string) => (also.has(name) ? { message, since: now } : null)
  const breaker = also.get('breaker')
  const operations = fault('operations', 'this gateway version is about to be unsupported, to be unsupported')
  return {
    now,
    startedAt: also.has('started') ? instant(`${day} ${also.get('started')}`) : epochMs(now - 86_400_000),
    timetable: { grid: { intervalSeconds: 300, afterClose: false }, symbols: SYMBOLS, sessionOn },
    symbols: SYMBOLS,
    settings: healthOptions.parse({}),
    requestedData: (also.get('asked') ?? 'live') as RequestedData,
    ledger: joined(landed, ledgerOf(cell('ledger'), day)),
    gateway: { ...gatewayOf(cell('gateway'), now), notices: noticesOf(also.get('said'), now) },
    scheduler: {
      lookAgeSeconds: Number(also.get('silent') ?? 2),
      cycleSeconds: also.has('cycle') ? Number(also.get('cycle')) : null,
    },
    eventLoopLagSeconds: Number(also.get('lag') ?? 0.002),
    lakeFault: fault('disk_full', 'the lake cannot be written: no space left on the device'),
    chains: new Map(SYMBOLS.map((symbol) => [symbol, chainStatusOf(symbol, also.get('chain'))])),
    breakers: new Map(breaker ? [[breaker, { state: 'open', since: now }]] : []),
    clockSource: (also.get('time') ?? 'machine') as ClockSource,
    clockOffset: also.has('offset') ? { seconds: Number(also.get('offset')), measuredAt: now } : null,
    clockVerdict: also.has('clock') ? { verdict: 'overruled', since: now } : null,
    operations: operations ? [operations] : [],
    bars: barsOf(also.get('bars'), now),
    surface: surfaceOf(also.get('surface'), now),
    alerts: alertsOf(also.get('alerts'), now),
  }
}

/** `VIX`: its stream has made no bar for a quarter of an hour; `unstored`: bars cannot be written. */
function barsOf(text: string | undefined, now: EpochMs): BarsHealth {
  if (text === 'unstored')
    return { streams: 8, problems: [], fault: { message: 'no space left on the device', since: now } }
  const since = epochMs(now - 15 * 60_000)
  const problems = text ? [{ message: `${text}: no price for 15 minutes`, since }] : []
  return { streams: 8, problems, fault: null }
}

/** `QQQ`: its last surface could not be fitted. */
function surfaceOf(symbol: string | undefined, now: EpochMs): SurfaceHealth {
  if (symbol === undefined) return { failures: 0, problem: null }
  return { failures: 2, problem: { message: `${symbol}: not a number`, since: epochMs(now - 300_000) } }
}

/** `QQQ_unlisted`: nothing is known; `QQQ_missing`: two of nine expirations; `QQQ_2026-11-17`: all are of that day. */
function chainStatusOf(symbol: string, text: string | undefined): ChainStatus {
  const [of, what] = text?.split('_') ?? []
  const listed = { expirations: 9, missing: 0, earlier: 0, earlierDate: null, problem: null }
  const status = { ...listed, listingSeconds: 31.5 }
  if (of !== symbol || what === undefined) return status
  if (what === 'unlisted') return { ...status, expirations: 0, problem: 'no answer within 60000 ms' }
  if (what === 'missing') return { ...status, missing: 2 }
  return { ...status, earlier: 9, earlierDate: sessionDate(what) }
}

/** `up`, `up: words`, `down 60 reason`. */
function gatewayOf(text: string, now: EpochMs): Omit<GatewayStatus, 'notices'> {
  if (text === 'up') return { connected: true, since: epochMs(now - 3_600_000), reason: null, detail: null }
  if (text.startsWith('up: ')) {
    return { connected: true, since: now, reason: null, detail: text.slice(4) }
  }
  const [, seconds, reason] = /^down (\d+) (\w+)$/.exec(text) ?? []
  if (!seconds) throw new Error(`gateway "${text}" is not understood`)
  return {
    connected: false,
    since: epochMs(now - Number(seconds) * 1_000),
    reason: reasonOf(reason),
    detail: null,
  }
}

/** `10:00` for both symbols, or `SPY 10:10, QQQ 10:00`; `never`. */
function landedOf(text: string, day: string): Map<string, EpochMs> {
  if (text === 'never') return new Map()
  const own = text.split(', ').flatMap((part) => {
    const [, symbol, time] = /^(?:([A-Z]+) )?([\d: -]+)$/.exec(part) ?? []
    if (!time) throw new Error(`landed "${text}" is not understood`)
    return (symbol ? [symbol] : SYMBOLS).map((one) => [one, slotTime(time, day)] as const)
  })
  return new Map(own)
}

/** `phone`: alerts cannot be delivered to the receiver of that name. */
function alertsOf(name: string | undefined, now: EpochMs): AlertsHealth | null {
  if (name === undefined) return null
  return { receivers: 2, problems: [{ message: `${name}: the answer is 500`, since: now }] }
}

/** Code 1100, said just now. */
function noticesOf(code: string | undefined, at: EpochMs): GatewayNotice[] {
  return code === undefined
    ? []
    : [{ code: Number(code), message: 'the words of the gateway', advice: null, at }]
}

/** Every landed slot is stored whole, unless the ledger has another entry for it. */
function joined(
  landed: ReadonlyMap<string, EpochMs>,
  others: readonly (readonly [string, SlotResult])[],
): Map<string, SlotResult[]> {
  const stored = [...landed].map(([symbol, slot]) => [symbol, storedSlot(slot)] as const)
  const ledger = new Map<string, SlotResult[]>()
  for (const [symbol, entry] of [...stored, ...others]) {
    const earlier = (ledger.get(symbol) ?? []).filter(({ slot }) => slot !== entry.slot)
    ledger.set(symbol, [...earlier, entry])
  }
  return ledger
}

/** An entry of a slot that is stored whole: a thousand live rows. */
export function storedSlot(slot: EpochMs): SlotResult {
  return {
    slot,
    outcome: 'stored',
    reason: null,
    requested: 1_000,
    answered: 1_000,
    complete: 950,
    skipped: 0,
    skew_seconds: 41.2,
    zero_bid_share: 0.12,
    live_rows: 1_000,
    frozen_rows: 0,
    delayed_rows: 0,
    unquoted_rows: 0,
    quote_age_seconds: 20.5,
  }
}

/** `10:05 deadline`, `QQQ 10:10 no_chain`, `10:00 partial 500/1000 deadline`, `10:00 stored 1000/1000 delayed_rows=200`. */
function ledgerOf(text: string, day: string): (readonly [string, SlotResult])[] {
  if (text === '') return []
  const pattern =
    /^(?:(?<symbol>[A-Z]+) )?(?<time>[\d-]* ?\d\d:\d\d)(?: (?<outcome>partial|stored) (?<answered>\d+)\/(?<requested>\d+))?(?: (?<reason>[a-z_]+))?(?<values>(?: [a-z_]+=[\d.]+)*)$/
  const found = pattern.exec(text)?.groups
  if (!found) throw new Error(`ledger "${text}" is not understood`)
  const slot = slotTime(found.time as string, day)
  const [requested, answered] = [Number(found.requested ?? 0), Number(found.answered ?? 0)]
  const values = [...(found.values as string).matchAll(/ ([a-z_]+)=([\d.]+)/g)]
  const landed = { complete: answered, live_rows: answered }
  const report: SlotResult = {
    ...storedSlot(slot),
    ...(found.outcome ? landed : { complete: 0, skew_seconds: null, zero_bid_share: null, ...NO_CONTENT }),
    ...{ requested, answered },
    outcome: found.outcome === 'stored' ? 'stored' : found.outcome ? 'partial' : 'missing',
    reason: found.reason === undefined ? null : reasonOf(found.reason),
    ...Object.fromEntries(values.map(([, name, value]) => [name, Number(value)])),
  }
  return (found.symbol ? [found.symbol] : SYMBOLS).map((symbol) => [symbol, report] as const)
}

/** `silent 60 cycle 20 disk_full`: a word, and its value where one follows. */
function alsoOf(text: string): Map<string, string> {
  const known =
    /^(silent|cycle|lag|disk_full|breaker|chain|bars|surface|alerts|clock|operations|started|asked|said|time|offset)$/
  const found = new Map<string, string>()
  let word = ''
  for (const part of text.split(' ').filter((one) => one !== '')) {
    if (known.test(part)) {
      word = part
      found.set(word, '')
    } else if (word === '') throw new Error(`"${text}" is not understood`)
    else found.set(word, part)
  }
  return found
}

function reasonOf(text: string | undefined): SlotReason {
  const reason = SLOT_REASONS.find((one) => one === text)
  if (!reason) throw new Error(`"${text}" is no reason of the ledger`)
  return reason
}

function slotTime(text: string, day: string): EpochMs {
  return instant(text.includes('-') ? text : `${day} ${text}`)
}

function instant(text: string): EpochMs {
  const [date, time] = text.split(' ')
  return newYorkInstant(sessionDate(date as string), time as string)
}

function cellsOf(line: string): string[] {
  return line
    .slice(1, line.lastIndexOf('|'))
    .split('|')
    .map((cell) => cell.trim())
}
