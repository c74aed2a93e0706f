import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { BACKUP_STEPS, type BackupWorkspace, type MadeLakes, makeLakes } from '../support/backup-steps.ts'
import { withDeadDisk } from '../support/dead-disk.ts'

/**
 * How many calls of each step are tried; BACKUP_POINTS=40 tries more. All of them are left to `npm run faults -- backup`,
 * which kills processes.
 */
const POINTS = Number(process.env.BACKUP_POINTS ?? 1)

let folder: string
let made: MadeLakes
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'optionlake-backup-'))
  made = await makeLakes(folder)
  return () => rmSync(folder, { recursive: true, force: true })
})

test.each(BACKUP_STEPS)(
  'interrupted anywhere, $name leaves the former state or the new one, and is finished by the next run',
  async (step) => {
    const workspace: BackupWorkspace = { lake: join(folder, 'lake'), backup: join(folder, 'backup') }
    let named = 0
    const run = () => step.run(workspace, made, () => `name-${named++}`)
    await step.prepare(workspace, made)
    const { calls, error } = await withDeadDisk(Number.POSITIVE_INFINITY, run)
    expect(error).toBeNull()
    const faults: unknown[] = []
    for (let point = 1; point <= POINTS; point++) {
      const nth = Math.round((point * calls) / (POINTS + 1))
      await step.prepare(workspace, made)
      const interrupted = await withDeadDisk(nth, run)
      expect(interrupted.error).not.toBeNull()
      const now = await step.faultsAfter(workspace, made)
      await run()
      const later = await step.faultsAtEnd(workspace, made)
      faults.push(...[...now, ...later].map((fault) => ({ nth, ...fault })))
    }
    expect(faults).toEqual([])
  },
  600_000,
)
