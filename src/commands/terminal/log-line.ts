import { newYorkClock } from '../../market/calendar.ts'
import { epochMs } from '../../market/units.ts'
import { type Screen, type Tone, toned } from './screen.ts'
import { wrapped } from './wrap.ts'

/** The levels of pino that say that something is wrong. */
const TONES: readonly (readonly [atLeast: number, tone: Tone])[] = [
  [50, 'bad'],
  [40, 'warning'],
]

interface Logged {
  readonly level: number
  readonly time: string
  readonly msg?: string
  readonly advice?: string
  readonly err?: { readonly message?: string; readonly stack?: string }
}

/** A line of the log for people: the time in New York and the message, with the error and what to do. */
export function logLine(json: string, screen: Screen): string {
  const { level, time, msg = '', advice, err } = JSON.parse(json) as Logged
  const tone = TONES.find(([atLeast]) => level >= atLeast)?.[1] ?? null
  const message = [msg, err?.message, advice].filter((part) => part !== undefined && part !== '').join(': ')
  const at = newYorkClock(epochMs(Date.parse(time)))
  return `${toned(at, 'dim', screen)} ${toned(wrapped(`${' '.repeat(9)}${message}`, screen).slice(9), tone, screen)}`
}
