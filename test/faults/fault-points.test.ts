import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import type { FaultAnswer, FaultOrder, FaultQuestion } from '../support/faulty-fs.ts'
import { checkLake, faultCount, type LakeCheck } from '../support/lake-check.ts'
import { expectEvent, startWriter, type Writer, type WriterEvent } from '../support/writer-process.ts'
import { PROGRAMS, temporaryFolder } from './small-campaign.ts'

/** The calls in between are left to `npm run faults -- kill-everywhere`: each kill takes a process of its own. */
const KILL_EVERY = 6

async function startFaulty(folder: string): Promise<Writer> {
  const writer = startWriter({ programs: PROGRAMS, folder, stepped: true, preload: 'faulty-fs.js' })
  await expectEvent(writer, 'ready')
  return writer
}

/** Lets a writer store while the n-th call fails; `struck` is null when there was no such call. */
async function storeUnder(writer: Writer, order: FaultOrder) {
  await tell(writer, order)
  const answer: WriterEvent | null = await writer.order('store')
  const struck = answer === null ? null : (await tell(writer, { ask: 'struck' })).struck
  return { struck, answer }
}

/** Sends a message over the channel and waits for the answer, so that the writer has handled it before it goes on. */
function tell(writer: Writer, message: FaultOrder | FaultQuestion): Promise<FaultAnswer> {
  return new Promise((resolve, reject) => {
    const { child } = writer
    const onExit = () => reject(new Error('the writer ended instead of answering'))
    child.once('exit', onExit)
    child.once('message', (answer) => {
      child.off('exit', onExit)
      resolve(answer as FaultAnswer)
    })
    child.send(message)
  })
}

/** What a reader finds wrong. Unfinished files are hidden from readers and removed by the next start. */
function visibleFaults({ details }: LakeCheck): string[] {
  return details.filter((detail) => !detail.endsWith('is unfinished'))
}

test.each(['EIO', 'ENOSPC'] as const)(
  'with %s at every file call of storing a slot, no lost slot is acknowledged, and the process continues',
  async (effect) => {
    const folder = join(temporaryFolder(), 'lake')
    const writer = await startFaulty(folder)
    await expectEvent(writer, 'open', writer.order('open'))
    const faults: string[] = []
    let nth = 1
    for (; ; nth++) {
      const { struck, answer } = await storeUnder(writer, { nth, effect })
      if (struck === null) break
      if (answer === null) throw new Error((await writer.ended).stderr)
      if (answer.event === 'failed' && answer.exitCode !== 74) faults.push(answer.message)
      faults.push(
        ...visibleFaults(await checkLake(folder, writer.acknowledged())).map(
          (one) => `${struck} ${nth}: ${one}`,
        ),
      )
    }
    await writer.kill()
    expect(faults).toEqual([])
    expect(nth).toBeGreaterThan(15)
  },
)

let made: string
beforeAll(async () => {
  made = join(process.env.TMPDIR ?? '/tmp', `optionlake-faults-made-${process.pid}`)
  const writer = await startFaulty(made)
  for (const [command, event] of [
    ['open', 'open'],
    ['store', 'stored'],
    ['store', 'stored'],
  ] as const) {
    await expectEvent(writer, event, writer.order(command))
  }
  await writer.kill()
  return () => rmSync(made, { recursive: true, force: true })
})

/** Kills a writer at the n-th call of storing a slot; null when there is no such call. */
async function killAt(folder: string, nth: number): Promise<LakeCheck | null> {
  rmSync(folder, { recursive: true, force: true })
  cpSync(made, folder, { recursive: true })
  const writer = await startFaulty(folder)
  await expectEvent(writer, 'open', writer.order('open'))
  const { answer } = await storeUnder(writer, { nth, effect: 'kill' })
  await writer.kill()
  return answer === null ? checkLake(folder, 1) : null
}

test('killed at calls throughout storing a slot, earlier slots remain, and the slot is whole or absent', async () => {
  const folder = join(temporaryFolder(), 'lake')
  const checks: LakeCheck[] = []
  for (let nth = 1; ; nth += KILL_EVERY) {
    const check = await killAt(folder, nth)
    if (check === null) break
    checks.push(check)
  }
  expect(checks.flatMap((check) => (faultCount(check) > 0 ? check.details : []))).toEqual([])
  expect(checks.length).toBeGreaterThan(3)
  expect(checks.filter(({ operations }) => operations !== 2 && operations !== 3)).toEqual([])
})
