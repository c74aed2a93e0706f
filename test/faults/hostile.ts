import type { Goal } from '../../scripts/bench/report.ts'
import { formatTable } from '../../src/commands/terminal/table.ts'
import { SessionEnded } from '../../src/gateway/session/errors.ts'
import { newYorkDate } from '../../src/market/calendar.ts'
import { systemClock } from '../../src/market/clock.ts'
import { MALFORMED_FORMS, type MalformedForm } from '../../src/simulator/faults/faults.ts'
import { assembleRows } from '../../src/snapshot/assemble-rows.ts'
import type { SnapshotRow } from '../../src/snapshot/row.ts'
import { openChainRig } from '../support/chain-rig.ts'
import { NOON } from '../support/gateway-rig.ts'
import { type Campaign, roundsOf } from './campaign.ts'

const LARGEST = 1e12
/** What a client cannot read on as a stream of messages must end at once. */
const BAD_LENGTHS: readonly MalformedForm[] = ['oversize_length', 'zero_length']

interface Tally {
  rows: number
  hostile: number
  readonly examples: string[]
}

/** Rows of a chain that was collected while every update brought wild values too. */
async function collectHostile(contracts: number): Promise<Tally> {
  const rig = await openChainRig(contracts, 1, { updateIntervalMs: 50 })
  try {
    rig.simulator.inject({ kind: 'hostile_values' })
    const harvest = await rig.collect(rig.clock.monotonicMs() + 120_000)
    const context = { slot: NOON, date: newYorkDate(NOON), closeAt: NOON, openInterest: new Map() }
    const tally: Tally = { rows: 0, hostile: 0, examples: [] }
    for (const row of assembleRows(harvest, context)) count(row, tally)
    return tally
  } finally {
    await rig.close()
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
])

function count(row: SnapshotRow, tally: Tally): void {
  tally.rows += 1
  for (const [name, value] of Object.entries(row)) {
    if (typeof value !== 'number' || name === 'timestamp' || name === 'quoted_at') continue
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

/** How a session takes one malformed frame: how soon it ended, or whether it went on in good health. */
async function meet(
  form: MalformedForm,
): Promise<{ form: MalformedForm; endedMs: number | null; reason: string }> {
  const rig = await openChainRig(1, 1)
  try {
    const fromMs = performance.now()
    rig.simulator.inject({ kind: 'malformed', form })
    const end = await Promise.race([rig.session.ended, systemClock.sleep(300).then(() => null)])
    if (end) return { form, endedMs: performance.now() - fromMs, reason: end.reason }
    const isWell = await rig.session.currentTime().then(
      () => true,
      (error: unknown) => error instanceof SessionEnded,
    )
    return { form, endedMs: null, reason: isWell ? 'goes on' : 'hangs' }
  } finally {
    await rig.close()
  }
}

/** The slowest answer to a question for the time while a flood of errors comes, ms. */
async function floodOf(errors: number): Promise<number> {
  const rig = await openChainRig(1, 1)
  try {
    rig.simulator.inject({ kind: 'error_flood', count: errors })
    const fromMs = performance.now()
    await rig.session.currentTime()
    return performance.now() - fromMs
  } finally {
    await rig.close()
  }
}

/** Figure 17: values and bytes that no gateway should send. */
export const hostile: Campaign = {
  name: 'hostile',
  summary: 'wild values, bad lengths, unknown ids, repeated ends, floods of errors (figure 17)',
  takes: '30 s',
  run: async (options) => {
    const tally = await collectHostile(roundsOf(options, 1_000, 60))
    const met = []
    for (const form of MALFORMED_FORMS) met.push(await meet(form))
    const floodMs = await floodOf(options.quick ? 10_000 : 200_000)
    console.log(
      formatTable(met, [
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
    const lengths = met.filter(({ form }) => BAD_LENGTHS.includes(form))
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
        value: met.filter(({ reason }) => reason === 'hangs' || reason === 'defect').length,
        unit: 'frames',
        atMost: 0,
      },
      { name: 'an answer in the middle of a flood of errors', value: floodMs, unit: 'ms', atMost: 5_000 },
    ]
    return goals
  },
}
