import type { PaperSettings, StrategyName } from '../options.ts'
import type { KnownFigures } from './figures.ts'

export interface SignalAnswer {
  readonly enter: boolean
  /** One line with the figures and the limits. */
  readonly reason: string
}

/** Decides whether the figures of a slot are those in which a strategy is entered. Pure. */
export type EntrySignal = (figures: KnownFigures, settings: PaperSettings) => SignalAnswer

/** Sells premium where it is dear by the year before and the price is calm. */
export const shortIronCondorSignal: EntrySignal = (figures, settings) =>
  answer('iron condor', [
    atLeast('iv_rank', figures.ivRank, settings.condorMinIvRank),
    atMost('vix', figures.vix, settings.condorMaxVix),
    oneOf('underlying_trend', figures.trend, settings.condorTrends),
  ])

/** Buys premium where it is cheap by the year before. */
export const longStraddleSignal: EntrySignal = (figures, settings) =>
  answer('long straddle', [
    atMost('iv_rank', figures.ivRank, settings.straddleMaxIvRank),
    atMost('vix', figures.vix, settings.straddleMaxVix),
    oneOf('underlying_trend', figures.trend, settings.straddleTrends),
  ])

export const ENTRY_SIGNALS: Readonly<Record<StrategyName, EntrySignal>> = {
  iron_condor: shortIronCondorSignal,
  long_straddle: longStraddleSignal,
}

interface Condition {
  readonly holds: boolean
  readonly text: string
}

function answer(name: string, conditions: readonly Condition[]): SignalAnswer {
  const failed = conditions.filter(({ holds }) => !holds)
  const shown = failed.length > 0 ? failed : conditions
  const text = shown.map((condition) => condition.text).join(', ')
  return { enter: failed.length === 0, reason: `${name}: ${text}` }
}

const shown = (value: number) => String(Math.round(value * 100) / 100)

function atLeast(name: string, value: number, limit: number): Condition {
  const holds = value >= limit
  return { holds, text: `${name} ${shown(value)} is ${holds ? 'at least' : 'below'} ${shown(limit)}` }
}

function atMost(name: string, value: number, limit: number): Condition {
  const holds = value <= limit
  return { holds, text: `${name} ${shown(value)} is ${holds ? 'at most' : 'above'} ${shown(limit)}` }
}

function oneOf(name: string, value: string, allowed: readonly string[]): Condition {
  const holds = allowed.includes(value)
  return { holds, text: `${name} is ${value}${holds ? '' : `, not ${allowed.join(' or ')}`}` }
}
