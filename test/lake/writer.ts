import { append } from '../../src/lake/append.ts'
import { openLake } from '../../src/lake/open.ts'
import { systemClock } from '../../src/market/clock.ts'
import { after, chain, slotOf } from './slots.ts'

/**
 * A process of its own that writes a lake until it is killed: `writer.js <folder> <first slot>`.
 * It prints the number of a slot when, and only when, the slot was acknowledged.
 */
const [folder, first] = process.argv.slice(2)
const lake = await openLake(folder as string, { mode: 'write', source: 'simulated', clock: systemClock })
process.stdout.write('open\n')
for (let n = Number(first); ; n++) {
  await append(lake, slotOf({ SPY: chain(200), QQQ: chain(100) }, after(n)))
  process.stdout.write(`${n}\n`)
}
