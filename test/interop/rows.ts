import type { ReadColumn, Row } from './engine.ts'

/** How many differences are described. */
const SHOWN = 3

/** A value as external_engine.py describes it → as a row has it. */
export function decode(text: string | null, { type, decimals }: ReadColumn): string | number | null {
  if (text === null || type === 'string') return text
  if (type === 'double') return rounded(doubleOf(BigInt(text)), decimals)
  if (type === 'date') return new Date(Number(text) * 86_400_000).toISOString().slice(0, 10)
  if (type === 'timestamp') return millisecondsOf(Number(text))
  return Number(text)
}

/** The number with these decimals; all of it without. */
export function rounded(value: number, decimals: number | undefined): number {
  return decimals === undefined ? value : Number(value.toFixed(decimals))
}

/** Rounded, because the lake keeps times with fewer digits as multiples of a finer unit. */
export function millisecondsOf(micros: number): number {
  return Math.round(micros / 1_000)
}

/** Rows by their key. Fails if a key occurs twice. */
export type RowsByKey = ReadonlyMap<string, Row>

export function keyOf(row: Row, key: readonly string[]): string {
  return key.map((name) => String(row[name])).join(' ')
}

/** What differs, in words: the first few differences, and how many there are. Empty if nothing does. */
export function differences(
  found: readonly Row[],
  expected: RowsByKey,
  { key, columns }: { key: readonly string[]; columns: readonly ReadColumn[] },
): string[] {
  const seen = new Set<string>()
  const all: string[] = []
  for (const row of found) {
    const name = keyOf(row, key)
    const right = expected.get(name)
    if (seen.has(name)) all.push(`${name} occurs twice`)
    else if (right === undefined) all.push(`${name} should not be there`)
    seen.add(name)
    if (right === undefined) continue
    for (const column of columns) {
      const [is, should] = [row[column.name] ?? null, right[column.name] ?? null]
      if (!Object.is(is, should) && !(is === 0 && should === 0))
        all.push(`${name}: ${column.name} is ${is}, not ${should}`)
    }
  }
  for (const name of expected.keys()) if (!seen.has(name)) all.push(`${name} is missing`)
  return all.length <= SHOWN ? all : [...all.slice(0, SHOWN), `${all.length} differences`]
}

const bits = new DataView(new ArrayBuffer(8))

function doubleOf(whole: bigint): number {
  bits.setBigInt64(0, whole)
  return bits.getFloat64(0)
}
