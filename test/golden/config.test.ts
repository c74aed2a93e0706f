import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { expectGolden } from './golden.ts'
import { configJsonSchema, Failure, loadConfig, temporaryFolder } from './imports.ts'

const pretty = (value: unknown) => JSON.stringify(value, null, 2)

test('the schema of the configuration matches the golden file', () => {
  expectGolden('config-schema', pretty(configJsonSchema()))
})

const file = join(temporaryFolder(), 'empty.json')
writeFileSync(file, '{}')

test('the defaults match the golden file', () => {
  expectGolden('config-defaults', pretty(loadConfig(file, {})))
})

/** `gateway.clientId` → `OPTIONLAKE_GATEWAY_CLIENT_ID`. */
function variableOf(path: readonly string[]): string {
  return ['optionlake', ...path.map((part) => part.replace(/[A-Z]/g, '_$&'))].join('_').toUpperCase()
}

test('the environment variables match the golden file, and each sets its key', () => {
  const sections = Object.entries(loadConfig(file, {}) as Record<string, unknown>)
  const paths = sections.flatMap(([section, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries(value).map(([key, inner]) => ({ path: [section, key], value: inner as unknown }))
      : [{ path: [section], value }],
  )
  const lines = paths.map(({ path, value }) => {
    const name = variableOf(path)
    // A symbol is written as its name, and read as what the name means.
    const written = name === 'OPTIONLAKE_SYMBOLS' ? 'SPY,QQQ' : value
    const text = typeof written === 'string' ? written : JSON.stringify(written)
    expect(() => loadConfig(file, { [name]: text }), name).not.toThrow()
    return `${name} ${path.join('.')}`
  })
  expectGolden('config-variables', lines.sort().join('\n'))
})

test('configuration errors match the golden file', () => {
  const environments = [
    { OPTIONLAKE_GATEWAY_PROT: '4002' },
    { OPTIONLAKE_GATEWAY_PORT: 'four' },
    { OPTIONLAKE_SYMBOLS: 'spy' },
    { OPTIONLAKE_HARVEST_INTERVAL_SECONDS: '7' },
    { OPTIONLAKE_UNIVERSE_POLICY: 'some' },
  ]
  const messages = environments.map((environment) => {
    try {
      loadConfig(file, environment)
    } catch (error) {
      if (error instanceof Failure) return `exit ${error.exitCode} ${error.message}`
      throw error
    }
    throw new Error(`${JSON.stringify(environment)} is legal`)
  })
  expectGolden('config-failures', messages.join('\n'))
})
