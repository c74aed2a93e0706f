import type { PaperSettings } from '../options.ts'

/** What an exit is decided on. */
export interface ExitInput {
  readonly strategy: string
  /** Dollars received (above 0) or paid (below 0) by the entry, without commissions; null where it is unknown. */
  readonly entryCash: number | null
  /** Dollars: entry and value at the middle of the quotes, without commissions; null where a price is unknown. */
  readonly gain: number | null
  /** Calendar days to expiration. */
  readonly days: number
  /** From the slot to the close of the underlying. */
  readonly minutesToClose: number
}

export type ExitRule = 'days_to_expiration' | 'end_of_day' | 'stop' | 'profit_target'

export interface ExitAnswer {
  readonly exit: ExitRule | null
  readonly reason: string
}

type ExitSettings = Pick<
  PaperSettings,
  | 'condorProfitTargetFraction'
  | 'condorStopCreditMultiple'
  | 'condorExitDays'
  | 'straddleProfitTargetFraction'
  | 'straddleStopFraction'
  | 'straddleExitDays'
  | 'exitMinutesBeforeClose'
>

/** Whether a rule closes the position: time first, then the stop, then the target. Pure. */
export function exitOf(input: ExitInput, settings: ExitSettings): ExitAnswer {
  const { strategy, entryCash, gain, days, minutesToClose } = input
  const isCondor = strategy === 'iron_condor'
  const exitDays = isCondor ? settings.condorExitDays : settings.straddleExitDays
  if (days <= exitDays)
    return closes('days_to_expiration', `${days} days to expiration, ${exitDays} is the limit`)
  const { exitMinutesBeforeClose: minutes } = settings
  if (minutes !== null && minutesToClose <= minutes) {
    return closes('end_of_day', `${Math.floor(minutesToClose)} minutes to the close, ${minutes} is the limit`)
  }
  if (entryCash === null) return stays('the price of the entry is unknown: only rules of time apply')
  if (gain === null) return stays('a leg has no quote: only rules of time apply')
  const basis = Math.abs(entryCash)
  const [stop, target] = isCondor
    ? [settings.condorStopCreditMultiple * basis, settings.condorProfitTargetFraction * basis]
    : [settings.straddleStopFraction * basis, settings.straddleProfitTargetFraction * basis]
  if (gain <= -stop)
    return closes('stop', `the loss $${(-gain).toFixed(2)} reaches the stop $${stop.toFixed(2)}`)
  if (gain >= target) {
    return closes('profit_target', `the gain $${gain.toFixed(2)} reaches the target $${target.toFixed(2)}`)
  }
  return stays(
    `$${gain.toFixed(2)} lies between the stop $${(-stop).toFixed(2)} and the target $${target.toFixed(2)}`,
  )
}

/** Such an exit does not wait at better prices: what it protects from grows with time. */
export function isUrgent(rule: ExitRule): boolean {
  return rule !== 'profit_target'
}

function closes(exit: ExitRule, reason: string): ExitAnswer {
  return { exit, reason }
}

function stays(reason: string): ExitAnswer {
  return { exit: null, reason }
}
