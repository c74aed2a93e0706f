import type { Goal } from '../../scripts/bench/report.ts'
import { formatTable } from '../../src/commands/terminal/table.ts'
import { SessionEnded } from '../../src/gateway/session/errors.ts'
import { newYorkDate } from '../../src/market/calendar.ts'
import { systemClock } from '../../src/market/clock.ts'
import { expiryTimesOf } from '../../src/market/option-hours.ts'
import { MALFORMED_FORMS, type MalformedForm } from '../../src/simulator/faults/faults.ts'
import { assembleRows } from '../../src/snapshot/assemble-rows.ts'
import { SNAPSHOT_COLUMNS, type SnapshotRow } from '../../src/snapshot/row.ts'
import { openSimulatedSession } from '../support/simulated-session.ts'
import { NOON } from '../support/supervised-gateway.ts'
import { type Campaign, roundsOf } from './campaign.ts'

const LARGEST = 1e12
/** After these a client cannot find the next message, so it must disconnect at once. */
const BAD_LENGTHS: readonly MalformedForm[] = ['oversize_length', 'zero_length']

interface Tally {
  rows: number
  hostile: number
  readonly examples: string[]
}

/** Collects a chain while every update also brings absurd values. */
async function collectHostile(contracts: number): Promise<Tally> {
  const simulated = await openSimulatedSession(contracts, 1, { updateIntervalMs: 50 })
  try {
    simulated.simulator.inject({ kind: 'hostile_values' })
    const harvest = await simulated.collect(simulated.clock.monotonicMs() + 120_000)
    const times = { expiresAt: expiryTimesOf('SPY'), openAt: NOON, closeAt: NOON }
    const context = { slot: NOON, date: newYorkDate(NOON), ...times, openInterest: new Map() }
    const tally: Tally = { rows: 0, hostile: 0, examples: [] }
    for (const row of assembleRows(harvest, context)) count(row, tally)
    return tally
  } finally {
    await simulated.close()
  }
}

const NEVER_NEGATIVE: ReadonlySet<string> = new Set<keyof SnapshotRow>([
  'bid',
  'ask',
  'last',
  'bid_size',
  'ask_size',
  'volume',
  'open_interest',
  'iv',
  'gamma',
  'vega',
  'underlying_price',
  'pv_dividend',
])

/** Times are larger than any price. */
const TIMES: ReadonlySet<string> = new Set(
  SNAPSHOT_COLUMNS.filter(({ type }) => type === 'timestamp').map(({ name }) => name),
)

function count(row: SnapshotRow, tally: Tally): void {
  tally.rows += 1
  for (const [name, value] of Object.entries(row)) {
    if (typeof value !== 'number' || TIMES.has(name)) continue
    const isHostile =
      !Number.isFinite(value) ||
      Math.abs(value) > LARGEST ||
      (NEVER_NEGATIVE.has(name) && value < 0) ||
      value === -2
    if (!isHostile) continue
    tally.hostile += 1
    if (tally.examples.length < 10) tally.examples.push(`${name} = ${value}`)
  }
}

/** A session's reaction to one malformed frame: how soon it ended, or whether it still works. */
async function sendMalformed(
  form: MalformedForm,
): Promise<{ form: MalformedForm; endedMs: number | null; reason: string }> {
  const simulated = await openSimulatedSession(1, 1)
  try {
    const fromMs = performance.now()
    simulated.simulator.inject({ kind: 'malformed', form })
    const end = await Promise.race([simulated.session.ended, systemClock.sleep(300).then(() => null)])
    if (end) return { form, endedMs: performance.now() - fromMs, reason: end.reason }
    const isAlive = await simulated.session.currentTime().then(
      () => true,
      (error: unknown) => error instanceof SessionEnded,
    )
    return { form, endedMs: null, reason: isAlive ? 'continues' : 'hangs' }
  } finally {
    await simulated.close()
  }
}

/** Time for an answer during a flood of errors, ms. */
async function answerInFloodMs(errors: number): Promise<number> {
  const simulated = await openSimulatedSession(1, 1)
  try {
    simulated.simulator.inject({ kind: 'error_flood', count: errors })
    const fromMs = performance.now()
    await simulated.session.currentTime()
    return performance.now() - fromMs
  } finally {
    await simulated.close()
  }
}

/** Figure 17: values and bytes that no gateway should send. */
export const hostile: Campaign = {
  name: 'hostile',
  summary: 'absurd values, bad lengths, unknown ids, repeated ends, floods of errors (figure 17)',
  takes: '30 s',
  run: async (options) => {
    const tally = await collectHostile(roundsOf(options, 1_000, 60))
    const reactions = []
    for (const form of MALFORMED_FORMS) reactions.push(await sendMalformed(form))
    const floodMs = await answerInFloodMs(options.quick ? 10_000 : 200_000)
    console.log(
      formatTable(reactions, [
        { title: 'malformed', value: ({ form }) => form },
        { title: 'the session', value: ({ reason }) => reason },
        {
          title: 'after',
          align: 'right',
          value: ({ endedMs: ms }) => (ms === null ? '' : `${ms.toFixed(1)} ms`),
        },
      ]),
    )
    for (const example of tally.examples) console.log(`stored: ${example}`)
    const lengths = reactions.filter(({ form }) => BAD_LENGTHS.includes(form))
    const goals: Goal[] = [
      { name: 'rows collected under hostile values', value: tally.rows, unit: 'rows', atLeast: 1 },
      { name: 'hostile values in those rows', value: tally.hostile, unit: 'values', atMost: 0 },
      {
        name: 'slowest disconnect after a bad length',
        value: Math.max(...lengths.map(({ endedMs }) => endedMs ?? Number.POSITIVE_INFINITY)),
        unit: 'ms',
        atMost: 100,
      },
      {
        name: 'malformed frames after which the session hangs or is a defect',
        value: reactions.filter(({ reason }) => reason === 'hangs' || reason === 'defect').length,
        unit: 'frames',
        atMost: 0,
      },
      { name: 'answer during a flood of errors', value: floodMs, unit: 'ms', atMost: 5_000 },
    ]
    return goals
  },
}
