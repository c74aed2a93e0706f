import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSteppedMarket } from '../../../src/exchange/engine/market.ts'
import { type Scenario, scenarioJsonSchema, scenarioSchema } from '../../../src/exchange/scenarios/schema.ts'

interface Property {
  readonly type?: string
  readonly const?: string
  readonly anyOf?: readonly Property[]
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
  readonly items?: { readonly oneOf?: readonly Property[] }
  readonly properties?: Readonly<Record<string, Property>>
  readonly required?: readonly string[]
}

const { properties = {} } = scenarioJsonSchema() as Property

/** A legal number, often an extreme one. */
function numberOf(property: Property, isInteger: boolean): fc.Arbitrary<number> {
  const low = property.minimum ?? property.exclusiveMinimum ?? -1e6
  const high = Math.min(property.maximum ?? property.exclusiveMaximum ?? 1e6, 1e6)
  const open = (value: number) =>
    value === property.exclusiveMinimum || value === property.exclusiveMaximum ? (low + high) / 2 : value
  const small = fc.double({ min: -9, max: Math.log10(high), noNaN: true }).map((power) => 10 ** power)
  return fc
    .oneof(fc.constant(low), fc.constant(high), small, fc.double({ min: low, max: high, noNaN: true }))
    .map((value) => open(Math.min(high, Math.max(low, isInteger ? Math.round(value) : value))))
}

function legal(property: Property): fc.Arbitrary<unknown> {
  if (property.const !== undefined) return fc.constant(property.const)
  if (property.anyOf) return fc.oneof(...property.anyOf.map(legal))
  if (property.type === 'null') return fc.constant(null)
  if (property.type === 'boolean') return fc.boolean()
  if (property.type === 'integer' || property.type === 'number')
    return numberOf(property, property.type === 'integer')
  return objectOf(property)
}

function objectOf({ properties = {}, required = [] }: Property): fc.Arbitrary<Record<string, unknown>> {
  const entries = Object.entries(properties).filter(([name]) => name !== 'name')
  return fc.record(Object.fromEntries(entries.map(([name, property]) => [name, legal(property)])), {
    requiredKeys: entries.map(([name]) => name).filter((name) => required.includes(name)),
  })
}

const populations = fc.tuple(
  ...(properties.populations?.items?.oneOf ?? []).map((one) =>
    fc.tuple(objectOf(one), fc.nat(6)).map(([population, count]) => ({ ...population, count })),
  ),
)

const scenarios = fc
  .record({
    fundamental: legal(properties.fundamental as Property),
    restraints: legal(properties.restraints as Property),
    populations,
    price: fc.constantFrom(100, 1_000, 100_000, 262_143),
    lot: fc.constantFrom(1, 100, 10_000),
  })
  .map(({ price, ...given }) => ({
    id: 'any',
    name: 'Any',
    description: '',
    seed: 1,
    steps: 1_000,
    tickSize: 0.01,
    initialPrice: price / 100,
    ...given,
  }))

test('every scenario that the schema accepts runs, and keeps its sums', () => {
  fc.assert(
    fc.property(scenarios, (document) => {
      const parsed = scenarioSchema.safeParse(document)
      fc.pre(parsed.success)
      expectRuns(parsed.data as Scenario)
    }),
    { numRuns: 25 },
  )
})

function expectRuns(scenario: Scenario): void {
  const market = createSteppedMarket(scenario)
  const shares = market.accounts.reduce((sum, account) => sum + account.shares, 0)
  for (let step = 0; step < 60; step++) {
    market.advance()
    const { accounts, book, view } = market
    expect(accounts.reduce((sum, account) => sum + account.cash, 0)).toBe(0)
    expect(accounts.reduce((sum, account) => sum + account.shares, 0)).toBe(shares)
    if (book.bestBid !== null && book.bestAsk !== null) expect(book.bestBid).toBeLessThan(book.bestAsk)
    expect(Number.isFinite(view.mid)).toBe(true)
  }
}
