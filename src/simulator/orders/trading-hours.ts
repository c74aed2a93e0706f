import { newYorkDate, newYorkInstant, sessionOn } from '../../market/calendar.ts'
import { type EpochMs, epochMs, expiryDate, expiryToDate } from '../../market/units.ts'
import type { Market, SimContract } from '../market/market.ts'
import { behindNewYorkMs } from '../market/zones.ts'
import type { Instrument } from './order.ts'

/** Whether an instrument trades now, and until or from when. */
export type TradingWindow =
  | { readonly isOpen: true; readonly closesInMs: number }
  | { readonly isOpen: false; readonly opensAt: EpochMs | null; readonly opensInMs: number }

/** Where no session is known, one is looked for at each multiple of this time, so that all orders wait together, ms. */
const UNKNOWN_MS = 24 * 3_600_000

/** One session of a contract. */
interface Session {
  readonly openAt: EpochMs
  readonly closeAt: EpochMs
}

/** Contracts whose sessions of the day are remembered. */
const MOST_REMEMBERED = 20_000

/** When instruments trade. A combination trades while all of its legs do. */
export interface TradingHours {
  /** @param outsideRth whether all trading hours count, and not only the regular ones */
  window(instrument: Instrument, when: { readonly at: EpochMs; readonly outsideRth: boolean }): TradingWindow
}

/** Trading hours as in contract details, read once a day for each contract. */
export function createTradingHours(market: Pick<Market, 'hours'>): TradingHours {
  const remembered = new Map<string, readonly Session[]>()

  function sessions(contract: SimContract, when: { at: EpochMs; outsideRth: boolean }): readonly Session[] {
    const key = `${contract.conId} ${newYorkDate(when.at)} ${when.outsideRth}`
    const known = remembered.get(key)
    if (known) return known
    if (remembered.size >= MOST_REMEMBERED) remembered.clear()
    const read = sessionsOf(market, contract, when)
    remembered.set(key, read)
    return read
  }

  return {
    window: (instrument, when) => {
      const contracts =
        instrument.kind === 'single' ? [instrument.contract] : instrument.legs.map(({ contract }) => contract)
      const windows = contracts.map((contract) => windowOf(sessions(contract, when), when.at))
      const closed = windows.filter((window) => !window.isOpen)
      if (closed.length === 0) {
        const closes = windows.map((window) => (window.isOpen ? window.closesInMs : 0))
        return { isOpen: true, closesInMs: Math.min(...closes) }
      }
      return closed.reduce((latest, window) => (window.opensInMs > latest.opensInMs ? window : latest))
    },
  }
}

function windowOf(sessions: readonly Session[], at: EpochMs): TradingWindow {
  const session = sessions.find(({ closeAt }) => at < closeAt)
  if (!session) return { isOpen: false, opensAt: null, opensInMs: UNKNOWN_MS - (at % UNKNOWN_MS) }
  const { openAt, closeAt } = session
  if (openAt <= at) return { isOpen: true, closesInMs: closeAt - at }
  return { isOpen: false, opensAt: openAt, opensInMs: openAt - at }
}

/** The sessions of the days around a time, in order. `20261120:0930-20261120:1615;20261121:CLOSED` → one session. */
function sessionsOf(
  market: Pick<Market, 'hours'>,
  contract: SimContract,
  { at, outsideRth }: { readonly at: EpochMs; readonly outsideRth: boolean },
): Session[] {
  const { liquidHours, tradingHours, timeZoneId } = market.hours(contract, at)
  const today = newYorkDate(at)
  const instant = instantIn(timeZoneId)
  const sessions = (outsideRth ? tradingHours : liquidHours)
    .split(';')
    .flatMap((day) => [...day.matchAll(/(\d{8}):(\d\d)(\d\d)-(\d{8}):(\d\d)(\d\d)/g)])
    .map(([, openDay, openHour, openMinute, closeDay, closeHour, closeMinute]) => ({
      openAt: instant(openDay, openHour, openMinute),
      closeAt: instant(closeDay, closeHour, closeMinute),
    }))
    .filter(({ closeAt }) => newYorkDate(closeAt) >= today)
  return contract.secType === 'OPT' ? sessions.filter(isRegular) : sessions
}

/** Of several segments a day, options are executed in the one that holds the open of the stock exchange. */
function isRegular({ openAt, closeAt }: Session): boolean {
  const stockSession = sessionOn(newYorkDate(closeAt))
  return stockSession !== null && openAt <= stockSession.openAt && stockSession.openAt < closeAt
}

function instantIn(timeZoneId: string) {
  const behindMs = behindNewYorkMs(timeZoneId)
  return (day = '', hour = '', minute = '') =>
    epochMs(newYorkInstant(expiryToDate(expiryDate(day)), `${hour}:${minute}`) + behindMs)
}
