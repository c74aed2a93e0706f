import { type Lake, openLake } from '../lake/open.ts'
import type { Clock } from '../market/clock.ts'
import { EXIT, Failure } from '../process/failure.ts'

/** Reads one lake for as long as a client is connected. */
export interface LakeAccess {
  /** As the client gave it. */
  readonly folder: string
  /**
   * Answers from the newest version of the lake, which is opened when it is first there. Answers again where a compaction
   * or a restore took away files meanwhile. At most three questions at once, the others wait, so that memory is bounded.
   * @throws Failure as `openLake` and the question; EXIT.tryLater when too many wait.
   */
  read<Answer>(question: (lake: Lake) => Promise<Answer>): Promise<Answer>
  close(): Promise<void>
}

const MAX_AT_ONCE = 3
/** A client that asks more at once does not wait for its answers. */
const MAX_WAITING = 100
/** The first may have begun before a compaction whose files were then deleted, the second with the state of that. */
const MAX_READS = 3

export function createLakeAccess(folder: string, clock: Clock): LakeAccess {
  let opened: OpenedLake | null = null
  const turns = createTurns(MAX_AT_ONCE)

  async function readOnce<Answer>(question: (lake: Lake) => Promise<Answer>): Promise<Answer> {
    const own = opened ?? openShared(folder, clock)
    opened = own
    try {
      return await own.use(question)
    } catch (error) {
      // The folder may be another lake by now, restored or made anew, or have none yet.
      const isStale = error instanceof Failure && error.exitCode !== EXIT.usage
      if (own === opened && (isStale || own.hasFailed())) {
        opened = null
        await own.close()
      }
      throw error
    }
  }

  return {
    folder,
    read: (question) => turns.take(() => readAgain(() => readOnce(question))),
    close: async () => {
      await turns.idle()
      await opened?.close()
      opened = null
    },
  }
}

/** Reads again after an error of files, which a compaction may have taken away meanwhile. */
export async function readAgain<Answer>(read: () => Promise<Answer>): Promise<Answer> {
  for (let reads = 1; ; reads++) {
    try {
      return await read()
    } catch (error) {
      if (!(error instanceof Failure) || error.exitCode !== EXIT.io || reads === MAX_READS) throw error
    }
  }
}

/** A lake that several questions read. */
interface OpenedLake {
  use<Answer>(question: (lake: Lake) => Promise<Answer>): Promise<Answer>
  /** Whether it could not be opened. */
  hasFailed(): boolean
  /** Closes the lake after the questions that read it. */
  close(): Promise<void>
}

function openShared(folder: string, clock: Clock): OpenedLake {
  let hasFailed = false
  const opening = openLake(folder, { mode: 'read', clock }).catch((error: unknown) => {
    hasFailed = true
    throw error
  })
  const reading = new Set<Promise<unknown>>()
  return {
    use: async (question) => {
      const answer = opening.then(question)
      reading.add(answer)
      return answer.finally(() => reading.delete(answer))
    },
    hasFailed: () => hasFailed,
    close: async () => {
      await Promise.allSettled(reading)
      await opening.then(
        (lake) => lake.close(),
        () => {},
      )
    },
  }
}

/** Lets a few work at once; the others wait in the order in which they came. */
export interface Turns {
  /** @throws Failure EXIT.tryLater when too many wait. */
  take<Result>(work: () => Promise<Result>): Promise<Result>
  /** Resolves when nobody works or waits. */
  idle(): Promise<void>
}

export function createTurns(most: number): Turns {
  const waiting: (() => void)[] = []
  const working = new Set<Promise<unknown>>()
  let taken = 0
  return {
    take: async (work) => {
      if (waiting.length >= MAX_WAITING) {
        throw new Failure(
          EXIT.tryLater,
          `${MAX_WAITING} questions wait already: ask again when some are answered`,
        )
      }
      if (taken >= most) await new Promise<void>((resolve) => waiting.push(resolve))
      else taken++
      const result = work()
      working.add(result)
      try {
        return await result
      } finally {
        working.delete(result)
        // The turn is handed on.
        const next = waiting.shift()
        if (next) next()
        else taken--
      }
    },
    idle: async () => {
      while (taken > 0) await Promise.allSettled(working)
    },
  }
}
