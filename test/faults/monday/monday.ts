import type { Goal } from '../../../scripts/bench/report.ts'
import { formatTable } from '../../../src/commands/terminal/table.ts'
import { EXIT, Failure } from '../../../src/process/failure.ts'
import { type Campaign, eachRound } from '../campaign.ts'
import { type MorningResult, runMorning, type SeenHealth } from './morning.ts'
import { MORNINGS } from './mornings.ts'

/** Run by `--quick`. */
const QUICK = ['quiet', 'farm-flap', 'delayed']

const isFalseGreen = ({ may, seen }: SeenHealth) => !may.includes('ok') && seen.has('ok')
const isFalseRed = ({ may, seen }: SeenHealth) => !may.includes('fail') && seen.has('fail')

/** Scripted mornings with a gateway as it is: nothing collectable is lost, and /health says what a person would. */
export const mondayCampaign: Campaign = {
  name: 'monday',
  summary:
    'scripted mornings: slow lookups, broken farms, lines taken elsewhere, delayed data, one symbol in trouble',
  takes: '20 minutes',
  run: async ({ quick, only }) => {
    const chosen = MORNINGS.filter(({ name }) =>
      only === undefined ? !quick || QUICK.includes(name) : name === only,
    )
    if (chosen.length === 0) {
      const names = MORNINGS.map(({ name }) => name).join(', ')
      throw new Failure(EXIT.usage, `no morning "${only}": the names are ${names}`)
    }
    const results: MorningResult[] = []
    await eachRound('mornings', chosen.length, async (at) => {
      const morning = chosen[at]
      if (!morning) return
      const result = await runMorning(morning)
      results.push(result)
      for (const line of remarksOn(result)) console.error(line)
    })
    printMornings(results)
    const spans = results.flatMap(({ health }) => health)
    return [
      {
        name: 'collectable contracts lost',
        value: results.reduce((sum, { lost }) => sum + lost, 0),
        unit: 'contracts',
        atMost: 0,
      },
      { name: 'false green', value: spans.filter(isFalseGreen).length, unit: 'spans', atMost: 0 },
      { name: 'false red', value: spans.filter(isFalseRed).length, unit: 'spans', atMost: 0 },
      {
        name: 'other deviations from the script',
        value: results.flatMap(deviations).length,
        unit: 'deviations',
        atMost: 0,
      },
    ] satisfies Goal[]
  },
}

/** Health that is neither what was expected nor falsely green or red, and wrong entries and requests. */
function deviations({ health, otherwise }: MorningResult): string[] {
  const mistaken = health.filter((one) => !isFalseGreen(one) && !isFalseRed(one))
  const unseen = health.filter(({ seen }) => seen.size === 0)
  return [
    ...otherwise,
    ...mistaken.flatMap(({ wrong }) => [...wrong.values()]),
    ...unseen.map(({ from, to }) => `/health was not looked at from ${from} to ${to}`),
  ]
}

function printMornings(results: readonly MorningResult[]): void {
  const number = (value: number) => value.toLocaleString('en-US')
  console.log(
    formatTable(results, [
      { title: 'morning', value: ({ morning }) => morning.name },
      { title: 'what happens', value: ({ morning }) => morning.about },
      { title: 'slots', align: 'right', value: ({ morning }) => String(morning.slots.length) },
      { title: 'asked', align: 'right', value: ({ asked }) => number(asked) },
      { title: 'collectable', align: 'right', value: ({ collectable }) => number(collectable) },
      { title: 'collected', align: 'right', value: ({ collected }) => number(collected) },
      { title: 'lost', align: 'right', value: ({ lost }) => number(lost) },
      { title: 'health seen/expected', value: ({ health }) => health.map(spanText).join(' ') },
    ]),
  )
  for (const line of results.flatMap(remarksOn)) console.log(line)
}

/** What is wrong with a morning, in words. */
function remarksOn(result: MorningResult): string[] {
  const { morning, health, losses } = result
  return [
    ...losses,
    ...health.flatMap((one) => (isFalseGreen(one) ? [`false green: ${one.wrong.get('ok')}`] : [])),
    ...health.flatMap((one) => (isFalseRed(one) ? [`false red: ${one.wrong.get('fail')}`] : [])),
    ...deviations(result),
  ].map((what) => `${morning.name}: ${what}`)
}

/** `09:30 ok,warn/ok`: seen and expected from that time on. */
function spanText({ from, seen, may }: SeenHealth): string {
  return `${from.slice(0, 5)} ${[...seen.keys()].join(',') || '–'}/${may.join(',')}`
}
