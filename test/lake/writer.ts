import { openLake } from '../../src/lake/open.ts'
import { append } from '../../src/lake/write/append.ts'
import { systemClock } from '../../src/market/clock.ts'
import { after, chain, slotOf } from './slots.ts'

/**
 * A separate process that writes a lake until it is killed: `writer.js <folder> <first slot> [checkpoint every]`.
 * With a third argument, all commits that checkpoints cover are deleted from its log, however recent.
 * It prints the number of a slot when, and only when, the slot was acknowledged.
 */
const [folder, first, every] = process.argv.slice(2)
const maintenance = every === undefined ? {} : { checkpointEvery: Number(every), logRetentionDays: -1 }
const lake = await openLake(folder as string, {
  mode: 'write',
  source: 'simulated',
  clock: systemClock,
  maintenance,
})
process.stdout.write('open\n')
for (let n = Number(first); ; n++) {
  await append(lake, slotOf({ SPY: chain(200), QQQ: chain(100) }, after(n)))
  process.stdout.write(`${n}\n`)
}
