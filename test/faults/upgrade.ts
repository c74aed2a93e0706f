import { join } from 'node:path'
import { startBackup } from '../support/backup-process.ts'
import { faultsOfKilled, killAtEachCall } from '../support/kill-steps.ts'
import { withFolder } from '../support/temporary-folder.ts'
import { requireTracer } from '../support/tracer.ts'
import {
  type MadeUpgrades,
  makeUpgrades,
  UPGRADE_STEPS,
  type UpgradeFault,
  type UpgradeStep,
} from '../support/upgrade-steps.ts'
import { type Campaign, eachRound } from './campaign.ts'

/** In the small version, every so many calls of a kind are tried. */
const QUICK_EVERY = 25

interface Try {
  readonly programs: string
  readonly folder: string
  readonly made: MadeUpgrades
  readonly step: UpgradeStep
}

const workspaceOf = ({ folder }: Pick<Try, 'folder'>) => ({
  lake: join(folder, 'lake'),
  backup: join(folder, 'backup'),
})

async function killEverywhere(one: Try, every: number, faults: UpgradeFault[]): Promise<number> {
  const { step, made, programs, folder } = one
  const workspace = workspaceOf(one)
  const killed = {
    name: step.name,
    folder,
    isIgnored: (path: string) => path.startsWith(join(folder, 'made')),
    start: async () => {
      await step.prepare(workspace, made)
      const process = startBackup(programs, step.args(workspace, made), 'upgrade-program.js')
      await process.ready
      return process
    },
  }
  return killAtEachCall(killed, every, async ({ call, nth }) => {
    for (const { kind, detail } of await faultsOfKilled(step, workspace, made)) {
      // Printed at once, because the campaign takes long.
      console.log(`${kind}: ${step.name}, killed at ${call} ${nth}: ${detail}`)
      faults.push({ kind, detail })
    }
  })
}

export const upgradeCampaign: Campaign = {
  name: 'upgrade',
  summary: 'kill -9 at every file call of the upgrade of a lake of version 0.1, and of both ways back',
  takes: '15 minutes',
  run: async (options) => {
    requireTracer()
    const faults: UpgradeFault[] = []
    let points = 0
    await withFolder(async (folder) => {
      const made = await makeUpgrades(folder)
      await eachRound('steps', UPGRADE_STEPS.length, async (round) => {
        const step = UPGRADE_STEPS[round] as UpgradeStep
        const one = { programs: options.programs, folder, made, step }
        const kills = await killEverywhere(one, options.quick ? QUICK_EVERY : 1, faults)
        console.log(`${step.name}: killed at ${kills} calls`)
        points += kills
      })
    })
    const count = (kind: UpgradeFault['kind']) => faults.filter((fault) => fault.kind === kind).length
    return [
      { name: 'kills at file calls', value: points, unit: 'kills', atLeast: 1 },
      { name: 'unreadable afterwards', value: count('unreadable'), unit: 'lakes', atMost: 0 },
      { name: 'other rows than before', value: count('different'), unit: 'lakes', atMost: 0 },
      { name: 'not finished by the next run', value: count('unfinished'), unit: 'runs', atMost: 0 },
    ]
  },
}
