import pino from 'pino'
import { maskAccounts } from './gateway/notices.ts'

export type Log = pino.Logger

/**
 * The log: one JSON object a line on standard error, written before the call returns, so that a killed process
 * loses none. Fixed key names: `symbol`, `slot`, `code` (of a notice), `reason`, `ms`. Account numbers are masked
 * where notices are read, and once more in every line that is written: an error may carry the gateway's own words.
 */
export function openLog(level: string): Log {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, hooks: { streamWrite: maskAccounts } },
    pino.destination({ dest: 2, sync: true }),
  )
}
