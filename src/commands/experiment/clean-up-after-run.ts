import { cancelLeftOrders } from '../../experiments/tws/left-orders.ts'
import { systemClock } from '../../market/clock.ts'
import { openTwsOrders, type TwsAccess } from './tws-gateway.ts'

/** How long the answers to the cancels are waited for, ms. */
const ANSWER_LIMIT_MS = 5_000

/**
 * Cancels the orders of a run whose thread was ended from outside: on a session of its own with the same client id, behind
 * the same guard. Never rejects: each line that it returns is for a person, and says what is left.
 */
export async function cleanUpAfterRun(access: TwsAccess, runId: string): Promise<readonly string[]> {
  try {
    const { entry, close } = await openTwsOrders(access, new AbortController().signal)
    try {
      const { symbol } = access
      return await cancelLeftOrders(entry, { runId, symbol, limitMs: ANSWER_LIMIT_MS }, systemClock)
    } finally {
      await close()
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return [`orders of the run may still be open and could not be cancelled (${why}): look in TWS`]
  }
}
