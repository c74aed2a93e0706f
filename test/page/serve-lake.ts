import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openProgressBar } from '../../src/commands/terminal/progress-bar.ts'
import { newYorkInstant } from '../../src/market/calendar.ts'
import { systemClock } from '../../src/market/clock.ts'
import { LAKE_WITH_HOLES, LAST_DAY, makePageLake, QUICK_LAKE, WHOLE_LAKE } from './page-lake.ts'
import { openServedLake } from './served-lake.ts'

const USAGE = `Makes a lake to look at, and serves the page on a copy of it as the daemon does.

  node build/test/page/serve-lake.js make FOLDER [--quick | --holes]
  node build/test/page/serve-lake.js serve FOLDER [--port 8787] [--at 16:05] [--speed 1] [--away]

make    three sessions of SPY and QQQ with all slots, and a year with one slot a week; --quick: one session;
        --holes: two sessions until 14:00, with slots that are missing or partial
serve   until Ctrl-C; the daemon's clock begins on ${LAST_DAY} at --at, New York time, and runs --speed times as
        fast. The simulated gateway has the prices that the lake goes on with; --away: there is none.`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    holes: { type: 'boolean', default: false },
    port: { type: 'string', default: '8787' },
    at: { type: 'string', default: '16:05' },
    speed: { type: 'string', default: '1' },
    away: { type: 'boolean', default: false },
  },
})
const [verb, folder] = positionals

async function make(into: string): Promise<void> {
  if (existsSync(into)) throw new Error(`${into} exists: name a new folder`)
  const bar = openProgressBar('slots', process.stderr.isTTY === true)
  await makePageLake(
    into,
    values.holes ? LAKE_WITH_HOLES : values.quick ? QUICK_LAKE : WHOLE_LAKE,
    (done, total) => bar.update(done, total),
  )
  bar.close()
}

async function serve(from: string): Promise<void> {
  const copy = mkdtempSync(join(tmpdir(), 'optionlake-page-'))
  try {
    cpSync(from, copy, { recursive: true })
    const served = await openServedLake(copy, {
      ...{ port: Number(values.port), speed: Number(values.speed), isGatewayAway: values.away },
      startAt: newYorkInstant(LAST_DAY, values.at),
    })
    console.log(`${served.url} (Ctrl-C ends)`)
    const stopped = new AbortController()
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort())
    await systemClock.sleep(Number.MAX_SAFE_INTEGER, stopped.signal).catch(() => {})
    await served.close()
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

if (verb === 'make' && folder) await make(folder)
else if (verb === 'serve' && folder) await serve(folder)
else {
  console.error(USAGE)
  process.exitCode = 64
}
