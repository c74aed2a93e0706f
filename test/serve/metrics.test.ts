import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { KNOWN_CODES } from '../../src/gateway/session/notices.ts'
import { createMetrics, type Metrics } from '../../src/serve/metrics/metrics.ts'
import { SLOT_REASONS } from '../../src/snapshot/ledger.ts'
import { ALERT_SCENARIOS } from '../interop/prometheus/alert-scenarios.ts'
import { createMonitoredDaemon } from '../interop/prometheus/monitored-daemon.ts'
import { recordAll } from '../support/recorded-metrics.ts'

const root = join(import.meta.dirname, '../..')
const text = (path: string) => readFileSync(join(root, path), 'utf8')

/** Names of series with the labels they carry, as a scrape shows them. */
async function series(metrics: Metrics): Promise<Map<string, Set<string>>> {
  const found = new Map<string, Set<string>>()
  for (const line of (await metrics.text()).split('\n')) {
    const [, name, labels = ''] = /^([a-z_]+)(?:\{(.*)\})? /.exec(line) ?? []
    if (!name) continue
    const own = found.get(name) ?? new Set()
    for (const [, label] of labels.matchAll(/([a-z_]+)="/g)) own.add(label as string)
    found.set(name, own)
  }
  return found
}

/** What is wrong with the metrics and labels that expressions use. */
function unknownIn(expressions: readonly string[], known: ReadonlyMap<string, Set<string>>): string[] {
  // Labels that Prometheus itself adds.
  const always = ['instance', 'job']
  return expressions.flatMap((expression) =>
    [...expression.matchAll(/\b((?:optionlake|process|nodejs)_[a-z_]+)(?:\{([^}]*)\})?/g)].flatMap(
      ([, name, selectors = '']) => {
        const labels = known.get(name as string)
        if (!labels) return [`${name} does not exist`]
        const used = [...selectors.matchAll(/([a-z_]+)[=!]~?"/g)].map(([, label]) => label as string)
        return used
          .filter((label) => !labels.has(label) && !always.includes(label))
          .map((label) => `${name} has no label ${label}`)
      },
    ),
  )
}

test('a scrape shows every recorded value', async () => {
  const metrics = createMetrics('1.2.3')
  recordAll(metrics)
  const shown = await metrics.text()
  expect(shown).toContain('optionlake_slots_total{symbol="SPY",outcome="stored",reason="none"} 5')
  expect(shown).toContain('optionlake_slots_total{symbol="SPY",outcome="missing",reason="connection_lost"} 1')
  expect(shown).toContain('optionlake_contracts_requested_total{symbol="SPY"} 7000')
  expect(shown).toContain('optionlake_contracts_complete_total{symbol="SPY"} 5640')
  expect(shown).toContain('optionlake_last_landed_slot_timestamp_seconds{symbol="SPY"} 1795014000')
  expect(shown).toContain('optionlake_stage_duration_seconds_sum{stage="harvest"} 42')
  expect(shown).toContain('optionlake_gateway_notices_total{code="2104",kind="farm"} 1')
  expect(shown).toContain('optionlake_breaker_state{symbol="SPY"} 2')
  expect(shown).toContain('optionlake_clock_steps_total{direction="back"} 1')
  expect(shown).toContain('optionlake_health_check{check="slot"} 2')
  expect(shown).toContain(`optionlake_build_info{version="1.2.3",node="${process.version}"} 1`)
})

test('a renamed metric is also served under its old name, whose help gives the new one', async () => {
  const metrics = createMetrics('0')
  metrics.journal(1_000)
  const shown = await metrics.text()
  const deprecated = [...shown.matchAll(/^# HELP (\S+) Deprecated: use (\S+)\.$/gm)]
  expect(deprecated.map(([, old, current]) => [old, current])).toEqual([
    ['optionlake_spool_bytes', 'optionlake_journal_bytes'],
  ])
  for (const name of deprecated[0]!.slice(1)) expect(shown).toMatch(new RegExp(`^${name} 1000$`, 'm'))
})

test('the slots of a symbol are counted from 0 on, for every outcome and reason', async () => {
  const shown = await createMetrics('0', { symbols: ['SPY'] }).text()
  expect(shown).toContain('optionlake_slots_total{symbol="SPY",outcome="stored",reason="none"} 0')
  expect(shown).toContain('optionlake_contracts_requested_total{symbol="SPY"} 0')
  for (const reason of SLOT_REASONS) {
    for (const outcome of ['partial', 'missing']) {
      expect(shown).toContain(
        `optionlake_slots_total{symbol="SPY",outcome="${outcome}",reason="${reason}"} 0`,
      )
    }
  }
})

test('messages add up over sessions', async () => {
  const metrics = createMetrics('0')
  const limits = {
    connected: true,
    peakMessagesPerSecond: 1,
    messagesPerSecondLimit: 45,
    linesInUse: 0,
    linesLimit: 100,
    linesUsable: 100,
  }
  for (const messagesSent of [100, 150, 20, 30]) metrics.gateway({ ...limits, messagesSent })
  expect(await metrics.text()).toContain('optionlake_gateway_messages_total 180')
})

test('invented codes of a gateway do not create series without bound', async () => {
  const metrics = createMetrics('0')
  for (let code = 1; code <= 5_000; code++) metrics.notice({ code, kind: 'unknown' })
  const lines = (await metrics.text())
    .split('\n')
    .filter((line) => line.startsWith('optionlake_gateway_notices'))
  expect(lines).toHaveLength(101)
  expect(lines).toContain('optionlake_gateway_notices_total{code="other",kind="unknown"} 4900')
})

test('known codes of the gateway are counted from 0 on, and keep their series beside invented ones', async () => {
  const metrics = createMetrics('0', { codes: KNOWN_CODES })
  for (const { code, kind } of KNOWN_CODES) {
    expect(await metrics.text()).toContain(`notices_total{code="${code}",kind="${kind}"} 0`)
  }
  for (let code = 20_000; code < 21_000; code++) metrics.notice({ code, kind: 'unknown' })
  metrics.notice({ code: 2172, kind: 'operations' })
  const shown = await metrics.text()
  expect(shown).toContain('notices_total{code="2172",kind="operations"} 1')
  expect(shown).toContain('notices_total{code="other",kind="unknown"} 900')
})

test('the alerts use metrics and labels that exist', async () => {
  const metrics = createMetrics('0')
  recordAll(metrics)
  const expressions = [...text('config/prometheus/alerts.yml').matchAll(/^ +expr: (.+)$/gm)].map(
    ([, one]) => one as string,
  )
  expect(expressions.length).toBeGreaterThan(12)
  expect(unknownIn(expressions, await series(metrics))).toEqual([])
})

test('the dashboard of Grafana uses metrics and labels that exist, and shows every one of ours', async () => {
  const metrics = createMetrics('0')
  recordAll(metrics)
  const known = await series(metrics)
  const board = JSON.parse(text('config/grafana/optionlake.json')) as {
    panels: { targets: { expr: string }[] }[]
  }
  const expressions = board.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
  expect(unknownIn(expressions, known)).toEqual([])
  const shown = expressions.join('\n')
  const ours = [...known.keys()].map((name) => name.replace(/_(bucket|sum|count)$/, ''))
  const hidden = ours.filter((name) => name.startsWith('optionlake_') && !shown.includes(name))
  expect([...new Set(hidden)]).toEqual(['optionlake_build_info', 'optionlake_spool_bytes'])
})

test('the operations page lists every metric', async () => {
  const listed = [...text('docs/operations.md').matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, name]) => name)
  const named = [...(await createMetrics('0').text()).matchAll(/^# TYPE ([a-z_]+) /gm)].map(
    ([, name]) => name,
  )
  expect(listed.sort()).toEqual(named.sort())
})

test('every alert has a line on the operations page and an event that raises it', () => {
  const alerts = [...text('config/prometheus/alerts.yml').matchAll(/- alert: (\w+)/g)].map(([, name]) => name)
  const documented = [...text('docs/operations.md').matchAll(/^\| `(Optionlake\w+)` \|/gm)].map(
    ([, name]) => name,
  )
  expect(documented).toEqual(alerts)
  const raised = ALERT_SCENARIOS.flatMap(({ alert }) => (alert === null ? [] : [alert]))
  expect([...new Set(raised)].sort()).toEqual([...alerts].sort())
})

test('every alert leads to its entry of the runbook, which says what to look at, what to do and when it ends', () => {
  const rules = text('config/prometheus/alerts.yml')
    .split(/^ +- alert: /m)
    .slice(1)
  const entries = text('docs/alerts-runbook.md').split(/^## /m).slice(1)
  const nameOf = (part: string) => /^\w+/.exec(part)?.[0] ?? ''
  expect(entries.map(nameOf)).toEqual(rules.map(nameOf))
  for (const rule of rules) {
    const anchor = nameOf(rule).toLowerCase()
    expect(rule).toContain(`runbook: docs/alerts-runbook.md#${anchor}\n`)
    expect(rule).toContain(`runbook_url: http://{{ $labels.instance }}/docs/alerts-runbook.html#${anchor}\n`)
  }
  const whole =
    /\*\*Meaning\.\*\* .+\*\*First look\.\*\*\s+```sh\n.+```.+\*\*What to do\.\*\* .+\*\*Ends\*\* with: /s
  for (const entry of entries) expect(entry).toMatch(whole)
})

test('the panels of the dashboard have their own number and place, and use its data source', () => {
  const { panels, templating } = JSON.parse(text('config/grafana/optionlake.json')) as {
    panels: {
      id: number
      title: string
      datasource: { uid: string }
      gridPos: { x: number; y: number; w: number; h: number }
      targets: { refId: string }[]
    }[]
    templating: { list: { name: string }[] }
  }
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
  expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length)
  expect(templating.list.map(({ name }) => name)).toEqual(['datasource', 'instance'])
  for (const { title, datasource, gridPos, targets } of panels) {
    expect(datasource.uid, title).toMatch(/^\$\{datasource\}$/)
    expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24)
    expect(new Set(targets.map(({ refId }) => refId)).size, title).toBe(targets.length)
  }
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`),
  )
  expect(new Set(cells).size).toBe(cells.length)
})

test('the events of the alerts show in the metrics of a daemon', async () => {
  const broken = new Map<string | null, string[]>()
  for (const { alert, before } of ALERT_SCENARIOS) {
    const daemon = createMonitoredDaemon()
    for (let minute = 0; minute <= 30; minute++) {
      before(minute, daemon)
      daemon.minute(minute)
    }
    const shown = (await daemon.text()) ?? ''
    const bad = [...shown.matchAll(/^optionlake_slot_(?:content|landed)_status\{.*\} 0$/gm)].map(
      ([line]) => line,
    )
    broken.set(alert, [...(broken.get(alert) ?? []), ...bad])
  }
  expect(broken.get(null)).toEqual([])
  expect(broken.get('OptionlakeSlotContentBad')).toContain(
    'optionlake_slot_content_status{symbol="QQQ",criterion="delayed"} 0',
  )
  expect(broken.get('OptionlakeSlotNotLanded')).toEqual([
    'optionlake_slot_landed_status{symbol="QQQ"} 0',
    'optionlake_slot_landed_status{symbol="SPY"} 0',
  ])
  expect(broken.get('OptionlakeSlotContentPoor')).toEqual([])
})
