import { z } from 'zod'
import { type SessionDate, sessionDate } from '../../market/units.ts'

const exDate = z
  .string()
  .refine(isDate, 'must be a date such as 2026-12-16')
  .transform((text) => sessionDate(text))
/** Funds cannot have any: the indices follow their prices. */
const symbol = z.enum(['AAPL', 'BRK B'])
/** Left out: by the rule of the Options Clearing Corporation. */
const ownClass = z.boolean().optional()

/**
 * A split or a special dividend of a stock of the synthetic market. What was listed before is adjusted: strikes, and for a
 * split the shares of a contract. A split into whole shares and a dividend leave standard contracts of 100 shares, which stay in
 * their class; any other split, and `ownClass`, puts them into a class of their own, such as AAPL1.
 */
export const corporateAction = z.discriminatedUnion('kind', [
  /** `shares` new shares for every `for` old ones, from the open of `date` on. */
  z.strictObject({
    kind: z.literal('split'),
    symbol,
    date: exDate,
    shares: z.int().min(2).max(50),
    for: z.int().min(1).max(49).default(1),
    ownClass,
  }),
  /** The stock opens lower by `dollars` on `date`. */
  z.strictObject({
    kind: z.literal('special_dividend'),
    symbol,
    date: exDate,
    dollars: z.number().min(0.25).max(100),
    ownClass,
  }),
])
export type CorporateAction = z.output<typeof corporateAction>

/** At most one of each symbol. */
export const corporateActions = z
  .array(corporateAction)
  .max(2)
  .refine((all) => new Set(all.map((one) => one.symbol)).size === all.length, 'must be one of each symbol')

/** New shares for an old one; 1 without a split. */
export function splitFactor(action: CorporateAction): number {
  return action.kind === 'split' ? action.shares / action.for : 1
}

/** What the strike of a contract that was listed before becomes, dollars, to the cent. */
export function adjustedStrike(action: CorporateAction, strike: number): number {
  const adjusted = action.kind === 'split' ? strike / splitFactor(action) : strike - action.dollars
  return Math.round(adjusted * 100) / 100
}

/** Whether what was listed before is no longer of the standard class. */
export function hasOwnClass(action: CorporateAction): boolean {
  return action.ownClass ?? !Number.isInteger(splitFactor(action))
}

/** Shares of an adjusted contract: 100 where one contract became several. */
export function adjustedMultiplier(action: CorporateAction): number {
  const factor = splitFactor(action)
  return Number.isInteger(factor) && !hasOwnClass(action) ? 100 : Math.round(100 * factor)
}

function isDate(text: string): boolean {
  try {
    return sessionDate(text) === (text as SessionDate)
  } catch {
    return false
  }
}
