import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { scenarioFilePage } from '../../../scripts/docs/scenario-file-page.ts'
import { scenarioSchemaFile } from '../../../scripts/docs/scenario-schema-file.ts'
import { BUILT_IN_SCENARIOS, loadScenario } from '../../../src/exchange/scenarios/load.ts'
import { EXIT, Failure } from '../../../src/process/failure.ts'
import { temporaryFolder } from '../../lake/lakes.ts'

const folder = import.meta.dirname
const root = resolve(folder, '../../..')

/** Files with one fault each, and the expected message after the file's name. */
const MESSAGES: Record<string, string> = {
  'bad-id': ': id is "My market": must be lower case letters, digits and _, such as normal_market',
  'count-as-text': ': populations.0.count is "2": must be a number',
  'event-backwards': ': events.0.untilStep is 30: must be above atStep, which is 30',
  'event-of-nobody': ': events.0.population is "institutional": must be one of spiking',
  'negative-count': ': populations.0.count is -1: must be 0 or more',
  'mistyped-required-key':
    ': unknown key populations.0.coutn; did you mean count? Known here: type, name, count,',
  'no-populations': ': populations is missing: must be a list',
  'not-an-object': ': must hold one JSON object, not [1,2]',
  'not-json': ' is not JSON: Expected double-quoted property name in JSON at position 14',
  'price-off-tick': ': initialPrice is 100.005: must be a multiple of tickSize, which is 0.01',
  'price-too-high': ': initialPrice is 100000: must be 100 to 262143 ticks of 0.01',
  'probability-over-one': ': populations.0.activationProbability is 1.5: must be 1 or less',
  'safe-inventory-too-high':
    ': populations.0.safeInventory is 5000: must be below inventoryLimit, which is 5000',
  'spread-too-small': ': initialSpread is 0.01: must be at least two ticks of 0.01',
  'too-many-agents':
    ': populations is [{"type":"spiking","count":1000,"spikeLength":4,"activationP…: must have at most 20000 agents, not 21000',
  'two-of-a-name':
    ': populations.1 is {"type":"spiking","count":1,"spikeLength":4,"activationProba…: is the second population spiking: give it a name of its own',
  'unknown-event': ': events.0.kind is "crash": must have a kind: jump, volatility, start or stop',
  'unknown-key': ': unknown key step; did you mean steps? Known here: $schema, id, name,',
  'unknown-nested-key': ': unknown key fundamental.volatilty; did you mean volatility? Known here: drift,',
  'unknown-population-key':
    ': unknown key populations.0.spikeLenght; did you mean spikeLength? Known here: type, name, count, spikeLength,',
  'unknown-population':
    ': populations.0.type is "spikes": must have a type: fundamental, momentum, noise, market_maker, institutional or spiking',
  'zero-tick': ': tickSize is 0: must be above 0',
}

function failureOf(run: () => unknown): Failure {
  try {
    run()
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
  throw new Error('it was accepted')
}

test('every faulty file has an expected message', () => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
  expect(Object.keys(MESSAGES).sort()).toEqual(files.map((name) => name.slice(0, -5)).sort())
})

test.each(Object.entries(MESSAGES))('%s is refused in one line', (name, message) => {
  const file = join(folder, `${name}.json`)
  const failure = failureOf(() => loadScenario(file))
  expect(failure.message.startsWith(`${file}${message}`), failure.message).toBe(true)
  expect(failure.message).not.toContain('\n')
  expect(failure.exitCode).toBe(EXIT.configuration)
})

test('an unknown name is refused with the known ones', () => {
  const failure = failureOf(() => loadScenario('flash'))
  expect(failure.message).toBe(
    'unknown scenario flash; did you mean flash_crash? Known: normal_market, flash_crash, mini_flash_crash, stressed_market, hft_dominated, or the path of a .json file',
  )
  expect(failure.exitCode).toBe(EXIT.usage)
})

test('a file that cannot be read is refused by name', () => {
  const failure = failureOf(() => loadScenario('nowhere/mine.json'))
  expect(failure.message).toMatch(/^cannot read the scenario nowhere\/mine.json: ENOENT/)
})

test("a user's own file is loaded by its path, with defaults for what it leaves out", () => {
  const file = join(temporaryFolder(), 'mine.json')
  const { restraints, events, lot, tickSize, ...given } = loadScenario('stressed_market')
  writeFileSync(file, JSON.stringify({ ...given, id: 'mine' }))
  expect(loadScenario(file)).toMatchObject({ id: 'mine', lot, tickSize, events: [] })
})

test.each(BUILT_IN_SCENARIOS)('%s has the name and length of the original', (name) => {
  const scenario = loadScenario(name)
  expect(scenario.id).toBe(name)
  expect(scenario.seed).toBe(12_345 + BUILT_IN_SCENARIOS.indexOf(name))
  expect(scenario.steps).toBe(name === 'flash_crash' ? 54_000 : 36_000)
  expect(scenario).toMatchObject({ initialPrice: 1_000, tickSize: 0.01, lot: 100 })
})

test('the schema and the page of scenario files are up to date (npm run docs)', () => {
  expect(readFileSync(join(root, 'docs/scenario-file.md'), 'utf8')).toBe(scenarioFilePage())
  expect(readFileSync(join(root, 'config/scenario.schema.json'), 'utf8')).toBe(scenarioSchemaFile())
})

test('every key is described', () => {
  const undescribed = scenarioFilePage()
    .split('\n')
    .filter((line) => /^\| `\w/.test(line) && line.split(' | ')[3]?.replace(/ *\|$/, '') === '')
  expect(undescribed).toEqual([])
})
