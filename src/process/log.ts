import pino from 'pino'

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

/**
 * Replaces account numbers (`DU1234567`, `U1234567`, …), of which only the letters may be told; in JSON, too, where the
 * letter of an escaped line break stands before them.
 */
export function maskAccounts(text: string): string {
  return text.replace(/(?:\b|(?<=\\[nrt]))(DU|DF|DI|U|F|I)\d{4,}[A-Z]?\b/g, '$1***')
}
