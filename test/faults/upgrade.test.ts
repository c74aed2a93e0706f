import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { withDeadDisk } from '../support/dead-disk.ts'
import { type MadeUpgrades, makeUpgrades, UPGRADE_STEPS } from '../support/upgrade-steps.ts'

/** How many calls of each step are tried; UPGRADE_POINTS=40 tries more. `npm run faults -- upgrade` kills processes at all. */
const POINTS = Number(process.env.UPGRADE_POINTS ?? 1)

let folder: string
let made: MadeUpgrades
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'optionlake-upgrade-'))
  made = await makeUpgrades(folder)
  return () => rmSync(folder, { recursive: true, force: true })
})

test.each(UPGRADE_STEPS)(
  'a lake of version 0.1, interrupted anywhere: $name keeps every row, and is finished by the next run',
  async (step) => {
    const workspace = { lake: join(folder, 'lake'), backup: join(folder, 'backup') }
    let named = 0
    const run = () => step.run(workspace, made, () => `name-${named++}`)
    await step.prepare(workspace, made)
    const { calls, error } = await withDeadDisk(Number.POSITIVE_INFINITY, run)
    expect(error).toBeNull()
    expect(await step.faultsAtEnd(workspace, made)).toEqual([])
    const faults: unknown[] = []
    for (let point = 1; point <= POINTS; point++) {
      const nth = Math.round((point * calls) / (POINTS + 1))
      await step.prepare(workspace, made)
      expect((await withDeadDisk(nth, run)).error).not.toBeNull()
      const now = await step.faultsAfter(workspace, made)
      await run()
      const later = await step.faultsAtEnd(workspace, made)
      faults.push(...[...now, ...later].map((fault) => ({ nth, ...fault })))
    }
    expect(faults).toEqual([])
  },
  600_000,
)
