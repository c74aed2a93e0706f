import { yearsBetween } from '../../market/calendar.ts'
import { europeanGreeks } from '../../market/pricing/european.ts'
import { impliedVol } from '../../market/pricing/implied-vol.ts'
import { treeGreeks } from '../../market/pricing/tree.ts'
import { API_ERRORS, type ApiError } from '../errors.ts'
import { expiresAt, isOption } from '../market/contracts.ts'
import type { SimContract, SimGreeks } from '../market/market.ts'
import { RATE_FRACTION } from '../market/synthetic/surface.ts'
import type { Client, SimulatorState } from '../state.ts'
import type { Fields } from '../wire/frames.ts'
import { tickOptionComputation } from '../wire/messages.ts'
import { findContracts, readContractDescription } from './contract-description.ts'
import type { RequestTable } from './request.ts'
import { onlyContract } from './validation.ts'

/** The option calculator: one answer each, from the models that also price the synthetic market. */
export const CALCULATOR_REQUESTS: RequestTable = {
  54: { name: 'calculateImpliedVolatility', idField: 2, answer: impliedVolatility },
  55: { name: 'calculateOptionPrice', idField: 2, answer: optionPrice },
  // The answer comes at once, so there is nothing left to cancel.
  56: { name: 'cancelCalculateImpliedVolatility', answer: ignore },
  57: { name: 'cancelCalculateOptionPrice', answer: ignore },
}

/** The tick of an answer of the calculator. */
const CUSTOM_COMPUTATION = 53

interface Inputs {
  readonly requestId: number
  readonly contract: SimContract
  /** The option's price in dollars, or its volatility as a fraction. */
  readonly known: number
  /** Dollars. */
  readonly spot: number
}

/** `54|3|req|contract…|optionPrice|underlyingPrice|nOptions|options` */
function impliedVolatility(client: Client, fields: Fields, state: SimulatorState): void {
  answer(client, { fields, state }, ({ contract, known, spot }) => {
    const option = pricedOf(contract, spot, state)
    const { volFraction } = impliedVol(option, known)
    return { ...greeksAt(option, volFraction), optionPrice: known, underlyingPrice: spot }
  })
}

/** `55|3|req|contract…|volatility|underlyingPrice|nOptions|options` */
function optionPrice(client: Client, fields: Fields, state: SimulatorState): void {
  answer(client, { fields, state }, ({ contract, known, spot }) => ({
    ...greeksAt(pricedOf(contract, spot, state), known),
    underlyingPrice: spot,
  }))
}

function answer(
  client: Client,
  { fields, state }: { fields: Fields; state: SimulatorState },
  compute: (inputs: Inputs) => SimGreeks,
): void {
  const inputs = read(fields, state)
  if ('error' in inputs) client.sendError(inputs.requestId, inputs.error)
  else client.send(tickOptionComputation(inputs.requestId, CUSTOM_COMPUTATION, compute(inputs)))
}

function read(fields: Fields, state: SimulatorState): Inputs | { requestId: number; error: ApiError } {
  fields.skip(1)
  const requestId = fields.integer()
  const contract = onlyContract(findContracts(state.market, readContractDescription(fields)))
  const known = fields.real()
  const spot = fields.real()
  if ('code' in contract) return { requestId, error: contract }
  if (!isOption(contract)) {
    return { requestId, error: API_ERRORS.failed(`${contract.symbol} is not an option`) }
  }
  return { requestId, contract, known, spot }
}

/** Without dividends, at the rate of the synthetic market. */
function pricedOf(contract: SimContract, spot: number, { clock }: SimulatorState) {
  return {
    right: contract.right === 'C' ? ('C' as const) : ('P' as const),
    spot,
    strike: contract.strike,
    years: yearsBetween(clock.now(), expiresAt(contract) ?? clock.now()),
    rateFraction: RATE_FRACTION,
    // The price of a future does not grow at the rate.
    yieldFraction: contract.secType === 'FOP' ? RATE_FRACTION : 0,
    style: contract.exerciseStyle ?? ('american' as const),
  }
}

/** Everything null where the model has no value: the sentinels say so to the client. */
function greeksAt(option: ReturnType<typeof pricedOf>, volFraction: number | null): SimGreeks {
  const greeksOf = option.style === 'european' ? europeanGreeks : treeGreeks
  const computed = volFraction === null ? null : greeksOf({ ...option, volFraction })
  // Prices beyond all measure overflow.
  const greeks = computed && Object.values(computed).every(Number.isFinite) ? computed : null
  return {
    impliedVolFraction: greeks ? volFraction : null,
    optionPrice: greeks?.price ?? null,
    pvDividend: greeks ? 0 : null,
    delta: greeks?.delta ?? null,
    gamma: greeks?.gamma ?? null,
    vega: greeks?.vega ?? null,
    theta: greeks?.theta ?? null,
    underlyingPrice: null,
  }
}

function ignore(): void {}
