import { newYorkDate } from '../../market/calendar.ts'
import type { EpochMs } from '../../market/units.ts'
import { API_ERRORS, type ApiError } from '../errors.ts'
import type { Execution } from '../orders/order.ts'
import type { Fields } from '../wire/frames.ts'
import { parseEndTime } from '../wire/times.ts'

const SIDES: Readonly<Record<string, Execution['side']>> = {
  BUY: 'BUY',
  BOT: 'BUY',
  SELL: 'SELL',
  SLD: 'SELL',
}

/**
 * Reads the filter of reqExecutions: client, account, earliest time, symbol, security type, exchange, side. An empty
 * field and client 0 match everything; executions of earlier days are never sent.
 */
export function executionFilter(
  fields: Fields,
  now: EpochMs,
): { matches: (execution: Execution) => boolean } | ApiError {
  const clientId = fields.real()
  const account = fields.text()
  const time = fields.text()
  const symbol = fields.text()
  const secType = fields.text().toUpperCase()
  const exchange = fields.text().toUpperCase()
  const sideName = fields.text().toUpperCase()
  const from = time === '' ? null : parseEndTime(time, now)
  if (time !== '' && from === null)
    return API_ERRORS.invalid(`Invalid time in the filter: "${time.slice(0, 40)}"`)
  const side = SIDES[sideName]
  if (sideName !== '' && !side)
    return API_ERRORS.invalid(`Invalid side in the filter: "${sideName.slice(0, 40)}"`)
  const today = newYorkDate(now)
  return {
    matches: (execution) =>
      newYorkDate(execution.at) === today &&
      (clientId === 0 || execution.clientId === clientId) &&
      (account === '' || execution.account === account) &&
      (from === null || execution.at >= from) &&
      (symbol === '' || symbolOf(execution) === symbol) &&
      (secType === '' || secTypeOf(execution) === secType) &&
      (exchange === '' || execution.exchange === exchange) &&
      (side === undefined || execution.side === side),
  }
}

function symbolOf({ traded }: Execution): string {
  return traded.kind === 'contract' ? traded.contract.symbol : traded.symbol
}

function secTypeOf({ traded }: Execution): string {
  return traded.kind === 'contract' ? traded.contract.secType : 'BAG'
}
