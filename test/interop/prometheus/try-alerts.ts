import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Goal } from '../../../scripts/bench/report.ts'
import { formatTable } from '../../../src/commands/terminal/table.ts'
import { has } from '../installation.ts'
import { ALERT_SCENARIOS } from './alert-scenarios.ts'
import { fireInPrometheus } from './live.ts'
import type { PanelTrial } from './panels.ts'
import { testWithPromtool } from './promtool.ts'

/** One scenario, tried with the durations of the rules, and in a running Prometheus with shorter ones. */
interface AlertTrial {
  readonly name: string
  readonly expected: string | null
  /** What promtool says is wrong; null if nothing is. */
  readonly promtool: string | null
  readonly fired: readonly string[]
}

const DASHBOARD = join(import.meta.dirname, '../../../../config/grafana/optionlake.json')
const RULES = join(import.meta.dirname, '../../../../config/prometheus/alerts.yml')

/** Why the alerts cannot be tried here; null if they can. */
export function whyNoPrometheus(): string | null {
  const lacking = ['prometheus', 'promtool'].find((program) => !has(program, '--version'))
  return lacking === undefined ? null : `${lacking} is not installed`
}

/** What came of the alerts and of the dashboard's queries. */
export interface Monitoring {
  readonly trials: readonly AlertTrial[]
  readonly panels: readonly PanelTrial[]
}

/** Tries every alert of config/prometheus/alerts.yml, circumstances that must raise none, and every panel. */
export async function tryAlerts(folder: string): Promise<Monitoring> {
  await mkdir(folder, { recursive: true })
  const options = { rules: RULES, dashboard: DASHBOARD, folder }
  const { fired, panels } = await fireInPrometheus(ALERT_SCENARIOS, options)
  const trials: AlertTrial[] = []
  for (const scenario of ALERT_SCENARIOS) {
    const { name, alert: expected } = scenario
    const promtool = await testWithPromtool(scenario, options)
    trials.push({ name, expected, promtool, fired: fired.get(name) ?? [] })
  }
  return { trials, panels }
}

export function printTrials({ trials, panels }: Monitoring): void {
  for (const { title, expression, fault } of panels)
    if (fault !== null) console.log(`panel ${title}: ${expression}: ${fault}`)
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

/** `tried`: null where nothing ran, for the reason `why`. */
export function alertGoals(tried: Monitoring | null, why = ''): Goal[] {
  const trials = tried?.trials
  const count = (isWrong: (trial: AlertTrial) => boolean) => trials?.filter(isWrong).length ?? null
  const unit = `of ${ALERT_SCENARIOS.length}`
  const panels = tried?.panels
  return [
    {
      name: 'queries of the dashboard without an answer',
      value: panels?.filter(({ fault }) => fault !== null).length ?? null,
      ...{ unit: panels === undefined ? 'queries' : `of ${panels.length}`, atMost: 0, why },
    },
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
