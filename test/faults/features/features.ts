import type { Goal } from '../../../scripts/bench/report.ts'
import { formatTable } from '../../../src/commands/terminal/table.ts'
import { type Campaign, eachRound, randomOf, roundsOf } from '../campaign.ts'
import { countLeaks, type Join, PLANTED, PRODUCT } from './leaks.ts'
import { randomLake } from './random-lake.ts'

const JOINS = 100_000
const QUICK_JOINS = 2_000
/** A planted mistake is looked for in so many lakes. */
const PLANTED_LAKES = 200

/** Random lakes of late, duplicate, missing and rebuilt values, joined as features; every row against its own time. */
export const featuresCampaign: Campaign = {
  name: 'features',
  summary: 'rows of export --features hold nothing that was not known at their time',
  takes: '8 min',
  run: async (options) => {
    const joins = roundsOf(options, JOINS, QUICK_JOINS)
    const product = await search(PRODUCT, { seed: options.seed, joins })
    const planted = await Promise.all(
      PLANTED.map(async (join) => ({
        join,
        ...(await search(join, { seed: options.seed, lakes: PLANTED_LAKES })),
      })),
    )
    const all = [{ join: PRODUCT, ...product }, ...planted]
    console.log(
      formatTable(all, [
        { title: 'join', value: ({ join }) => join.name },
        { title: 'rows', align: 'right', value: ({ joins: rows }) => rows.toLocaleString('en-US') },
        { title: 'leaks', align: 'right', value: ({ leaks }) => leaks.toLocaleString('en-US') },
        {
          title: 'newest value missed',
          align: 'right',
          value: ({ overlooked }) => overlooked.toLocaleString('en-US'),
        },
      ]),
    )
    const goals: Goal[] = [
      { name: 'joins', value: product.joins, unit: 'rows', atLeast: joins },
      { name: 'leaks', value: product.leaks, unit: 'rows', atMost: 0 },
      { name: 'newest known value missed', value: product.overlooked, unit: 'rows', atMost: 0 },
      {
        name: 'planted mistakes found',
        value: planted.filter(({ leaks }) => leaks > 0).length,
        unit: 'of 4',
        atLeast: PLANTED.length,
      },
    ]
    return goals
  },
}

async function search(
  join: Join,
  {
    seed,
    joins = Number.POSITIVE_INFINITY,
    lakes = Number.POSITIVE_INFINITY,
  }: { seed: number; joins?: number; lakes?: number },
) {
  const random = randomOf(seed)
  const total = { joins: 0, leaks: 0, overlooked: 0 }
  const one = async () => {
    const lake = randomLake(random)
    for (const every of ['slot', 'day'] as const) {
      const found = countLeaks(lake, join, every)
      total.joins += found.joins
      total.leaks += found.leaks
      total.overlooked += found.overlooked
    }
  }
  // Each lake has two rows or more.
  if (Number.isFinite(lakes)) await eachRound(join.name, lakes, one)
  else while (total.joins < joins) await one()
  return total
}
