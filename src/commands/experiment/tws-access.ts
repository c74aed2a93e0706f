import { type Config, gatewayOptionsOf } from '../../config/config.ts'
import { invalidListing } from '../../gateway/orders/guard.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { parseWholeNumber } from '../option-values.ts'
import type { TwsAccess } from './tws-gateway.ts'

/** The options of `experiment run` that go with `--gateway`. */
export interface TwsOptions {
  /** Each value of `--account`. */
  readonly account?: readonly string[]
  readonly symbol?: string
  readonly stepMs?: string
  readonly maxLossPerDay?: string
}

/** The stock of the simulator's scenarios. */
const DEFAULT_SYMBOL = 'EXCH'
/**
 * IB sends the prices of a stock four times a second at most, allows 45 messages a second, of which each order and each
 * cancel takes one, and answers an order within some hundred milliseconds: in a second all of that has happened.
 */
const DEFAULT_STEP_MS = '1000'
const DEFAULT_MAX_LOSS_PER_DAY = '10000'

/** What a run over TWS needs, from the options. @throws Failure for an option that does not fit or is missing. */
export function twsAccess(config: Config, options: TwsOptions): TwsAccess {
  const accounts = options.account ?? []
  if (accounts.length === 0) {
    throw new Failure(
      EXIT.usage,
      '--gateway sends orders: name the paper account that they may be sent for, as --account DU1234567',
    )
  }
  const invalid = invalidListing(accounts)
  if (invalid !== null) throw new Failure(EXIT.refused, `orders are refused: ${invalid}`)
  const { host, port } = config.gateway
  if (host === null) throw new Failure(EXIT.usage, 'a run over TWS needs --gateway HOST:PORT')
  return {
    address: `${host}:${port}`,
    gateway: gatewayOptionsOf(config, { host, port }),
    supervisor: config.supervisor,
    accounts,
    symbol: options.symbol ?? DEFAULT_SYMBOL,
    stepMs: parseWholeNumber('--step-ms', options.stepMs ?? DEFAULT_STEP_MS, { min: 100, max: 3_600_000 }),
    maxLossPerDay: parseWholeNumber('--max-loss-per-day', options.maxLossPerDay ?? DEFAULT_MAX_LOSS_PER_DAY, {
      min: 1,
      max: 1_000_000_000,
    }),
  }
}
