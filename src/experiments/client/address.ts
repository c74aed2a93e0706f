import { EXIT, Failure } from '../../process/failure.ts'

/** Where an exchange listens. */
export interface ExchangeAddress {
  readonly host: string
  readonly port: number
  /** Whether it is reached by https and wss. */
  readonly secure: boolean
}

/**
 * `HOST:PORT`, with the host of an IPv6 address in brackets.
 * @throws Failure EXIT.usage
 */
export function parseExchangeAddress(text: string, secure: boolean): ExchangeAddress {
  const [, ipv6, name, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(text) ?? []
  const host = ipv6 ?? name
  const port = Number(digits)
  if (host !== undefined && port >= 1 && port <= 65_535) return { host, port, secure }
  throw new Failure(
    EXIT.usage,
    `--host ${text} is not HOST:PORT: write for example 127.0.0.1:8080, without http:// (--secure means https)`,
  )
}

/** `HOST:PORT`, as it is written. */
export function addressText({ host, port }: Pick<ExchangeAddress, 'host' | 'port'>): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
