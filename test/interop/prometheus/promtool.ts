import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type AlertScenario, WATCHED_MINUTES } from './alert-scenarios.ts'
import { createMonitoredDaemon } from './monitored-daemon.ts'

/** As long as the longest window and wait of a rule, so that a late second alert is seen as well. */
const MINUTES = 2 * WATCHED_MINUTES

/**
 * Evaluates the rules with `promtool test rules` over the metrics of a scenario, with the durations that the rules have.
 * Returns what is wrong.
 */
export async function testWithPromtool(
  scenario: AlertScenario,
  { rules, folder }: { readonly rules: string; readonly folder: string },
): Promise<string | null> {
  const series = await seriesOf(scenario)
  const path = join(folder, `${scenario.name.replace(/[^a-z0-9]+/gi, '-')}.json`)
  const fired = scenario.alert === null ? [] : [{ labels: `{alertname="${scenario.alert}"}`, value: 1 }]
  await writeFile(
    path,
    // promtool reads YAML, of which JSON is a part.
    JSON.stringify({
      rule_files: [rules],
      evaluation_interval: '1m',
      tests: [
        {
          interval: '1m',
          input_series: [...series].map(([name, values]) => ({ series: name, values: values.join(' ') })),
          promql_expr_test: [
            {
              expr: `group by (alertname) (max_over_time(ALERTS{alertstate="firing"}[${MINUTES}m]))`,
              eval_time: `${MINUTES}m`,
              exp_samples: fired,
            },
          ],
        },
      ],
    }),
  )
  try {
    await promisify(execFile)('promtool', ['test', 'rules', path], { maxBuffer: 16 * 1024 * 1024 })
    return null
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout?: string; readonly stderr?: string }
    const said = `${stderr}\n${stdout}`
    const [, got] = /got:\s*(.*)/s.exec(said) ?? []
    const names = [...(got ?? '').matchAll(/alertname="(\w+)"/g)].map(([, name]) => name)
    return got === undefined ? said.trim().slice(0, 500) : `NO: ${names.join(', ')}`
  }
}

/** Every series of a scrape, and its values minute by minute; `_` where it was not there. */
async function seriesOf(scenario: AlertScenario): Promise<Map<string, string[]>> {
  const daemon = createMonitoredDaemon()
  const series = new Map<string, string[]>()
  for (let minute = 0; minute <= MINUTES; minute++) {
    scenario.before(minute, daemon)
    daemon.minute(minute)
    const text = await daemon.text()
    const samples = [...samplesOf(text ?? ''), ['up{}', text === null ? '0' : '1'] as const]
    for (const [name, value] of samples) {
      const labelled = name.replace(
        /\{(.*)\}$/,
        (_, own) => `{${own ? `${own},` : ''}instance="one",job="optionlake"}`,
      )
      const values = series.get(labelled) ?? Array.from({ length: minute }, () => '_')
      values.push(value)
      series.set(labelled, values)
    }
    for (const values of series.values()) {
      // What a scrape no longer has is gone at once.
      if (values.length <= minute)
        values.push(values.at(-1) === '_' || values.at(-1) === 'stale' ? '_' : 'stale')
    }
  }
  return series
}

function samplesOf(text: string): (readonly [string, string])[] {
  return [...text.matchAll(/^([a-z_]+)(\{.*\})? (\S+)$/gm)].map(
    ([, name, labels = '{}', value]) => [`${name}${labels}`, sampleOf(name ?? '', value ?? '')] as const,
  )
}

/** promtool's time begins at 0, and so does the process. */
function sampleOf(name: string, value: string): string {
  if (name === 'process_start_time_seconds') return '0'
  return value === 'Nan' ? 'NaN' : value
}
