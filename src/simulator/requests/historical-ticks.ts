import type { EpochMs } from '../../market/units.ts'
import { API_ERRORS } from '../errors.ts'
import type { Market, SimContract } from '../market/market.ts'
import type { Client, SimulatorState } from '../state.ts'
import type { Fields } from '../wire/frames.ts'
import { historicalMidPoints, historicalQuotes, historicalTrades } from '../wire/history.ts'
import { parseTime } from '../wire/times.ts'
import { type Answer, answerLater } from './answer-later.ts'
import { type ContractDescription, findContracts, readContractDescription } from './contract-description.ts'
import type { RequestTable } from './request.ts'
import {
  ALL_HOURS,
  midPointsOf,
  quotesOf,
  STOCK_HOURS,
  type TickSource,
  ticksFrom,
  ticksUntil,
  tradesOf,
} from './tick-source.ts'
import { onlyContract } from './validation.ts'

export const HISTORICAL_TICK_REQUESTS: RequestTable = {
  96: { name: 'reqHistoricalTicks', idField: 1, answer: historicalTicks },
}

export const MOST_TICKS = 1_000
export const TICK_KINDS = ['TRADES', 'BID_ASK', 'MIDPOINT'] as const
export type TickKind = (typeof TICK_KINDS)[number]

interface TicksMessage {
  readonly contract: ContractDescription
  readonly start: string
  readonly end: string
  readonly count: number
  readonly whatToShow: string
  readonly ignoreSize: boolean
}

/** `96|req|contract…|inclExpired|start|end|count|whatToShow|useRth|ignoreSize|misc` */
function historicalTicks(client: Client, fields: Fields, state: SimulatorState): void {
  const requestId = fields.integer()
  const contract = readContractDescription(fields)
  fields.skip(1)
  const start = fields.text().trim()
  const end = fields.text().trim()
  const count = fields.real()
  const whatToShow = fields.text().trim().toUpperCase()
  fields.skip(1)
  const message: TicksMessage = { contract, start, end, count, whatToShow, ignoreSize: fields.flag() }
  const pacing = {
    identity: JSON.stringify(message),
    series: JSON.stringify([contract, whatToShow]),
    weight: whatToShow === 'BID_ASK' ? 2 : 1,
  } as const
  const isPaced =
    !client.open.has(requestId) && state.historyPacing.violates(pacing, state.clock.monotonicMs())
  const terms = { farm: 'history', kind: 'history', latencyMs: state.latencies.answerMs(requestId) } as const
  answerLater({ client, requestId, state }, terms, () =>
    isPaced ? API_ERRORS.pacing() : ticksAnswer(requestId, message, state),
  )
}

function ticksAnswer(requestId: number, message: TicksMessage, state: SimulatorState): Answer {
  const { market, clock } = state
  const { start, end, count } = message
  const kind = TICK_KINDS.find((one) => one === message.whatToShow)
  if (!kind) return API_ERRORS.whatToShow()
  if (!Number.isInteger(count) || count < 1 || count > MOST_TICKS) {
    return API_ERRORS.historicalTicks(`number of ticks ${count} is not between 1 and ${MOST_TICKS}`)
  }
  if ((start === '') === (end === '')) {
    return API_ERRORS.historicalTicks('either a start time or an end time must be given')
  }
  const now = clock.now()
  const at = parseTime(start === '' ? end : start, now)
  if (at === null) return API_ERRORS.endTime()
  const contract = onlyContract(findContracts(market, message.contract))
  if ('code' in contract) return contract
  const span = start === '' ? { endAt: at < now ? at : now } : { startAt: at }
  return ticksMessage(
    requestId,
    { market, contract, kind, ignoreSize: message.ignoreSize },
    { ...span, now, count },
  )
}

interface TickSelection {
  readonly market: Market
  readonly contract: SimContract
  readonly kind: TickKind
  readonly ignoreSize: boolean
}
type Reach = ({ readonly startAt: EpochMs } | { readonly endAt: EpochMs }) & {
  readonly now: EpochMs
  readonly count: number
}

/** The ticks as one message; without ticks its list is empty. */
export function ticksMessage(
  requestId: number,
  { market, contract, kind, ignoreSize }: TickSelection,
  reach: Reach,
): string {
  const earliest = market.headTimestamp(contract, 'TRADES') ?? reach.now
  const hours = contract.secType === 'FUT' ? ALL_HOURS : STOCK_HOURS
  const select = <Tick extends { readonly at: EpochMs }>(source: TickSource<Tick>) =>
    'endAt' in reach
      ? ticksUntil(source, { ...reach, earliest, hours })
      : ticksFrom(source, { ...reach, hours, startAt: reach.startAt > earliest ? reach.startAt : earliest })
  if (kind === 'TRADES') return historicalTrades(requestId, select(tradesOf(market, contract)))
  if (kind === 'MIDPOINT') return historicalMidPoints(requestId, select(midPointsOf(market, contract)))
  return historicalQuotes(requestId, select(quotesOf(market, contract, ignoreSize)))
}
