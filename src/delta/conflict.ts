import type { Action } from './actions.ts'

/** Why a change cannot follow another writer's commit; null when it can. */
export type ConflictRule = (ours: readonly Action[], theirs: readonly Action[]) => string | null

/**
 * The rules of the protocol: a change cannot follow another writer's commit that changed the table's protocol or
 * metadata, removed a file that the change removes, or wrote a transaction of the same application. Files that the
 * other commit added are not a conflict, because only the caller knows which rows the change depends on.
 */
export const conflictByProtocol: ConflictRule = (ours, theirs) => {
  const removed = new Set(ours.flatMap((action) => ('remove' in action ? [action.remove.path] : [])))
  const applications = new Set(ours.flatMap((action) => ('txn' in action ? [action.txn.appId] : [])))
  for (const action of theirs) {
    if ('protocol' in action || 'metaData' in action) return 'another writer changed the table itself'
    if ('remove' in action && removed.has(action.remove.path)) {
      return `another writer removed ${action.remove.path}`
    }
    if ('txn' in action && applications.has(action.txn.appId)) {
      return `another writer committed ${action.txn.appId} version ${action.txn.version}`
    }
  }
  return null
}
