import { intrinsicValue } from '../account/valuation.ts'
import { API_ERRORS, type ApiError } from '../errors.ts'
import { isOption } from '../market/contracts.ts'
import type { SimContract } from '../market/market.ts'
import type { Client, SimulatorState } from '../state.ts'
import type { Fields } from '../wire/frames.ts'
import { findContracts, readContractDescription } from './contract-description.ts'
import type { RequestTable } from './request.ts'
import { onlyContract } from './validation.ts'

/**
 * Exercise and lapse of options. The checks are those of Interactive Brokers; what passes them is refused at the end, as
 * the clearing of a paper account refuses it there: positions change by trades alone.
 */
export const EXERCISE_REQUESTS: RequestTable = {
  21: { name: 'exerciseOptions', idField: 2, answer: exercise },
}

const EXERCISE = 1
const LAPSE = 2

/** `21|2|req|contract, 11 fields|action|quantity|account|override|…`: the contract has no primary exchange. */
function exercise(client: Client, fields: Fields, state: SimulatorState): void {
  fields.skip(1)
  const requestId = fields.integer()
  const contract = onlyContract(
    findContracts(state.market, readContractDescription(fields, { hasPrimaryExchange: false })),
  )
  const action = fields.integer()
  const quantity = fields.integer()
  const account = fields.text()
  const isOverride = fields.flag()
  const error =
    'code' in contract
      ? contract
      : refusal(contract, { action, quantity, isOverride }, { held: heldOf(contract, state), account }, state)
  client.sendError(requestId, error)
}

interface Wish {
  readonly action: number
  readonly quantity: number
  readonly isOverride: boolean
}

function refusal(
  contract: SimContract,
  { action, quantity, isOverride }: Wish,
  { held, account }: { held: number; account: string },
  state: SimulatorState,
): ApiError {
  if (!isOption(contract)) return API_ERRORS.failed(`${contract.symbol} is not an option`)
  if (account !== '' && account !== state.options.account) return API_ERRORS.invalid('Invalid account code')
  if (action !== EXERCISE && action !== LAPSE) {
    return API_ERRORS.failed(`exercise action ${action} is not 1 (exercise) or 2 (lapse)`)
  }
  if (quantity < 1 || quantity > held) {
    return API_ERRORS.failed(`${quantity} contracts to exercise, ${Math.max(0, held)} held`)
  }
  const isInTheMoney = moneyness(contract, state) > 0
  if (!isOverride && action === EXERCISE && !isInTheMoney) {
    return API_ERRORS.failed('Exercise ignored because option is not in-the-money.')
  }
  if (!isOverride && action === LAPSE && isInTheMoney) {
    return API_ERRORS.failed('Lapse ignored because option is in-the-money.')
  }
  return API_ERRORS.failed('clearing has rejected the exercise: the account is a paper account')
}

function heldOf(contract: SimContract, { broker }: SimulatorState): number {
  return broker.positions().find((held) => held.contract.conId === contract.conId)?.quantity ?? 0
}

/** Dollars in the money, at the last price of the underlying; 0 without one. */
function moneyness(contract: SimContract, state: SimulatorState): number {
  const underlying = state.market.byConId(contract.underlyingConId)
  const quote = underlying ? state.market.quote(underlying, state.clock.now()) : {}
  const spot = quote.last ?? quote.mark ?? quote.close ?? null
  return spot === null ? 0 : intrinsicValue(contract, spot)
}
