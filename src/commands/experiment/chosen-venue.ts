import { type Config, PASSWORD_VARIABLE } from '../../config/config.ts'
import { DEFAULT_PASSWORD } from '../../exchange/server/credentials.ts'
import { parseExchangeAddress } from '../../experiments/client/address.ts'
import { readCertificateTrust } from '../../experiments/client/trust.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import type { RunSetup } from './run-order.ts'
import { type TwsOptions, twsAccess } from './tws-access.ts'

/** The options that say where runs are made: `--host` names an exchange, `--gateway` a TWS; without both it is embedded. */
export interface VenueOptions extends TwsOptions {
  readonly host?: string
  readonly name?: string
  readonly password?: string
  readonly secure?: true
  readonly trustCertificate?: string
  /** Of the program; a gateway of the configuration is for the collector, and never traded at. */
  readonly gateway?: string
}

/** @throws Failure for options that contradict each other, or belong to a venue that is not asked for. */
export function chooseVenue(options: VenueOptions, config: Config): RunSetup['venue'] {
  const { host, gateway } = options
  if (host !== undefined && gateway !== undefined) {
    throw new Failure(
      EXIT.usage,
      '--host and --gateway name two places: an exchange that speaks its own protocol, or a TWS; leave one out',
    )
  }
  const kind = gateway !== undefined ? 'tws' : host !== undefined ? 'exchange' : 'embedded'
  const stray = OPTIONS_OF_TWS.find(([key]) => kind !== 'tws' && options[key] !== undefined)
  if (stray) throw new Failure(EXIT.usage, `${stray[1]} belongs to a run over TWS: add --gateway HOST:PORT`)
  if (kind === 'tws') return { kind, access: twsAccess(config, options) }
  if (host === undefined) {
    if (options.secure || options.trustCertificate !== undefined) {
      throw new Failure(
        EXIT.usage,
        '--secure and --trust-certificate belong to an exchange: add --host HOST:PORT',
      )
    }
    return { kind: 'embedded' }
  }
  return {
    kind: 'exchange',
    access: {
      address: parseExchangeAddress(host, options.secure === true),
      trust: readCertificateTrust(options.trustCertificate ?? null),
      name: options.name ?? 'guest',
      password: options.password ?? process.env[PASSWORD_VARIABLE] ?? DEFAULT_PASSWORD,
    },
  }
}

const OPTIONS_OF_TWS = [
  ['account', '--account'],
  ['symbol', '--symbol'],
  ['stepMs', '--step-ms'],
  ['maxLossPerDay', '--max-loss-per-day'],
] as const
