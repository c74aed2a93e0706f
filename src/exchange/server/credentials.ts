import { createHash, timingSafeEqual } from 'node:crypto'
import { EXIT, Failure } from '../../process/failure.ts'

/** The name and password that work on a loopback address when none are configured. */
export const DEFAULT_NAME = 'guest'
export const DEFAULT_PASSWORD = 'optionlake'

/** Names that may start runs. Passwords are held as digests and never shown. */
export interface Credentials {
  readonly names: readonly string[]
  /** Names whose password is the default one, which works on a loopback address only. */
  readonly withDefaultPassword: readonly string[]
  isKnown(name: string): boolean
  /** False for an unknown name too. Takes the same time whatever is wrong. */
  matches(name: string, password: string): boolean
}

/**
 * The names that may start runs: `only`, or if that is empty everyone configured, or else the default name.
 * @throws Failure EXIT.configuration for a name without a password on an address that is not a loopback address.
 */
export function createCredentials(
  configured: Readonly<Record<string, string>>,
  { only, isLoopback }: { readonly only: readonly string[]; readonly isLoopback: boolean },
): Credentials {
  const all = Object.keys(configured)
  const names = [...new Set(only.length > 0 ? only : all.length > 0 ? all : [DEFAULT_NAME])]
  const withDefaultPassword = names.filter((name) => !Object.hasOwn(configured, name))
  const [first] = withDefaultPassword
  if (!isLoopback && first !== undefined) {
    throw new Failure(
      EXIT.configuration,
      `exchange.participants has no password for ${first}: add one, or listen on 127.0.0.1, where the default password works`,
    )
  }
  const passwords = new Map(Object.entries(configured))
  const digests = new Map(names.map((name) => [name, digestOf(passwords.get(name) ?? DEFAULT_PASSWORD)]))
  const nobody = digestOf(`no password ${Math.PI}`)
  return {
    names,
    withDefaultPassword,
    isKnown: (name) => digests.has(name),
    matches: (name, password) => {
      const isEqual = timingSafeEqual(digests.get(name) ?? nobody, digestOf(password))
      return isEqual && digests.has(name)
    },
  }
}

/** Whether only programs on this machine can reach an address. */
export function isLoopbackAddress(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

function digestOf(password: string): Buffer {
  return createHash('sha256').update(password).digest()
}
