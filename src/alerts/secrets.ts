import { readFileSync, statSync } from 'node:fs'
import { EXIT, Failure } from '../process/failure.ts'
import type { SecretText } from './options.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** Far more than any password; a file beyond it is some other file. */
const MAX_FILE_BYTES = 8_192

/**
 * The text that a setting stands for: each `${NAME}` is a variable of the environment, and `{ file }` what the file
 * holds, without the white space around it.
 * @param key the setting, for messages; its value is never in one
 * @throws Failure EXIT.configuration
 */
export function readSecret(given: SecretText, key: string, environment: Environment): string {
  const text =
    typeof given === 'string'
      ? filledIn(given, key, environment)
      : readSecretFile(given.file, key, environment)
  if (text === '') throw wrong(key, 'is empty')
  // They would end a header.
  if (/\p{Cc}/u.test(text)) throw wrong(key, 'has a line break or another control character')
  return text
}

function filledIn(text: string, key: string, environment: Environment): string {
  return text.replace(/\$\{([^}]*)\}/g, (_, name: string) => {
    const value = environment[name]
    if (value === undefined || value === '')
      throw wrong(key, `needs the environment variable ${name}: set it`)
    return value
  })
}

function readSecretFile(written: string, key: string, environment: Environment): string {
  const path = filledIn(written, key, environment)
  try {
    const file = statSync(path)
    if (!file.isFile()) throw wrong(key, `${path} is not a file`)
    if (file.size > MAX_FILE_BYTES) throw wrong(key, `${path} has more than ${MAX_FILE_BYTES} bytes`)
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    if (error instanceof Failure) throw error
    throw wrong(key, `cannot read ${path}: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`)
  }
}

function wrong(key: string, what: string): Failure {
  return new Failure(EXIT.configuration, `${key}: ${what}`)
}

/** Shorter texts are too common to be replaced, and too short to be a secret. */
const MIN_MASKED = 4

/** Replaces every secret in a text, also as it would be written in an address. */
export function createMask(secrets: readonly string[]): (text: string) => string {
  const written = secrets.flatMap((secret) => [secret, encodeURIComponent(secret), encodeURI(secret)])
  // The longest first, so that no part of a secret that contains another stays.
  const masked = [...new Set(written)]
    .filter((text) => text.length >= MIN_MASKED)
    .sort((a, b) => b.length - a.length)
  return (text) => masked.reduce((rest, secret) => rest.replaceAll(secret, '***'), text)
}
