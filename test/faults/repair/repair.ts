import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Goal } from '../../../scripts/bench/report.ts'
import { formatTable } from '../../../src/commands/terminal/table.ts'
import { repair as repairLake } from '../../../src/lake/check/repair/repair.ts'
import { dyingFs } from '../../support/dying-fs.ts'
import { withFolder } from '../../support/temporary-folder.ts'
import { type Campaign, eachRound, randomOf, roundsOf } from '../campaign.ts'
import { REPAIR_DAMAGES, type RepairDamage } from './damages.ts'
import { makeLake, openRowReader, type RowReader, type WrittenLake } from './lake.ts'
import { differencesFrom, provenBy } from './proven.ts'

/** Results of one kind of damage, each a number of cases. */
interface Tally {
  readonly damage: RepairDamage
  rounds: number
  killed: number
  repaired: number
  rows: number
  duplicates: number
  ledger: number
  again: number
  unclean: number
  deleted: number
  readonly details: string[]
}

async function repairOnce(
  written: WrittenLake,
  { folder, reader, seed, tally }: { folder: string; reader: RowReader; seed: number; tally: Tally },
): Promise<void> {
  const { clock } = written
  const random = randomOf(seed)
  await rm(folder, { recursive: true, force: true })
  await cp(written.folder, folder, { recursive: true, preserveTimestamps: true })
  await tally.damage.inflict({ folder, written, random })
  const note = (what: string) => tally.details.push(`${tally.damage.name}, seed ${seed}: ${what}`)
  const proven = provenBy(written, folder)
  tally.rounds++
  try {
    if (random() < 0.5 && (await isKilled(folder, { clock, atCall: 1 + Math.floor(random() * MOST_CALLS) })))
      tally.killed++
    const first = await repairLake(folder, { clock, dryRun: false })
    // A repair ends with `verify`.
    const again = await repairLake(folder, { clock, dryRun: false })
    const { findings } = again
    const different = await differencesFrom(proven, { folder, clock }, reader)
    if (first.repairs.length > 0) tally.repaired++
    if (again.repairs.length > 0) tally.again++
    if (findings.length > 0) tally.unclean++
    if (different.rows.length > 0) tally.rows++
    if (different.ledger.length > 0) tally.ledger++
    tally.duplicates += different.duplicates
    tally.deleted += different.deleted
    for (const { kind, detail, path } of again.repairs.slice(0, 2))
      note(`repaired again: ${kind} ${path} ${detail}`)
    for (const { kind, detail, path } of findings.slice(0, 2)) note(`left: ${kind} ${path} ${detail}`)
    for (const row of different.rows.slice(0, 2)) note(`another row of ${row}`)
    for (const row of different.ledger.slice(0, 2)) note(row)
  } catch (error) {
    tally.unclean++
    tally.rows++
    note(`failed: ${(error as Error).stack}`)
  }
}

/** Most repairs make at least this many calls that change files. */
const MOST_CALLS = 16

/** Starts a repair that is killed at one of its calls; false if it made fewer. */
async function isKilled(
  folder: string,
  { clock, atCall }: { clock: WrittenLake['clock']; atCall: number },
): Promise<boolean> {
  const fs = await dyingFs()
  fs.dieAt(atCall)
  await repairLake(folder, { clock, dryRun: false }).catch(() => {})
  return fs.revive()
}

/** @param damages the kinds of damage; the tests of the suite use some of them. */
export function repairCampaign(damages: readonly RepairDamage[]): Campaign {
  return {
    name: 'repair',
    summary: `${damages.length} kinds of damage, 50 times each: the rows after a repair are those that the surviving bytes prove`,
    takes: '20 minutes',
    run: async (options) => {
      const rounds = roundsOf(options, 50, 2)
      const tallies = damages.map(emptyTally)
      await withFolder(async (folder) => {
        const reader = await openRowReader()
        const written = await makeLake(join(folder, 'made'), reader)
        await eachRound('repairs', rounds * tallies.length, async (round) => {
          const tally = tallies[round % tallies.length] as Tally
          await repairOnce(written, {
            folder: join(folder, 'lake'),
            reader,
            seed: options.seed + round,
            tally,
          })
        })
        reader.close()
      })
      for (const detail of tallies.flatMap(({ details }) => details)) console.log(detail)
      console.log(tableOf(tallies))
      return goalsOf(tallies)
    },
  }
}

export const repair = repairCampaign(REPAIR_DAMAGES)

function emptyTally(damage: RepairDamage): Tally {
  return {
    damage,
    rounds: 0,
    killed: 0,
    repaired: 0,
    rows: 0,
    duplicates: 0,
    ledger: 0,
    again: 0,
    unclean: 0,
    deleted: 0,
    details: [],
  }
}

function tableOf(tallies: readonly Tally[]): string {
  const number = (title: string, value: (tally: Tally) => number) =>
    ({ title, align: 'right', value: (tally: Tally) => String(value(tally)) }) as const
  return formatTable(tallies, [
    { title: 'damage', value: ({ damage }) => damage.name },
    number('times', ({ rounds }) => rounds),
    number('killed first', ({ killed }) => killed),
    number('repaired', ({ repaired }) => repaired),
    number('other rows', ({ rows }) => rows),
    number('keys twice', ({ duplicates }) => duplicates),
    number('ledger', ({ ledger }) => ledger),
    number('again', ({ again }) => again),
    number('not clean', ({ unclean }) => unclean),
  ])
}

function goalsOf(tallies: readonly Tally[]): Goal[] {
  const sum = (value: (tally: Tally) => number) => tallies.reduce((all, tally) => all + value(tally), 0)
  const none = (name: string, unit: string, value: (tally: Tally) => number): Goal => ({
    name,
    value: sum(value),
    unit,
    atMost: 0,
  })
  return [
    { name: 'kinds of damage', value: tallies.length, unit: 'kinds', atLeast: Math.min(20, tallies.length) },
    none('repairs with other rows than the surviving bytes prove', 'cases', ({ rows }) => rows),
    none('keys stored twice', 'rows', ({ duplicates }) => duplicates),
    none('ledgers that differ from the rows or lost a surviving report', 'cases', ({ ledger }) => ledger),
    none('second repairs that change something', 'cases', ({ again }) => again),
    none('findings of verify after the repair', 'cases', ({ unclean }) => unclean),
    none('data files deleted', 'files', ({ deleted }) => deleted),
  ]
}
