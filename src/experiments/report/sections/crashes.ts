import { CRASH_WINDOWS } from '../../../statistics/flash-crash.ts'
import { BACK_WITHIN_A_MINUTE, isBack, JOHNSON_RULE } from '../../../statistics/mini-flash-crashes.ts'
import { eventChart } from '../charts/event-chart.ts'
import { describeRuns, runName } from '../describe-runs.ts'
import { charts, figure, type Section, table } from '../html.ts'
import { amount, clockTime, decimal, duration, percent, whole } from '../numbers.ts'
import type { Report } from '../report.ts'
import type { CrashEvent, EventPicture, MiniCrashEvent, ReportRun } from '../report-run.ts'

/** Charts of falls and of mini flash crashes; the tables have all of them. */
const MOST_CHARTS = 6
const SECONDS = 0.1

/** How far prices fell, how the book looked then, and how much was made up again. */
export function crashes({ runs, counted }: Report): Section | null {
  const chosen = runs.filter((_, index) => counted.has(index))
  const falls = chosen.flatMap((run) => (run.crash === null ? [] : [{ run, ...run.crash }]))
  if (falls.length === 0) return null
  const deepest = [...falls].sort((one, other) => other.signature.fallFraction - one.signature.fallFraction)
  const html = [
    '<h3>The largest fall of each run</h3>',
    figure(charts(largestByScenario(deepest).map((fall) => fallChart(fall, runs))), {
      runs: `of each scenario the passive run with the largest fall, or, without one, the run with it; the table has all ${amount(falls.length, 'run')}`,
      meaning: `The largest fall from a high to a low within ${CRASH_WINDOWS.troughSteps / 600} minutes of market time. The line is drawn from the lowest to the highest mid of each stretch.`,
    }),
    figure(fallTable(deepest), {
      runs: describeRuns(chosen),
      meaning: `Collapse: the time of the last nine tenths of the fall. Recovered: the part of the fall that the mid had made up ${CRASH_WINDOWS.recoverySteps / 600} minutes after the trough; absent when the run ends earlier. Depth at the trough: shares of all recorded bid levels, mean of ${CRASH_WINDOWS.depthSteps} steps before and after, as a part of their mean before the fall; absent with less than a minute before it. Widest spread: from the high to a minute after the trough.`,
    }),
    ...miniCrashes(chosen, runs),
  ]
  return { id: 'crashes', title: 'Crashes', html: html.join('\n') }
}

type Fall = CrashEvent & { readonly run: ReportRun }

function largestByScenario(deepest: readonly Fall[]): Fall[] {
  const found = new Map<string, Fall>()
  for (const mode of ['passive', 'active'] as const) {
    for (const fall of deepest) {
      const { scenario } = fall.run
      if (fall.run.mode === mode && !found.has(scenario)) found.set(scenario, fall)
    }
  }
  return [...found.values()].slice(0, MOST_CHARTS)
}

function fallChart({ run, signature, picture }: Fall, runs: readonly ReportRun[]): string {
  const perStep = run.secondsPerStep ?? SECONDS
  const zero = signature.startStep
  const minutes = (step: number) => ((step - zero) * perStep) / 60
  return eventChart({
    heading: `${run.scenario}: ${percent(-signature.fallFraction, 2)}`,
    ...spanOf(picture, minutes),
    marks: [
      { seconds: 0, text: '' },
      { seconds: minutes(signature.troughStep), text: 'trough' },
    ],
    axis: `minutes from the high at ${clockTime(zero * perStep)}`,
    summary: `${run.experiment}, ${runName(run, runs)}: from ${decimal(signature.startPrice, 2)} to ${decimal(signature.troughPrice, 2)}`,
  })
}

function spanOf({ mid, fromStep, toStep }: EventPicture, place: (step: number) => number) {
  return { mid, from: place(fromStep), to: place(toStep) }
}

function fallTable(falls: readonly Fall[]): string {
  const seconds = ({ run }: Fall, steps: number) => steps * (run.secondsPerStep ?? SECONDS)
  return table('falls', 'The largest fall of each run', falls, [
    { title: 'scenario', text: ({ run }) => run.scenario },
    { title: 'experiment', text: ({ run }) => run.experiment },
    { title: 'seed', text: ({ run }) => String(run.seed ?? '–'), value: ({ run }) => run.seed },
    {
      title: 'high at',
      meaning: 'market time since step 0',
      text: (fall) => clockTime(seconds(fall, fall.signature.startStep)),
      value: ({ signature }) => signature.startStep,
    },
    {
      title: 'high, $',
      text: ({ signature }) => decimal(signature.startPrice, 2),
      value: ({ signature }) => signature.startPrice,
    },
    {
      title: 'trough, $',
      text: ({ signature }) => decimal(signature.troughPrice, 2),
      value: ({ signature }) => signature.troughPrice,
    },
    {
      title: 'fall',
      text: ({ signature }) => percent(signature.fallFraction, 2),
      value: ({ signature }) => signature.fallFraction,
    },
    {
      title: 'lasted',
      meaning: 'from the high to the trough',
      text: (fall) => duration(seconds(fall, fall.signature.troughStep - fall.signature.startStep)),
      value: ({ signature }) => signature.troughStep - signature.startStep,
    },
    {
      title: 'collapse',
      meaning: 'the last nine tenths of the fall',
      text: (fall) => duration(seconds(fall, fall.signature.collapseSteps)),
      value: ({ signature }) => signature.collapseSteps,
    },
    {
      title: 'recovered',
      text: ({ signature }) => percent(signature.recoveredFraction),
      value: ({ signature }) => signature.recoveredFraction,
    },
    {
      title: 'depth at trough',
      text: ({ signature }) => percent(signature.depthFraction),
      value: ({ signature }) => signature.depthFraction,
    },
    {
      title: 'widest spread, $',
      text: ({ signature }) => decimal(signature.widestSpread, 2),
      value: ({ signature }) => signature.widestSpread,
    },
  ])
}

type MiniCrash = MiniCrashEvent & { readonly run: ReportRun }

function miniCrashes(chosen: readonly ReportRun[], runs: readonly ReportRun[]): string[] {
  const taped = chosen.filter(({ miniCrashes: events }) => events !== null)
  if (taped.length === 0) return []
  const events: MiniCrash[] = taped.flatMap((run) =>
    (run.miniCrashes ?? []).map((event) => ({ run, ...event })),
  )
  const meaning = `At least ${JOHNSON_RULE.leastChanges} successive price changes of the trades in one direction within ${JOHNSON_RULE.mostSteps} steps, together at least ${percent(JOHNSON_RULE.leastFraction)} of the price (Johnson and others, Scientific Reports 3, 2627, at 100 ms a step). Back: ${percent(BACK_WITHIN_A_MINUTE.leastFraction, 0)} of the first move made up within ${BACK_WITHIN_A_MINUTE.withinSteps} steps; moves within that time count as one event.`
  const described = describeRuns(taped)
  if (events.length === 0)
    return ['<h3>Mini flash crashes</h3>', figure('<p>None.</p>', { runs: described, meaning })]
  const drawn = [...events]
    .sort((one, other) => other.crash.first.fraction - one.crash.first.fraction)
    .filter(({ run, picture }) => picture !== null && (run.mode === 'passive' || !hasPassive(events)))
    .slice(0, MOST_CHARTS)
  return [
    '<h3>Mini flash crashes</h3>',
    figure(charts(drawn.map((event) => miniChart(event, runs))) + miniTable(events), {
      runs: `${described}; ${amount(events.length, 'event')} in ${amount(new Set(events.map(({ run }) => run)).size, 'run')}, the charts show the largest of passive runs`,
      meaning,
    }),
  ]
}

function hasPassive(events: readonly MiniCrash[]): boolean {
  return events.some(({ run }) => run.mode === 'passive')
}

function miniChart({ run, crash, picture }: MiniCrash, runs: readonly ReportRun[]): string {
  const { first } = crash
  const perStep = run.secondsPerStep ?? SECONDS
  const seconds = (step: number) => (step - first.startStep) * perStep
  return eventChart({
    heading: `${run.scenario}, ${runName(run, runs)}: ${percent(first.direction * first.fraction, 2)}`,
    ...spanOf(picture as EventPicture, seconds),
    marks: [{ seconds: seconds(first.endStep), text: '' }],
    axis: `seconds from the first change at ${clockTime(first.startStep * perStep)}`,
    summary: `${whole(first.changes)} changes in ${duration(seconds(first.endStep))}`,
  })
}

function miniTable(events: readonly MiniCrash[]): string {
  return table('mini-crashes', 'Mini flash crashes', events, [
    { title: 'scenario', text: ({ run }) => run.scenario },
    { title: 'experiment', text: ({ run }) => run.experiment },
    { title: 'seed', text: ({ run }) => String(run.seed ?? '–'), value: ({ run }) => run.seed },
    {
      title: 'at',
      meaning: 'market time since step 0',
      text: ({ run, crash }) => clockTime(crash.first.startStep * (run.secondsPerStep ?? SECONDS)),
      value: ({ crash }) => crash.first.startStep,
    },
    {
      title: 'move',
      text: ({ crash }) => percent(crash.first.direction * crash.first.fraction, 2),
      value: ({ crash }) => crash.first.direction * crash.first.fraction,
    },
    {
      title: 'price before, $',
      text: ({ crash }) => decimal(crash.first.fromTicks, 2),
      value: ({ crash }) => crash.first.fromTicks,
    },
    {
      title: 'changes',
      text: ({ crash }) => whole(crash.first.changes),
      value: ({ crash }) => crash.first.changes,
    },
    {
      title: 'steps',
      text: ({ crash }) => whole(crash.first.endStep - crash.first.startStep),
      value: ({ crash }) => crash.first.endStep - crash.first.startStep,
    },
    {
      title: 'moves',
      meaning: 'that meet the rule',
      text: ({ crash }) => whole(crash.spikes),
      value: ({ crash }) => crash.spikes,
    },
    {
      title: 'made up',
      text: ({ crash }) => percent(crash.recoveredFraction),
      value: ({ crash }) => crash.recoveredFraction,
    },
    {
      title: 'back',
      text: ({ crash }) => ({ true: 'yes', false: 'no', null: '–' })[String(isBack(crash))] ?? '–',
    },
  ])
}
