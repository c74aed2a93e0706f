import { compareRanks, type Rank } from './surviving-log.ts'

/** A file with proven bytes whose rows may belong in the table. */
export interface Candidate<Keys> {
  readonly rank: Rank
  /** The keys of its rows. */
  readonly keys: Keys
}

/** How to compute with the keys of a table's rows. */
export interface KeySets<Keys> {
  count(keys: Keys): number
  /** Each key once. */
  unique(keys: Keys): Keys
  /** The keys that are not among the others. */
  without(keys: Keys, others: Keys): Keys
  /** All keys of both, those in both twice. */
  both(some: Keys, others: Keys): Keys
}

/** Files, each with the keys that it alone provides. */
export interface NewestRows<Keys, File extends Candidate<Keys>> {
  /** Files all of whose rows are the newest of their keys. */
  readonly whole: readonly File[]
  /** Files with some newest rows, and the keys of these rows. */
  readonly partial: readonly { readonly file: File; readonly keys: Keys }[]
  /** Files whose keys are all in newer files. */
  readonly superseded: readonly File[]
  /** The keys of all newest rows, each once; null without files. */
  readonly keys: Keys | null
}

/**
 * Decides which files give the newest row of every key.
 * @throws Error when the result lacks a key or has one twice, which is a bug. Nothing has been changed then.
 */
export function newestRows<Keys, File extends Candidate<Keys>>(
  files: readonly File[],
  { count, unique, without, both }: KeySets<Keys>,
): NewestRows<Keys, File> {
  const whole: File[] = []
  const partial: { file: File; keys: Keys }[] = []
  const superseded: File[] = []
  let taken: Keys | null = null
  let all: Keys | null = null
  for (const file of [...files].sort((a, b) => compareRanks(b.rank, a.rank))) {
    const own: Keys = taken === null ? unique(file.keys) : without(unique(file.keys), taken)
    all = all === null ? file.keys : both(all, file.keys)
    if (count(own) === 0) superseded.push(file)
    else {
      taken = taken === null ? own : both(taken, own)
      if (count(own) === count(file.keys)) whole.push(file)
      else partial.push({ file, keys: own })
    }
  }
  if (taken !== null && all !== null) {
    const [kept, different, possible] = [count(taken), count(unique(taken)), count(unique(all))]
    if (kept !== different || kept !== possible) {
      throw new Error(`the plan of the repair has ${kept} rows of ${possible} keys; nothing was changed`)
    }
  }
  return { whole, partial, superseded, keys: taken }
}
