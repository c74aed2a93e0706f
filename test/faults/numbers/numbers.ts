import type { Goal } from '../../../scripts/bench/report.ts'
import { newYorkDate, newYorkInstant } from '../../../src/market/calendar.ts'
import { dateToExpiry, daysBetween, type EpochMs, sessionDate } from '../../../src/market/units.ts'
import type { GridSize } from '../../support/finite-difference.ts'
import { type Campaign, type CampaignOptions, eachRound, randomOf } from '../campaign.ts'
import { type ErrorSummary, errorPlot, type PlottedDay, summarise, summaryTable } from './error-summary.ts'
import { makeSlot, middays, walk, weeklyExpiries } from './quarter.ts'
import { EX_DATE, QUARTER, SCENARIOS, type Scenario } from './scenarios.ts'
import { type FigureError, figureErrors, figuresOf, greekErrors, type MadeSlot } from './slot-errors.ts'
import { surfaceErrors } from './surface-errors.ts'

/** How much of each scenario is run. */
export interface Extent {
  /** 1: every session of the quarter has a slot, 2: every other one, … */
  readonly everyNth: number
  /** The same for slots with all their strikes; 0: none. */
  readonly wholeEveryNth: number
  readonly scenarios: readonly Scenario[]
  readonly grid: GridSize
}

const FULL: Extent = {
  everyNth: 1,
  wholeEveryNth: 12,
  scenarios: SCENARIOS,
  grid: { prices: 400, times: 160 },
}
const QUICK: Extent = { ...FULL, everyNth: 6, wholeEveryNth: 60, grid: { prices: 240, times: 80 } }

/** Largest bias of iv30 over the quarter, and its largest error on one day, points. */
const MOST_BIAS = 0.02
const MOST_OF_A_DAY = 0.1
/** The 99th percentile of what the surface is off at the money and in its wings, points. */
const MOST_OF_SURFACE = { 'surface, at the money': 0.05, 'surface, 2 deviations below': 0.15 } as const
/** Strikes this share of the forward around the money, in slots without wings. */
const NEAR_FRACTION = 0.012

/** Bias of iv30 and errors of the other figures on chains whose truth is known. */
export const numbers: Campaign = {
  name: 'numbers',
  summary: 'the figures on made chains with known truth: a quarter with its ex-date, 0DTE, poor quotes',
  takes: '15 minutes',
  run: (options) => runScenarios(options, extentOf(options)),
}

function extentOf({ quick, only }: CampaignOptions): Extent {
  const extent = quick ? QUICK : FULL
  return only === undefined
    ? extent
    : { ...extent, scenarios: extent.scenarios.filter(({ name }) => name.includes(only)) }
}

/** Runs scenarios and prints their tables and plots. */
export async function runScenarios({ seed }: CampaignOptions, extent: Extent): Promise<Goal[]> {
  const goals: Goal[] = []
  for (const scenario of extent.scenarios) {
    const { errors, days } = await runQuarter(scenario, extent, seed)
    const summaries = summarise(errors)
    console.log(`\n${scenario.name}\n${summaryTable(summaries)}`)
    console.log(`iv30, ours less true in points, ${QUARTER.from} to ${QUARTER.to}, ex-date ${EX_DATE}`)
    console.log(errorPlot(days))
    if (scenario.isGoal) goals.push(...goalsOf(scenario, summaries))
  }
  const sameDay = await runSameDay(extent, seed)
  console.log(`\nexpiring on the day, 10:00 to 15:55\n${summaryTable(summarise(sameDay))}`)
  return goals
}

function goalsOf({ name }: Scenario, summaries: readonly ErrorSummary[]): Goal[] {
  const summaryOf = (figure: string) => summaries.find((one) => one.figure === figure)
  const iv30 = summaryOf('iv30')
  const known = iv30 && iv30.count > 0 ? iv30 : null
  const facts = { unit: 'points', why: iv30?.reason ?? 'no slot' }
  const surface = Object.entries(MOST_OF_SURFACE).flatMap(([figure, atMost]): Goal[] => {
    const summary = summaryOf(figure)
    if (!summary) return []
    const value = summary.count > 0 ? summary.p99 : null
    return [{ name: `${figure}, p99, ${name}`, value, atMost, unit: 'points', why: summary.reason ?? '' }]
  })
  return [
    {
      ...facts,
      name: `bias of iv30, ${name}`,
      value: known === null ? null : Math.abs(known.bias),
      atMost: MOST_BIAS,
    },
    { ...facts, name: `largest error of a day, ${name}`, value: known?.worst ?? null, atMost: MOST_OF_A_DAY },
    ...surface,
  ]
}

async function runQuarter(scenario: Scenario, extent: Extent, seed: number) {
  const { market, told } = scenario
  const random = randomOf(seed)
  const moments = middays(QUARTER.from, QUARTER.to)
  const prices = walk(market.spot, moments.length, random)
  const chosen = moments.map((_, at) => at).filter((at) => at % extent.everyNth === 0)
  const errors: FigureError[] = []
  const days: PlottedDay[] = []
  await eachRound(scenario.name, chosen.length, async (round) => {
    const at = chosen[round] as number
    const isWhole = extent.wholeEveryNth > 0 && at % extent.wholeEveryNth === 0
    const slot = slotOf(scenario, {
      at: moments[at] as EpochMs,
      spot: prices[at] as number,
      isWhole,
      random,
      extent,
    })
    const figures = figuresOf(market, slot, told)
    const found = figureErrors(market, slot, figures)
    // Without wings neither the strip nor 25 delta is there.
    const judged = isWhole
      ? found
      : found.filter(({ figure }) => figure !== 'mfiv30' && figure !== 'skew_25d')
    errors.push(...judged)
    if (isWhole) {
      errors.push(...greekErrors(slot, figures, extent.grid), ...surfaceErrors(market, slot, told))
    }
    const date = newYorkDate(slot.at)
    const toEx = daysBetween(date, EX_DATE)
    const error = found.find(({ figure }) => figure === 'iv30')?.error ?? null
    days.push({ label: date, error, note: toEx === 0 ? 'ex-date' : isWhole ? 'all strikes' : '' })
  })
  return { errors, days }
}

function slotOf(
  { market, strikeStep, wingFraction, withPvDividend, faults }: Scenario,
  moment: {
    readonly at: EpochMs
    readonly spot: number
    readonly isWhole: boolean
    readonly random: () => number
    readonly extent: Extent
  },
): MadeSlot {
  const { isWhole, extent } = moment
  // Short-lived options far from the money are worth nothing, but a whole chain has them.
  const wings = isWhole
    ? { nearFraction: 0.05, wingFraction }
    : { nearFraction: NEAR_FRACTION, wingFraction: 0 }
  const listing = { ...wings, strikeStep, withPvDividend, faults, grid: extent.grid }
  return makeSlot(market, listing, { ...moment, expiries: weeklyExpiries(newYorkDate(moment.at)) })
}

const SAME_DAY = sessionDate('2026-11-11')
const SAME_DAY_CLOCKS = ['10:00', '12:00', '14:00', '15:00', '15:30', '15:55'] as const

/** Options that expire within hours: at the money, forward, and greeks near it. */
async function runSameDay({ grid, scenarios }: Extent, seed: number): Promise<FigureError[]> {
  const scenario = scenarios[0]
  if (!scenario) return []
  const { market, told, faults, withPvDividend } = scenario
  const random = randomOf(seed)
  const listing = { strikeStep: 1, nearFraction: 0.01, wingFraction: 0, withPvDividend, faults, grid }
  return SAME_DAY_CLOCKS.flatMap((clock) => {
    const at = newYorkInstant(SAME_DAY, clock)
    const moment = { at, spot: market.spot, expiries: [dateToExpiry(SAME_DAY)], random }
    const slot = makeSlot(market, listing, moment)
    const figures = figuresOf(market, slot, told)
    const own = figureErrors(market, slot, figures).filter(
      ({ figure }) => figure === 'forward' || figure === 'at the money, per expiration',
    )
    return [...own, ...greekErrors(slot, figures, grid)]
  })
}
