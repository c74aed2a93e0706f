import { createTimetable } from '../../src/daemon/timetable.ts'
import { instrumentNamed } from '../../src/market/instruments.ts'
import type { Timetable } from '../../src/schedule/slots.ts'

/** The sessions of these symbols by our rules, in slots of five minutes. */
export function timetableOf(...symbols: readonly string[]): Timetable {
  return createTimetable(symbols.map(instrumentNamed), { intervalSeconds: 300, afterClose: false }).timetable
}
