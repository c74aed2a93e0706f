import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PlannedRun, RunResult } from '../../../src/commands/experiment/planned-runs.ts'
import { makeRuns } from '../../../src/commands/experiment/run-pool.ts'
import { addEnding, type RunEndings } from './recorded-endings.ts'

/** What a strategy does at its worst step, as the body of `decide`. */
const STRATEGIES: Readonly<Record<string, string>> = {
  hangs: 'for (;;);',
  hangs_in_a_pattern: "return /^(a+)+$/.test('a'.repeat(60) + 'b') ? [] : []",
  throws: "throw new Error('no\\nprice')",
  throws_nothing: 'throw undefined',
  throws_a_trap: 'throw { get message() { throw 1 }, toString() { throw 2 } }',
  recurses: 'const again = () => again(); return again()',
  answers_nan: "return [{ kind: 'order', side: 'BUY', price: NaN, qty: 100 }]",
  answers_infinity: "return [{ kind: 'order', side: 'SELL', price: 1, qty: Infinity }]",
  answers_text: "return 'BUY'",
  answers_later: 'return Promise.resolve([])',
  answers_traps: "return [new Proxy({}, { get() { throw new Error('trap') } })]",
  answers_too_much: "return Array.from({ length: 1e6 }, () => ({ kind: 'cancel', orderId: 'x' }))",
  hoards: 'const all = []; for (;;) all.push(new Array(1e5).fill(step))',
  leaves: 'process.exit(0)',
  fails_later: "setTimeout(() => { throw new Error('later') }); return []",
  rejects_later: "Promise.reject(new Error('later')); return []",
}

export const STRATEGY_NAMES = Object.keys(STRATEGIES)
const STEPS = 40

/**
 * Runs each hostile strategy in threads, with sound runs between them.
 * @returns the files of the sound runs; null for one that has none
 */
export async function runHostileStrategies(
  names: readonly string[],
  worstStep: number,
  folder: string,
  endings: RunEndings,
): Promise<readonly (string | null)[]> {
  const market = { scenario: 'normal_market', scenarioId: 'normal_market', seed: 5, steps: STEPS } as const
  const sound: PlannedRun = {
    ...{ ...market, experiment: 'inventory_mgmt', mode: 'active', strategyFile: null, rules: 'research' },
  }
  const hostile = names.map((name): PlannedRun => {
    const strategyFile = join(folder, `${name}.mjs`)
    writeFileSync(strategyFile, fileOf(name, worstStep))
    return { ...sound, experiment: name, strategyFile }
  })
  const results = await makeRuns(
    hostile.flatMap((run, at) => (at % 4 === 0 ? [sound, run] : [run])),
    { folder: join(folder, 'raw'), venue: { kind: 'embedded' }, version: '0' },
    { parallel: 2, signal: new AbortController().signal, decisionLimitMs: 200 },
  )
  const soundFiles: (string | null)[] = []
  for (const [at, result] of results.entries()) {
    if (at % 5 === 0) soundFiles.push(result.kind === 'ended' ? result.file : null)
    else addEnding(endings, kindOf(result), reasonOf(result), names[at - Math.ceil(at / 5)] ?? '')
  }
  return soundFiles
}

function fileOf(name: string, worstStep: number): string {
  const fields = `name: '${name}', description: 'hostile', mode: 'active'`
  const body = `if (step === ${worstStep}) { ${STRATEGIES[name]} }\n return []`
  return `export default { ${fields}, decide(step) { ${body} } }\n`
}

function kindOf(result: RunResult): string {
  return result.kind === 'ended' ? result.outcome.end.kind : 'failed'
}

function reasonOf(result: RunResult): string {
  return result.kind === 'ended' ? result.outcome.end.reason : result.error.message
}
