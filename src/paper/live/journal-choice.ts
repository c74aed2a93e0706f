import { createHash } from 'node:crypto'
import { EXIT, Failure } from '../../process/failure.ts'
import type { Journal } from '../journal/journal.ts'
import type { PaperSettings } from '../options.ts'
import type { MarketSource } from './market-source.ts'

/** Where journals are, unless one is named. */
export const JOURNAL_FOLDER = 'data/paper'

/**
 * The journal of a run: the one that is named, else one for each source. The account of a simulator that ends with this
 * process begins anew with the next one, and so does its journal.
 */
export function journalPath(
  named: string | null,
  { source, endsWithProcess }: Pick<MarketSource, 'source' | 'endsWithProcess'>,
  machineNow: number,
): string {
  if (named !== null) return named
  if (!endsWithProcess) return `${JOURNAL_FOLDER}/${source}.jsonl`
  return `${JOURNAL_FOLDER}/embedded_${new Date(machineNow).toISOString().replace(/[-:.]/g, '')}.jsonl`
}

/** What stands in the journal instead of the account number. */
export function accountId(account: string): string {
  return createHash('sha256').update(account).digest('hex').slice(0, 16)
}

/**
 * Writes the first event of a run.
 * @throws Failure EXIT.configuration if the journal belongs to another account: its positions are not here
 */
export async function beginJournal(
  journal: Journal,
  {
    account,
    gateway,
    version,
    settings,
    now,
  }: {
    readonly account: string
    readonly gateway: string
    readonly version: string
    readonly settings: PaperSettings
    readonly now: Parameters<Journal['append']>[1]
  },
): Promise<void> {
  const id = accountId(account)
  const before = journal.state.account
  if (before !== null && before !== id) {
    throw new Failure(
      EXIT.configuration,
      `the journal ${journal.path} is of another account: name another one with --journal`,
    )
  }
  const { accounts: _, ...shown } = settings
  await journal.append({ kind: 'started', version, gateway, account: id, settings: shown }, now)
}
