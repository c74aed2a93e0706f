import type pino from 'pino'
import { loadLater } from './load-later.ts'

const packages = loadLater<{ pino: typeof pino }>('pino')

export type Log = pino.Logger

/**
 * The log: one JSON object per line on standard error. Each line is written before the call returns, so that a killed
 * process loses none. Common keys: `symbol`, `slot`, `code` (of a notice), `reason`, `ms`. Account numbers are masked
 * where notices are read, and again in every line, because an error may quote the gateway.
 * @param write takes each line, with its end, instead of standard error
 */
export function openLog(level: string, write?: (line: string) => void): Log {
  const { pino } = packages
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, hooks: { streamWrite: maskAccounts } },
    write === undefined ? pino.destination({ dest: 2, sync: true }) : { write },
  )
}

/**
 * Replaces the digits of account numbers (`DU1234567`, `U1234567`, …), also in JSON, where the letter of an escaped line
 * break may precede them.
 */
export function maskAccounts(text: string): string {
  return text.replace(/(?:\b|(?<=\\[nrt]))(DU|DF|DI|U|F|I)\d{4,}[A-Z]?\b/g, '$1***')
}
