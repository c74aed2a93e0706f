import { API_ERRORS } from '../errors.ts'
import { isDerivative } from '../market/contracts.ts'
import type { SimContract } from '../market/market.ts'
import type { Client, SimulatorState } from '../state.ts'
import type { Fields } from '../wire/frames.ts'
import { chainEnd, chainRow, contractData, contractDataEnd } from '../wire/messages.ts'
import { type Answer, answerLater, type Lookup } from './answer-later.ts'
import { findContracts, readContractDescription } from './contract-description.ts'

/** The latency of lookups for a symbol with the trouble `slow`, ms. */
const SLOW_MS = 40_000

/** `9|8|req|contract…|inclExpired`: every matching contract, then the end; error 200 and no end when none matches. */
export function contractDetails(client: Client, fields: Fields, state: SimulatorState): void {
  fields.skip(1)
  const lookup: Lookup = { client, requestId: fields.integer(), state }
  const description = readContractDescription(fields)
  const includeExpired = fields.flag()
  const { conId, symbol = state.market.byConId(conId ?? 0)?.symbol } = description.query
  defineLater(lookup, { symbol, latencyMs: state.latencies.detailsMs(lookup.requestId) }, () => {
    const found = findContracts(state.market, description, { includeExpired })
    if (found.length === 0) return API_ERRORS.unknownContract()
    const rows = found.map((contract) => detailsOf(contract, lookup))
    const end = contractDataEnd(lookup.requestId)
    const { detailsRowMs } = state.options
    if (detailsRowMs === 0) return rows.join('') + end
    return { frames: [...rows.slice(0, -1), `${rows.at(-1)}${end}`], apartMs: detailsRowMs }
  })
}

/** A lookup of definitions, with the trouble that its symbol has at the moment. */
function defineLater(
  lookup: Lookup,
  { symbol, latencyMs }: { symbol: string | undefined; latencyMs: number },
  answer: () => Answer,
): void {
  const trouble = lookup.state.faults.get('symbol_trouble')
  const how = trouble && trouble.symbol === symbol ? trouble.how : null
  const terms = { farm: 'definitions', latencyMs: how === 'slow' ? SLOW_MS : latencyMs } as const
  if (how === 'unknown') answerLater(lookup, terms, API_ERRORS.unknownContract)
  else if (how === 'refused') answerLater(lookup, terms, () => API_ERRORS.notAllowed(symbol as string))
  else if (how !== 'unanswered') answerLater(lookup, terms, answer)
}

function detailsOf(contract: SimContract, { client, requestId, state }: Lookup): string {
  const underlying = isDerivative(contract) ? state.market.byConId(contract.underlyingConId) : undefined
  const listing = {
    contract,
    underlying: {
      symbol: isDerivative(contract) ? underlyingSymbol(contract, underlying) : '',
      secType: underlying?.secType ?? '',
    },
    hours: state.market.hours(contract, state.clock.now()),
  }
  return contractData(requestId, listing, client.serverVersion)
}

/** An option on a future names the future by its local symbol; a future itself names no contract, but its product. */
function underlyingSymbol(contract: SimContract, underlying: SimContract | undefined): string {
  return contract.secType === 'FOP' ? (underlying?.localSymbol ?? contract.symbol) : contract.symbol
}

/** `78|req|symbol|futFopExchange|secType|conId` */
export function chainParameters(client: Client, fields: Fields, state: SimulatorState): void {
  const requestId = fields.integer()
  const symbol = fields.text()
  const exchange = fields.text()
  fields.skip(1)
  const conId = fields.real()
  const latencyMs = state.latencies.answerMs(requestId)
  defineLater({ client, requestId, state }, { symbol, latencyMs }, () => {
    if (state.market.byConId(conId)?.symbol !== symbol) return API_ERRORS.invalid('Invalid contract id')
    const rows = state.market.chainRows(conId).filter((row) => exchange === '' || row.exchange === exchange)
    return rows.map((row) => chainRow(requestId, row)).join('') + chainEnd(requestId)
  })
}
