/** A process that opens a lake for reading once, and prints the milliseconds and its memory: `lake-open.js <folder>`. */
import { currentState, openLake } from '../../src/lake/open.ts'
import { systemClock } from '../../src/market/clock.ts'

const startedAtMs = performance.now()
const lake = await openLake(process.argv[2] as string, { mode: 'read', clock: systemClock })
const { files } = await currentState(lake)
const ms = performance.now() - startedAtMs
process.stdout.write(JSON.stringify({ ms, files: files.size, rss: process.memoryUsage.rss() }))
await lake.close()
