import fc from 'fast-check'
import { expect, test } from 'vitest'
import { atmOptions } from '../../../src/lake/query/at-the-money.ts'
import { latestChain } from '../../../src/lake/query/chains.ts'
import { slots } from '../../../src/lake/query/stats.ts'
import { checkpointNow } from '../../../src/lake/tables/ledger.ts'
import { append } from '../../../src/lake/write/append.ts'
import { expiryDate } from '../../../src/market/units.ts'
import type { Column } from '../../../src/snapshot/column.ts'
import { SNAPSHOT_COLUMNS, type SnapshotRow } from '../../../src/snapshot/row.ts'
import { readingLake, temporaryLake } from '../lakes.ts'
import { after, chain, DAY, row, SLOT, slotOf } from '../slots.ts'

const DECEMBER = expiryDate('20261218')

/** Numbers where rounding and signs could differ: halves of the last decimal, multiples of a power of two, zeros. */
const SPECIAL = [0, -0, 0.0078125, -0.0078125, 1e-9, -1e-9, 5e-7, -5e-7, 2 ** -27, 3 * 2 ** -21, 0.1 + 0.2]

function anyOf(column: Column): fc.Arbitrary<unknown> {
  const some = column.name === 'carried_from' ? fc.integer({ min: 0, max: SLOT - 1 }) : anyKnown(column)
  return column.nullable ? fc.option(some, { freq: 4 }) : some
}

function anyKnown({ name, type }: Column): fc.Arbitrary<unknown> {
  if (name === 'strike') return fc.integer({ min: 1, max: 2_000_000 }).map((cents) => cents / 100)
  switch (type) {
    case 'double':
      return fc.oneof(
        fc.constantFrom(...SPECIAL, 1e-300, 123_456_789.123456, Number.MAX_VALUE, -Number.MAX_VALUE),
        fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
      )
    case 'timestamp':
      return fc.integer({ min: 0, max: 2 * SLOT })
    case 'long':
      return fc.oneof(fc.constantFrom(0, -0, 2 ** 53 - 1, 1 - 2 ** 53), fc.maxSafeInteger())
    case 'integer':
      return fc.oneof(fc.constantFrom(0, -0, 2 ** 31 - 1), fc.integer({ min: 1 - 2 ** 31 }))
    default:
      return fc.string({ unit: 'binary' })
  }
}

const OF_THE_SLOT = new Set<string>(['timestamp', 'symbol', 'date', 'expiry', 'right', 'yearmonth'])

/** Rows with every other column random, some with keys in another order or a key that is no column. */
const ROWS = fc.uniqueArray(
  fc
    .record({
      ...(Object.fromEntries(
        (SNAPSHOT_COLUMNS as readonly Column[])
          .filter(({ name }) => !OF_THE_SLOT.has(name))
          .map((column) => [column.name, anyOf(column)]),
      ) as { [name in keyof SnapshotRow]: fc.Arbitrary<never> }),
      right: fc.constantFrom('C', 'P'),
      expiry: fc.constantFrom('20261218', '20270115'),
      isOdd: fc.boolean(),
    })
    .map(({ isOdd, ...values }) => {
      const whole = row({ ...values, yearmonth: String(values.expiry).slice(0, 6) })
      if (!isOdd) return whole
      return {
        note: 'no column',
        ...Object.fromEntries(Object.entries(whole).reverse()),
      } as unknown as SnapshotRow
    }),
  {
    minLength: 1,
    maxLength: 12,
    selector: ({ expiry, strike, right, trading_class }) => `${expiry} ${strike} ${right} ${trading_class}`,
  },
)

/** Every field with its name, in order. −0 is told from 0. */
function fieldsOf(rows: readonly object[]): string[][] {
  return rows.map((one) =>
    Object.entries(one).map(
      ([name, value]) => `${name} ${typeof value} ${Object.is(value, -0) ? '-0' : value}`,
    ),
  )
}

test('any rows are answered alike from memory and from disk, to the last digit', async () => {
  const lake = await temporaryLake()
  const reader = await readingLake(lake.layout.root)
  let slot = 0
  await fc.assert(
    fc.asyncProperty(ROWS, async (rows) => {
      await append(lake, slotOf({ SPY: rows }, after(slot++), DAY))
      const fromMemory = await latestChain(lake, 'SPY')
      expect(fromMemory[0]?.timestamp).toBe(after(slot - 1))
      expect(fieldsOf(fromMemory)).toEqual(fieldsOf(await latestChain(reader, 'SPY')))
      const only = { expiry: DECEMBER, columns: ['iv', 'bid', 'volume', 'quoted_at'] } as const
      expect(fieldsOf(await latestChain(lake, 'SPY', only))).toEqual(
        fieldsOf(await latestChain(reader, 'SPY', only)),
      )
    }),
    { numRuns: 20, endOnFailure: true },
  )
}, 60_000)

/** What a careless caller may do with an answer. */
function spoil(rows: readonly object[]): void {
  for (const one of rows) {
    for (const name of Object.keys(one)) (one as Record<string, unknown>)[name] = 'spoiled'
    Object.assign(one, { added: 1 })
  }
  if (Array.isArray(rows)) rows.length = 0
}

test('a caller that changes its rows, or an answer, does not change the next answer', async () => {
  const lake = await temporaryLake()
  const given = slotOf({ SPY: chain(20) })
  const { reports } = await append(lake, given)
  const ask = [
    () => latestChain(lake, 'SPY'),
    () => latestChain(lake, 'SPY', { expiry: DECEMBER }),
    () => latestChain(lake, 'SPY', { columns: ['strike', 'bid'] }),
    () => atmOptions(lake, 'SPY', { expiry: DECEMBER }),
    () => atmOptions(lake, 'SPY', { expiry: DECEMBER, date: DAY }),
    () => atmOptions(lake, 'SPY', { expiry: DECEMBER, columns: ['strike', 'bid'] }),
    () => slots(lake),
  ] as const
  const reader = await readingLake(lake.layout.root)
  const expected = [await latestChain(reader, 'SPY'), await slots(reader)]
  for (const { rows, report } of given.symbols) spoil([...rows, report])
  spoil(reports)
  const answers: string[] = []
  for (const one of ask) {
    const answer = await one()
    answers.push(JSON.stringify(answer))
    expect(answer.length).toBeGreaterThan(0)
    spoil(answer)
    expect(JSON.stringify(await one())).toBe(answers.at(-1))
  }
  expect([answers[0], answers.at(-1)]).toEqual(expected.map((rows) => JSON.stringify(rows)))
})

test('the ledger is the same from the log and from its table', async () => {
  const lake = await temporaryLake()
  await append(lake, slotOf({ SPY: chain(20), QQQ: [] }))
  const fromLog = await slots(lake)
  await checkpointNow(lake)
  expect(fieldsOf(await slots(await readingLake(lake.layout.root)))).toEqual(fieldsOf(fromLog))
})
