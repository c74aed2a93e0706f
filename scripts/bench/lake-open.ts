/** A process of its own that opens a lake as a reader, once: `lake-open.js <folder>`; prints the milliseconds. */
import { currentTable, openLake } from '../../src/lake/open.ts'
import { systemClock } from '../../src/market/clock.ts'

const startedAtMs = performance.now()
const lake = await openLake(process.argv[2] as string, { mode: 'read', clock: systemClock })
const { files } = await currentTable(lake)
process.stdout.write(JSON.stringify({ ms: performance.now() - startedAtMs, files: files.size }))
await lake.close()
