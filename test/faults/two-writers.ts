import { join } from 'node:path'
import { EXIT } from '../../src/process/failure.ts'
import { checkLake } from '../support/lake-check.ts'
import { withFolder } from '../support/temporary-folder.ts'
import { startWriter, type Writer } from '../support/writer-process.ts'
import { type Campaign, eachRound, roundsOf } from './campaign.ts'

const MESSAGE = /is being written by another process/

/** Starts two writers of one lake at the same moment; returns what is wrong with the outcome. */
async function contend(programs: string, folder: string): Promise<string[]> {
  const both = [startWriter({ programs, folder }), startWriter({ programs, folder })] as const
  // A writer with the lock reports `open`; the other ends, so its next event is null.
  const first = await Promise.all(both.map((writer) => writer.next()))
  const winners = both.filter((_, at) => first[at]?.event === 'open')
  const faults = winners.length === 1 ? [] : [`${winners.length} writers won`]
  for (const loser of both.filter((writer) => !winners.includes(writer))) {
    const { code, stderr } = await loser.ended
    if (code !== EXIT.tryLater || !MESSAGE.test(stderr))
      faults.push(`the other ended with ${code}: ${stderr}`)
  }
  return [...faults, ...(await killAll(winners))]
}

async function killAll(winners: readonly Writer[]): Promise<string[]> {
  const ends = await Promise.all(winners.map((writer) => writer.kill()))
  return ends.flatMap(({ code, stderr }) =>
    code === null ? [] : [`the winner ended with ${code}: ${stderr}`],
  )
}

export const twoWriters: Campaign = {
  name: 'two-writers',
  summary: 'two processes open one lake at the same moment, 50 times: one wins, the other exits with 75',
  takes: '1 minute',
  run: async (options) => {
    const rounds = roundsOf(options, 50, 5)
    const faults: string[] = []
    await withFolder(async (folder) => {
      await eachRound('starts', rounds, async () => {
        faults.push(...(await contend(options.programs, join(folder, 'lake'))))
      })
      const { details } = await checkLake(join(folder, 'lake'), -1)
      // The last winner was killed; what it had begun does not matter here.
      faults.push(...details.filter((detail) => !/unfinished|in no commit/.test(detail)))
    })
    for (const fault of faults) console.log(fault)
    return [
      { name: 'starts of two', value: rounds, unit: 'starts', atLeast: 1 },
      {
        name: 'starts without exactly one winner, or with a wrong exit',
        value: faults.length,
        unit: 'faults',
        atMost: 0,
      },
    ]
  },
}
