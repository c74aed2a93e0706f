import type { FundamentalValue } from '../agents/fundamental-value.ts'
import type { ScenarioEvent } from '../scenarios/schema.ts'

/** The fundamental value with the scenario's events: news, and times of higher or lower volatility. */
export interface FundamentalTrack {
  /** Ticks, not rounded. */
  readonly value: number
  readonly activity: number
  advance(step: number): void
}

export function trackFundamental(
  process: FundamentalValue,
  events: readonly ScenarioEvent[],
): FundamentalTrack {
  const news = events.filter((event) => event.kind === 'jump' || event.kind === 'volatility')
  /** The events' part of the value: 1 without events. */
  let multiple = 1
  let value = process.value
  return {
    get value() {
      return value
    },
    get activity() {
      return process.activity
    },
    advance: (step) => {
      const before = process.value
      process.advance(step)
      for (const event of news) {
        if (event.kind === 'jump' && event.atStep === step) multiple *= 1 + event.fraction
        if (event.kind === 'volatility' && event.atStep <= step && step < event.untilStep)
          multiple *= (process.value / before) ** (event.factor - 1)
      }
      value = process.value * multiple
    },
  }
}
