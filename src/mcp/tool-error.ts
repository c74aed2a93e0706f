import { QueryLimitFailure } from '../lake/query/apart/query-process.ts'
import { EXIT, type ExitCode, Failure } from '../process/failure.ts'

/** The names of errors, by the exit code that a command would have. */
const NAMES: Partial<Record<ExitCode, string>> = {
  [EXIT.usage]: 'bad_request',
  [EXIT.cannotCreate]: 'not_possible',
  [EXIT.io]: 'lake_unreadable',
  [EXIT.tryLater]: 'try_later',
  [EXIT.configuration]: 'no_lake',
}

/** What a question that cannot be answered is answered with. Never a stack trace: `onError` gets what is not expected. */
export function errorResult(error: unknown, onError: (error: unknown) => void) {
  const { name, message } = namedError(error)
  if (name === 'internal') onError(error)
  const text = JSON.stringify({ error: { name, message } })
  return { isError: true, content: [{ type: 'text' as const, text }] }
}

/** The names of errors of queries that need too much. */
const LIMIT_NAMES = { time: 'query_too_slow', memory: 'query_too_large' } as const

function namedError(error: unknown): { readonly name: string; readonly message: string } {
  if (error instanceof QueryLimitFailure) return { name: LIMIT_NAMES[error.limit], message: error.message }
  if (error instanceof Failure) return { name: NAMES[error.exitCode] ?? 'internal', message: error.message }
  if ((error as Error | null)?.name === 'AbortError')
    return { name: 'cancelled', message: 'the client cancelled' }
  return { name: 'internal', message: 'internal error: standard error of the server says more' }
}
