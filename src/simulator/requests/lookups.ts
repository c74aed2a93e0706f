import type { EpochMs } from '../../market/units.ts'
import { onlyContract, REFUSALS, type Refusal } from '../limits.ts'
import type { SimContract } from '../market/market.ts'
import type { Client, World } from '../state.ts'
import type { Fields } from '../wire/frames.ts'
import { chainEnd, chainRow, contractData, contractDataEnd, historicalData } from '../wire/messages.ts'
import { endOf, gatewayTime, sessionsOf } from '../wire/times.ts'
import { type ContractAsk, findContracts, readContractAsk } from './contract-description.ts'

/** Who asked what, and of which world. */
interface Asked {
  readonly client: Client
  readonly requestId: number
  readonly world: World
}

/** How often a request whose farm is broken looks whether it has mended, ms. */
const BROKEN_FARM_MS = 250

/**
 * Answers one request a little later: either with frames or with why there are none. While its farm is broken, or
 * Interactive Brokers cannot be reached, it waits.
 */
function answerLater(
  { client, requestId, world }: Asked,
  farm: 'history' | 'definitions',
  answer: () => string | Refusal,
): void {
  if (client.open.has(requestId)) {
    client.refuse(requestId, REFUSALS.duplicateId())
    return
  }
  let callOff = world.timeline.after(world.draws.answerMs(requestId), tell)
  function tell(): void {
    if (world.faults.has('server_lost') || world.faults.get('farm_broken')?.farm === farm) {
      callOff = world.timeline.after(BROKEN_FARM_MS, tell)
      return
    }
    client.open.delete(requestId)
    const result = answer()
    if (typeof result === 'string') client.send(result)
    else client.refuse(requestId, result)
  }
  client.open.set(requestId, {
    kind: 'answer',
    close: () => {
      client.open.delete(requestId)
      callOff()
    },
    mute: () => callOff(),
  })
}

/** `9|8|req|contract…`: every contract that matches, then the end; error 200 and no end where none does. */
export function contractDetails(client: Client, fields: Fields, world: World): void {
  fields.skip(1)
  const asked: Asked = { client, requestId: fields.integer(), world }
  const ask = readContractAsk(fields)
  answerLater(asked, 'definitions', () => {
    const found = findContracts(world.market, ask)
    if (found.length === 0) return REFUSALS.unknownContract()
    return found.map((contract) => detailsOf(contract, asked)).join('') + contractDataEnd(asked.requestId)
  })
}

function detailsOf(contract: SimContract, { client, requestId, world }: Asked): string {
  const underlying = contract.secType === 'OPT' ? world.market.byConId(contract.underlyingConId) : undefined
  const listing = {
    contract,
    underlyingSecType: underlying?.secType ?? '',
    hours: world.market.hours(contract, world.clock.now()),
  }
  return contractData(requestId, listing, client.serverVersion)
}

/** `78|req|symbol|futFopExchange|secType|conId` */
export function chainParameters(client: Client, fields: Fields, world: World): void {
  const requestId = fields.integer()
  const symbol = fields.text()
  fields.skip(2)
  const conId = fields.real()
  answerLater({ client, requestId, world }, 'definitions', () => {
    if (world.market.byConId(conId)?.symbol !== symbol) return REFUSALS.invalid('Invalid contract id')
    const rows = world.market.chainRows(conId).map((row) => chainRow(requestId, row))
    return rows.join('') + chainEnd(requestId)
  })
}

const BAR_KINDS = ['TRADES', 'OPTION_IMPLIED_VOLATILITY'] as const

/** `20|req|contract…|inclExpired|end|barSize|duration|useRTH|whatToShow|formatDate|keepUp|opts`: daily bars only. */
export function historicalBars(client: Client, fields: Fields, world: World): void {
  const requestId = fields.integer()
  const history = readHistoryAsk(fields)
  answerLater({ client, requestId, world }, 'history', () => {
    if (world.faults.has('history_refused')) return REFUSALS.historyService()
    const now = world.clock.now()
    const span = spanOf(history, now)
    if ('code' in span) return span
    const contract = onlyContract(findContracts(world.market, history.ask))
    if ('code' in contract) return contract
    const bars = world.market.bars(contract, span.what, span)
    const [first] = bars
    if (!first) return REFUSALS.noData(`${contract.symbol}@${contract.exchange} ${span.what}`)
    return historicalData(requestId, bars, { from: `${first.date} 00:00:00`, to: gatewayTime(span.endAt) })
  })
}

interface HistoryAsk {
  readonly ask: ContractAsk
  readonly end: string
  readonly barSize: string
  readonly duration: string
  readonly whatToShow: string
  readonly keepUpToDate: boolean
}

function readHistoryAsk(fields: Fields): HistoryAsk {
  const ask = readContractAsk(fields)
  fields.skip(1)
  const end = fields.text()
  const barSize = fields.text()
  const duration = fields.text()
  fields.skip(1)
  const whatToShow = fields.text().toUpperCase()
  fields.skip(1)
  return { ask, end, barSize, duration, whatToShow, keepUpToDate: fields.flag() }
}

interface Span {
  readonly what: (typeof BAR_KINDS)[number]
  readonly endAt: EpochMs
  readonly days: number
}

/** What bars are asked for, or why they are not served. */
function spanOf(history: HistoryAsk, now: EpochMs): Span | Refusal {
  const { whatToShow, barSize, duration, end } = history
  const what = BAR_KINDS.find((kind) => kind === whatToShow)
  const days = sessionsOf(duration)
  const endAt = endOf(end, now)
  if (!what) return REFUSALS.invalid(`only ${BAR_KINDS.join(' and ')} are simulated, not "${whatToShow}"`)
  if (barSize !== '1 day') return REFUSALS.invalid(`only bars of "1 day" are simulated, not "${barSize}"`)
  if (history.keepUpToDate) return REFUSALS.invalid('keepUpToDate is not simulated')
  if (days === null) return REFUSALS.invalid(`"${duration}" is not a duration such as "300 D" or "1 Y"`)
  if (endAt === null) return REFUSALS.invalid(`"${end}" is not an end date and time`)
  return { what, endAt, days }
}
