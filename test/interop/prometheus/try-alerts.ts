import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Goal } from '../../../scripts/bench/report.ts'
import { formatTable } from '../../../src/commands/terminal/table.ts'
import { has } from '../installation.ts'
import { ALERT_SCENARIOS } from './alert-scenarios.ts'
import { fireInPrometheus } from './live.ts'
import { testWithPromtool } from './promtool.ts'

/** One scenario, tried with the durations of the rules, and in a running Prometheus with shorter ones. */
interface AlertTrial {
  readonly name: string
  readonly expected: string | null
  /** What promtool says is wrong; null if nothing is. */
  readonly promtool: string | null
  readonly fired: readonly string[]
}

const RULES = join(import.meta.dirname, '../../../../config/prometheus/alerts.yml')

/** Why the alerts cannot be tried here; null if they can. */
export function whyNoPrometheus(): string | null {
  const lacking = ['prometheus', 'promtool'].find((program) => !has(program, '--version'))
  return lacking === undefined ? null : `${lacking} is not installed`
}

/** Tries every alert of config/prometheus/alerts.yml, and circumstances that must raise none. */
export async function tryAlerts(folder: string): Promise<AlertTrial[]> {
  await mkdir(folder, { recursive: true })
  const options = { rules: RULES, folder }
  const fired = await fireInPrometheus(ALERT_SCENARIOS, options)
  const trials: AlertTrial[] = []
  for (const scenario of ALERT_SCENARIOS) {
    const { name, alert: expected } = scenario
    const promtool = await testWithPromtool(scenario, options)
    trials.push({ name, expected, promtool, fired: fired.get(name) ?? [] })
  }
  return trials
}

export function printTrials(trials: readonly AlertTrial[]): void {
  console.log(
    formatTable(trials, [
      { title: 'event', value: ({ name }) => name },
      { title: 'alert', value: ({ expected }) => expected ?? 'none' },
      {
        title: 'in Prometheus',
        value: (trial) => (isFiredRight(trial) ? 'yes' : `NO: ${trial.fired.join(', ')}`),
      },
      { title: 'by promtool', value: ({ promtool }) => promtool ?? 'yes' },
    ]),
  )
}

/** `trials`: null where they did not run, for the reason `why`. */
export function alertGoals(trials: readonly AlertTrial[] | null, why = ''): Goal[] {
  const count = (isWrong: (trial: AlertTrial) => boolean) => trials?.filter(isWrong).length ?? null
  const unit = `of ${ALERT_SCENARIOS.length}`
  return [
    {
      name: 'events that raise another alert than theirs, Prometheus',
      ...{ value: count((trial) => !isFiredRight(trial)), unit, atMost: 0, why },
    },
    {
      name: 'events that raise another alert than theirs, promtool',
      ...{ value: count(({ promtool }) => promtool !== null), unit, atMost: 0, why },
    },
  ]
}

function isFiredRight({ expected, fired }: AlertTrial): boolean {
  return fired.join() === (expected ?? '')
}
