import type { HttpBindings } from '@hono/node-server'
import { EXIT, Failure } from '../../process/failure.ts'
import type { Refusal } from '../request-guard.ts'

type Answer = (request: Request, env: HttpBindings) => Response | Promise<Response>

/** The first may have begun before a compaction whose files were then deleted, the second with the state of that. */
const MAX_READS = 3

/** What the routes of a server threw, by request. */
export interface RouteErrors {
  note(incoming: object, error: unknown): void
  /** Answers a request again while stored data could not be read; reports the last error. */
  readingAgain(answer: Answer): Answer
}

/**
 * A table may be compacted, vacuumed or restored while a route reads it. Each reading begins with the newest version, so
 * that reading again finds the files that are there now.
 */
export function createRouteErrors(onError: (error: unknown) => void): RouteErrors {
  const errors = new WeakMap<object, { readonly error: unknown }>()
  return {
    note: (incoming, error) => errors.set(incoming, { error }),
    readingAgain: (answer) => async (request, env) => {
      for (let reads = 1; ; reads++) {
        errors.delete(env.incoming)
        const response = await answer(request, env)
        const thrown = errors.get(env.incoming)
        if (thrown === undefined) return response
        if (isUnreadable(thrown.error) && reads < MAX_READS) continue
        onError(thrown.error)
        return response
      }
    },
  }
}

/** The client gets no details: paths and causes are in the log. */
export function refusalOfError(error: unknown): Refusal {
  if (!isUnreadable(error)) return { status: 500, code: 'internal', message: 'internal error: see the log' }
  const message = 'stored data cannot be read: see the log; optionlake verify lists what is damaged'
  return { status: 503, code: 'lake_unreadable', message }
}

function isUnreadable(error: unknown): boolean {
  return error instanceof Failure && error.exitCode === EXIT.io
}
