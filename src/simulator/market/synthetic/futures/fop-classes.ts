import { newYorkInstant, sessionOn } from '../../../../market/calendar.ts'
import { weekdayOf } from '../../../../market/holidays.ts'
import { addDays, daysBetween, type EpochMs, type SessionDate } from '../../../../market/units.ts'
import type { StrikeZone } from '../../instruments.ts'
import { sessionsBack } from '../expiry-days.ts'
import { type ContractMonth, monthsListedOn } from './contract-months.ts'
import { FUTURE_PRODUCTS, type FutureProduct } from './products.ts'

/** How the options on the futures of one product are listed. */
export interface FopRules {
  readonly symbol: string
  /** Class and number in contract ids of those that end with a future, or before it: american. */
  readonly monthly: { readonly tradingClass: string; readonly classNumber: number; readonly months: number }
  /** Classes that end at the close of the stock exchange: european. Null: there are none. */
  readonly weekly: WeeklyClasses | null
  readonly minTick: number
  /** Ticks are that of `minTick` below 10 points, and this one from there on. */
  readonly tickFromTen: number
  /** Strikes are multiples of it, 2,047 of them at most. */
  readonly strikeUnit: number
  /** How often a strike's number appears in local symbols: 100 for dollars that are written in cents. */
  readonly symbolScale: 1 | 100
  readonly strikes: { readonly monthly: readonly StrikeZone[]; readonly weekly: readonly StrikeZone[] }
  /** Slopes of the smile; null: those of the fund that follows the index. */
  readonly smile: { readonly putSlope: number; readonly callSlope: number } | null
}

interface WeeklyClasses {
  readonly classNumber: number
  /** `EW?` and `E?A` to `E?D`: the week of the month stands for the question mark. */
  readonly friday: string
  /** Monday to Thursday. */
  readonly days: readonly [string, string, string, string]
  readonly endOfMonth: string
}

/** One expiration of one class. */
export interface FopExpiration {
  readonly rules: FopRules
  readonly tradingClass: string
  readonly classNumber: number
  readonly date: SessionDate
  /** YYYYMM: of the future for a monthly class, else of the expiry. */
  readonly month: string
  readonly style: 'american' | 'european'
  /** When it can be traded for the last time, and when its value is fixed. */
  readonly settlesAt: EpochMs
  readonly listedDays: number
  readonly future: ContractMonth
}

const FRIDAY_DAYS = 56
const DAY_DAYS = 14
const END_OF_MONTH_DAYS = 100
const MONTHLY_DAYS = 400

/** Strikes near the price close together, further ones wider apart. */
function zones(near: number, wide: number, far: number): FopRules['strikes'] {
  return {
    weekly: [
      { withinDays: 30, step: near, widthFraction: 0.06 },
      { withinDays: 100, step: wide, widthFraction: 0.16 },
    ],
    monthly: [
      { withinDays: 60, step: near, widthFraction: 0.06 },
      { withinDays: 200, step: wide, widthFraction: 0.2 },
      { withinDays: 400, step: far, widthFraction: 0.4 },
    ],
  }
}

export const FOP_RULES: readonly FopRules[] = [
  {
    symbol: 'ES',
    monthly: { tradingClass: 'ES', classNumber: 23, months: 4 },
    weekly: {
      classNumber: 24,
      friday: 'EW?',
      days: ['E?A', 'E?B', 'E?C', 'E?D'],
      endOfMonth: 'EW',
    },
    ...{ minTick: 0.05, tickFromTen: 0.25, strikeUnit: 5, symbolScale: 1, smile: null },
    strikes: zones(5, 25, 100),
  },
  {
    symbol: 'NQ',
    monthly: { tradingClass: 'NQ', classNumber: 25, months: 4 },
    weekly: {
      classNumber: 26,
      friday: 'QN?',
      days: ['Q?A', 'Q?B', 'Q?C', 'Q?D'],
      endOfMonth: 'QNE',
    },
    ...{ minTick: 0.05, tickFromTen: 0.25, strikeUnit: 25, symbolScale: 1, smile: null },
    strikes: zones(25, 100, 500),
  },
  {
    symbol: 'RTY',
    monthly: { tradingClass: 'RTO', classNumber: 27, months: 4 },
    weekly: {
      classNumber: 28,
      friday: 'R?E',
      days: ['R?A', 'R?B', 'R?C', 'R?D'],
      endOfMonth: 'RTM',
    },
    ...{ minTick: 0.05, tickFromTen: 0.1, strikeUnit: 5, symbolScale: 1, smile: null },
    strikes: zones(5, 20, 50),
  },
  {
    symbol: 'CL',
    monthly: { tradingClass: 'LO', classNumber: 29, months: 9 },
    weekly: null,
    ...{ minTick: 0.01, tickFromTen: 0.01, strikeUnit: 0.5, symbolScale: 100 },
    smile: { putSlope: 0.12, callSlope: 0.1 },
    strikes: {
      weekly: [],
      monthly: [
        { withinDays: 60, step: 0.5, widthFraction: 0.2 },
        { withinDays: 200, step: 1, widthFraction: 0.35 },
        { withinDays: 400, step: 5, widthFraction: 0.6 },
      ],
    },
  },
]

/** The rules and the product of a class number of contract ids; undefined for a class of anything else. */
export function fopRulesOfClass(classNumber: number): FopRules | undefined {
  return FOP_RULES.find(
    ({ monthly, weekly }) => monthly.classNumber === classNumber || weekly?.classNumber === classNumber,
  )
}

export function fopProduct({ symbol }: FopRules): FutureProduct {
  return FUTURE_PRODUCTS.find((product) => product.symbol === symbol) as FutureProduct
}

/** The expirations listed on a New York date, soonest first. */
export function fopExpirationsOn(rules: FopRules, today: SessionDate): FopExpiration[] {
  const product = fopProduct(rules)
  const futures = monthsListedOn(product, today)
  const found = [...monthlyExpirations(rules, futures), ...weeklyExpirations(rules, today, futures)]
  return found
    .filter(({ date, listedDays }) => date >= today && daysBetween(today, date) <= listedDays)
    .sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : a.settlesAt - b.settlesAt))
}

/** Options on index futures end with the future at the opening; those on oil three business days before it. */
function monthlyExpirations(rules: FopRules, futures: readonly ContractMonth[]): FopExpiration[] {
  const { index } = fopProduct(rules)
  const { tradingClass, classNumber, months } = rules.monthly
  return futures.slice(0, months).map((future) => {
    const date = index === null ? sessionsBack(future.expiry, 3) : future.expiry
    return {
      ...{ rules, tradingClass, classNumber, date, month: future.month, style: 'american', future },
      settlesAt: index === null ? newYorkInstant(date, '14:30') : future.lastTradeAt,
      listedDays: MONTHLY_DAYS,
    }
  })
}

function weeklyExpirations(
  rules: FopRules,
  today: SessionDate,
  futures: readonly ContractMonth[],
): FopExpiration[] {
  const { weekly } = rules
  if (!weekly) return []
  const found: FopExpiration[] = []
  for (let date = today; daysBetween(today, date) <= END_OF_MONTH_DAYS; date = addDays(date, 1)) {
    const session = sessionOn(date)
    const kind = session && weeklyClassOn(weekly, date)
    // The option ends after the opening at which a future of that day ends.
    const future = futures.find((one) => one.lastTradeAt >= (session?.closeAt ?? 0))
    if (!session || !kind || !future) continue
    found.push({
      ...{ rules, ...kind, classNumber: weekly.classNumber, date, style: 'european', future },
      month: `${date.slice(0, 4)}${date.slice(5, 7)}`,
      settlesAt: session.closeAt,
    })
  }
  return found
}

/** The class that ends on a session: at the end of a month that one, else the one of its week and weekday. */
function weeklyClassOn(
  { friday, days, endOfMonth }: WeeklyClasses,
  date: SessionDate,
): { readonly tradingClass: string; readonly listedDays: number } | null {
  if (isLastOfMonth(date)) return { tradingClass: endOfMonth, listedDays: END_OF_MONTH_DAYS }
  const weekday = weekdayOf(date)
  const endsWeek = weekday === 5 || (weekday === 4 && sessionOn(addDays(date, 1)) === null)
  const form = endsWeek ? friday : days[weekday - 1]
  if (form === undefined) return null
  const named = endsWeek ? addDays(date, 5 - weekday) : date
  const week = String(Math.ceil(Number(named.slice(8)) / 7))
  return { tradingClass: form.replace('?', week), listedDays: endsWeek ? FRIDAY_DAYS : DAY_DAYS }
}

function isLastOfMonth(date: SessionDate): boolean {
  for (let next = addDays(date, 1); next.slice(5, 7) === date.slice(5, 7); next = addDays(next, 1)) {
    if (sessionOn(next) !== null) return false
  }
  return true
}
