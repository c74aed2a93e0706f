import { createHash } from 'node:crypto'
import type { EpochMs } from '../../market/units.ts'

/** An answer as it was computed. */
interface KeptAnswer {
  /** The versions of the tables that it was computed from. */
  readonly tag: string
  /** When, in the time that ages are measured up to. */
  readonly computedAt: EpochMs
  readonly body: string
}

/** Answers about stored slots, by path and query. They hold until a table changes, but for the ages in them. */
export interface SlotAnswers {
  /** The answer for a path, its ages up to now; null if it is not kept or a table has changed since. */
  find(path: string, tag: string, now: EpochMs): string | null
  keep(path: string, answer: KeptAnswer): void
}

/** A played day of every view, or a few chains: about 60 MB of text as JavaScript keeps it. */
const MAX_CHARACTERS = 30_000_000
/** An answer that would take the place of many. */
const MAX_OF_ONE = 4_000_000

export function createSlotAnswers(maxCharacters = MAX_CHARACTERS): SlotAnswers {
  /** In order of their last use. */
  const kept = new Map<string, KeptAnswer>()
  let characters = 0

  function drop(path: string): void {
    characters -= (kept.get(path)?.body.length ?? 0) + path.length
    kept.delete(path)
  }

  return {
    find: (path, tag, now) => {
      const answer = kept.get(path)
      if (!answer) return null
      if (answer.tag !== tag || now < answer.computedAt) {
        drop(path)
        return null
      }
      kept.delete(path)
      kept.set(path, answer)
      return withLaterAges(answer.body, (now - answer.computedAt) / 1_000)
    },
    keep: (path, answer) => {
      if (kept.has(path)) drop(path)
      if (answer.body.length > MAX_OF_ONE || !canBeAged(answer.body, answer.computedAt)) return
      kept.set(path, answer)
      characters += answer.body.length + path.length
      for (const oldest of kept.keys()) {
        if (characters <= maxCharacters) break
        drop(oldest)
      }
    },
  }
}

/**
 * The entity tag of an answer about a slot: weak, because only its ages may differ. `server` is another after every start: a
 * browser may have the answers of another lake, or of other settings, from the same address.
 */
export function slotTag(
  path: string,
  { server, tag }: { readonly server: string; readonly tag: string },
): string {
  return `W/"${createHash('sha256').update(`${server} ${tag} ${path}`).digest('base64url').slice(0, 22)}"`
}

const AGE = /"age_seconds":(\d+(?:\.\d+)?)/g

/** The same answer after some seconds: every age has grown by them. */
export function withLaterAges(body: string, seconds: number): string {
  if (seconds === 0) return body
  return body.replace(AGE, (_, age) => `"age_seconds":${Math.round((Number(age) + seconds) * 1_000) / 1_000}`)
}

/** An age of 0 may be that of a slot in the future, and a time that is now cannot be told from others. */
function canBeAged(body: string, now: EpochMs): boolean {
  return !/"age_seconds":0[,}]/.test(body) && !body.includes(new Date(now).toISOString())
}
