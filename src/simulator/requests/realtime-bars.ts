import { type EpochMs, epochMs } from '../../market/units.ts'
import { API_ERRORS, type ApiError } from '../errors.ts'
import type { BarKind, SimContract } from '../market/market.ts'
import type { Client, SimulatorState } from '../state.ts'
import type { Fields } from '../wire/frames.ts'
import { realtimeBar } from '../wire/history.ts'
import type { Lookup } from './answer-later.ts'
import { type ContractDescription, findContracts, readContractDescription } from './contract-description.ts'
import { openPolling } from './polling.ts'
import type { RequestTable } from './request.ts'
import { onlyContract } from './validation.ts'

export const REALTIME_BAR_REQUESTS: RequestTable = {
  50: { name: 'reqRealTimeBars', idField: 2, answer: realtimeBars },
  51: { name: 'cancelRealTimeBars', idField: 2, answer: cancelRealtimeBars },
}

/** The only length there is; the one that a client requests is not looked at, as at Interactive Brokers. */
const BAR_SECONDS = 5
const BAR_MS = BAR_SECONDS * 1_000
const KINDS: readonly BarKind[] = ['TRADES', 'MIDPOINT', 'BID', 'ASK']

/** `50|3|req|contract…|barSize|whatToShow|useRTH|opts`: a bar each five seconds while the market is open. */
function realtimeBars(client: Client, fields: Fields, state: SimulatorState): void {
  fields.skip(1)
  const requestId = fields.integer()
  const description = readContractDescription(fields)
  fields.skip(1)
  const whatToShow = fields.text().trim().toUpperCase()
  const regularHours = fields.flag()
  const admitted = admit({ requestId, description, whatToShow }, client, state)
  if ('code' in admitted) client.sendError(requestId, admitted)
  else follow({ client, requestId, state }, { ...admitted, regularHours })
}

interface BarStream {
  readonly contract: SimContract
  readonly what: BarKind
  readonly regularHours: boolean
}

/** Validates the request and takes its line: what to stream, or the error. */
function admit(
  request: {
    readonly requestId: number
    readonly description: ContractDescription
    readonly whatToShow: string
  },
  client: Client,
  state: SimulatorState,
): Omit<BarStream, 'regularHours'> | ApiError {
  const { requestId, description, whatToShow } = request
  if (client.open.has(requestId)) return API_ERRORS.duplicateId()
  const what = KINDS.find((kind) => kind === whatToShow)
  if (!what) return API_ERRORS.whatToShow()
  if (description.exchange === '') return API_ERRORS.exchange()
  const contract = onlyContract(findContracts(state.market, description))
  if ('code' in contract) return contract
  const { market } = state
  if (market.headTimestamp(contract, what) === null && !market.expectsBars?.(contract, what)) {
    return API_ERRORS.realtimeBars(`No ${what} data for ${contract.symbol}@${contract.exchange}`)
  }
  // Only the count of requests in ten minutes limits them, so no two of them are identical.
  const nowMs = state.clock.monotonicMs()
  const paced = {
    identity: `${what} ${requestId} ${nowMs}`,
    series: `${requestId} ${nowMs}`,
    weight: 1,
  } as const
  if (state.historyPacing.violates(paced, nowMs)) {
    return API_ERRORS.realtimeBars('Historical data request pacing violation')
  }
  return state.lines.take() ? { contract, what } : API_ERRORS.lines()
}

function follow(lookup: Lookup, { contract, what, regularHours }: BarStream): void {
  const { client, requestId, state } = lookup
  const { clock, market, lines } = state
  let sentUntil = barStart(clock.now())
  const polling = {
    kind: 'realtime_bars',
    farm: 'market',
    waitMs: () => BAR_MS - (clock.now() % BAR_MS),
    onClose: () => lines.release(),
  } as const
  openPolling(lookup, polling, () => {
    const endAt = barStart(clock.now())
    // After an outage the bars that were missed are not sent.
    const startAt = epochMs(Math.max(sentUntil, endAt - BAR_MS))
    sentUntil = endAt
    if (startAt >= endAt) return
    const wanted = { startAt, endAt, barSeconds: BAR_SECONDS, regularHours }
    for (const bar of market.bars(contract, what, wanted)) {
      client.send(realtimeBar(requestId, bar))
    }
  })
}

function barStart(at: EpochMs): EpochMs {
  return epochMs(Math.floor(at / BAR_MS) * BAR_MS)
}

/** `51|1|req` */
function cancelRealtimeBars(client: Client, fields: Fields): void {
  fields.skip(1)
  const requestId = fields.integer()
  const open = client.open.get(requestId)
  if (open?.kind === 'realtime_bars') open.close()
  else client.sendError(requestId, API_ERRORS.unknownId(requestId))
}
