import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import type { FaultAnswer, FaultOrder, FaultQuestion } from '../support/faulty-fs.ts'
import { faultsOf, judge, type Verdict } from '../support/lake-check.ts'
import { expectEvent, startWriter, type Writer, type WriterEvent } from '../support/writer-process.ts'
import { PROGRAMS, temporaryFolder } from './small-campaign.ts'

/** Kills in between are left to `npm run torture -- kill-everywhere`: each takes a process of its own. */
const KILL_EVERY = 6

async function startFaulty(folder: string): Promise<Writer> {
  const writer = startWriter({ programs: PROGRAMS, folder, stepped: true, preload: 'faulty-fs.js' })
  await expectEvent(writer, 'ready')
  return writer
}

/** Lets a writer store while the n-th call fails; `struck` is null where there was no such call. */
async function storeUnder(writer: Writer, order: FaultOrder) {
  await tell(writer, order)
  const answer: WriterEvent | null = await writer.order('store')
  const struck = answer === null ? null : (await tell(writer, { ask: 'struck' })).struck
  return { struck, answer }
}

/** Says something over the channel and waits for the answer, so that the writer has heard it before it goes on. */
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

/** What a reader finds wrong; unfinished files are hidden from readers and cleared by the next start. */
function seen(verdict: Verdict): string[] {
  return verdict.details.filter((detail) => !detail.endsWith('is unfinished'))
}

test.each(['EIO', 'ENOSPC'] as const)(
  'with %s at every call of storing a slot, none is acknowledged that is not kept, and the process goes on',
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
        ...seen(await judge(folder, writer.acknowledged())).map((one) => `${struck} ${nth}: ${one}`),
      )
    }
    await writer.kill()
    expect(faults).toEqual([])
    expect(nth).toBeGreaterThan(15)
  },
)

let made: string
beforeAll(async () => {
  made = join(process.env.TMPDIR ?? '/tmp', `optionlake-torture-made-${process.pid}`)
  const writer = await startFaulty(made)
  for (const [word, event] of [
    ['open', 'open'],
    ['store', 'stored'],
    ['store', 'stored'],
  ] as const) {
    await expectEvent(writer, event, writer.order(word))
  }
  await writer.kill()
  return () => rmSync(made, { recursive: true, force: true })
})

/** Kills a writer at the n-th call of storing a slot; null where there is no such call. */
async function killAt(folder: string, nth: number): Promise<Verdict | null> {
  rmSync(folder, { recursive: true, force: true })
  cpSync(made, folder, { recursive: true })
  const writer = await startFaulty(folder)
  await expectEvent(writer, 'open', writer.order('open'))
  const { answer } = await storeUnder(writer, { nth, effect: 'kill' })
  await writer.kill()
  return answer === null ? judge(folder, 1) : null
}

test('killed at calls all over storing a slot, the slots before it are there, and it is there whole or not', async () => {
  const folder = join(temporaryFolder(), 'lake')
  const found: Verdict[] = []
  for (let nth = 1; ; nth += KILL_EVERY) {
    const verdict = await killAt(folder, nth)
    if (verdict === null) break
    found.push(verdict)
  }
  expect(found.flatMap((verdict) => (faultsOf(verdict) > 0 ? verdict.details : []))).toEqual([])
  expect(found.length).toBeGreaterThan(3)
  expect(found.filter(({ operations }) => operations !== 2 && operations !== 3)).toEqual([])
})
