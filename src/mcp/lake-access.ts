import { type Lake, openLake } from '../lake/open.ts'
import type { Clock } from '../market/clock.ts'
import { EXIT, Failure } from '../process/failure.ts'

/** Reads one lake for as long as a client is connected. */
export interface LakeAccess {
  /**
   * Answers from the newest version of the lake, which is opened when it is first there. Answers again where a compaction
   * or a restore took away files meanwhile. One question after another, so that memory is bounded.
   * @throws Failure as `openLake` and the question.
   */
  read<Answer>(question: (lake: Lake) => Promise<Answer>): Promise<Answer>
  close(): Promise<void>
}

/** The first may have begun before a compaction whose files were then deleted, the second with the state of that. */
const MAX_READS = 3

export function createLakeAccess(folder: string, clock: Clock): LakeAccess {
  let opened: Lake | null = null
  let last: Promise<unknown> = Promise.resolve()

  async function readNow<Answer>(question: (lake: Lake) => Promise<Answer>): Promise<Answer> {
    for (let reads = 1; ; reads++) {
      try {
        opened ??= await openLake(folder, { mode: 'read', clock })
        return await question(opened)
      } catch (error) {
        if (!(error instanceof Failure) || error.exitCode !== EXIT.io) throw error
        // The folder may be another lake by now, restored or made anew.
        await opened?.close()
        opened = null
        if (reads === MAX_READS) throw error
      }
    }
  }

  return {
    read: (question) => {
      const answer = last.then(() => readNow(question))
      last = answer.catch(() => {})
      return answer
    },
    close: async () => {
      await last
      await opened?.close()
      opened = null
    },
  }
}
