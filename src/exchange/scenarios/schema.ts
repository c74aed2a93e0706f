import { z } from 'zod'
import { fundamentalValueParameters } from '../agents/fundamental-value.ts'
import { populationSchema } from '../agents/registry.ts'
import { MAX_PRICE_TICKS } from '../book/price-index.ts'

/** All agents of a scenario together. */
const MAX_AGENTS = 20_000

const step = z.int().min(0).max(10_000_000)
const atStep = step.describe('The step at which it happens; 0 is the first.')

/** What happens at a step, before anyone acts. */
const eventSchema = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      kind: z.literal('jump').describe('News: the fundamental value changes at once.'),
      atStep,
      fraction: z.number().gt(-0.9).max(9).describe('−0.02: it falls by 2 %.'),
    }),
    z.strictObject({
      kind: z
        .literal('volatility')
        .describe('The volatility of the fundamental value is multiplied for a time.'),
      atStep,
      untilStep: step.describe('The first step after it.'),
      factor: z.number().min(0).max(1_000).describe('3: moves three times as large.'),
    }),
    z.strictObject({
      kind: z.literal('start').describe('The agents of a population act from this step on, and not before.'),
      atStep,
      population: z.string().describe('Its name.'),
    }),
    z.strictObject({
      kind: z.literal('stop').describe('The agents of a population cancel their orders and act no more.'),
      atStep,
      population: z.string().describe('Its name.'),
    }),
  ],
  { error: () => 'must have a kind: jump, volatility, start or stop' },
)

export type ScenarioEvent = z.output<typeof eventSchema>

/**
 * Rules that hold the market together and apply to the agents alone: a participant from outside is exempt from all of
 * them.
 */
const restraintsSchema = z
  .strictObject({
    collarFraction: z
      .number()
      .positive()
      .max(1)
      .nullable()
      .default(0.005)
      .describe(
        "An agent's market order trades at no price further than this fraction from the last valid mid; null: at any price.",
      ),
    protectedLots: z
      .int()
      .min(0)
      .max(1_000)
      .default(2)
      .describe("An agent's market order leaves this many lots on the other side."),
    expiryDelaySteps: z
      .int()
      .min(1)
      .max(10_000)
      .default(20)
      .describe('An order whose expiry would leave fewer lots than that on its side expires so much later.'),
  })
  .prefault({})

export const scenarioSchema = z
  .strictObject({
    $schema: z.string().optional().describe('The schema for editors; not read.'),
    id: z
      .string()
      .regex(/^[a-z][a-z0-9_]{0,39}$/, 'must be lower case letters, digits and _, such as normal_market')
      .describe('Its name in commands, files and the protocol.'),
    name: z.string().min(1).max(80).describe('Its name for people.'),
    description: z.string().max(1_000).describe('What happens in it.'),
    seed: z.int().min(0).max(2_147_483_647).describe('The seed of a run that gives none.'),
    steps: z.int().min(1).max(10_000_000).describe('Steps of a run, 100 ms of market time each.'),
    tickSize: z.number().positive().max(100).default(0.01).describe('Smallest price step, dollars.'),
    lot: z.int().min(1).max(1_000_000).default(100).describe('Shares of a lot, in which the agents trade.'),
    initialPrice: z.number().positive().describe('First fundamental value and mid price, dollars.'),
    initialSpread: z.number().positive().default(0.5).describe('Spread of the opening book, dollars.'),
    fundamental: fundamentalValueParameters.describe('How the fundamental value moves.'),
    restraints: restraintsSchema.describe('Rules for the agents alone; participants are exempt.'),
    populations: z.array(populationSchema).max(100).describe('The agents.'),
    events: z.array(eventSchema).max(1_000).default([]).describe('What happens at given steps.'),
  })
  .superRefine((scenario, { addIssue }) => {
    const refuse = (path: (string | number)[], message: string) =>
      addIssue({ code: 'custom', path, message, input: scenario })
    const initialTicks = scenario.initialPrice / scenario.tickSize
    if (Math.abs(initialTicks - Math.round(initialTicks)) > 1e-6)
      refuse(['initialPrice'], `must be a multiple of tickSize, which is ${scenario.tickSize}`)
    if (initialTicks < 100 || initialTicks > MAX_PRICE_TICKS / 4)
      refuse(
        ['initialPrice'],
        `must be 100 to ${Math.floor(MAX_PRICE_TICKS / 4)} ticks of ${scenario.tickSize}`,
      )
    if (scenario.initialSpread < 2 * scenario.tickSize - 1e-9)
      refuse(['initialSpread'], `must be at least two ticks of ${scenario.tickSize}`)
    const agents = scenario.populations.reduce((sum, { count }) => sum + count, 0)
    if (agents > MAX_AGENTS) refuse(['populations'], `must have at most ${MAX_AGENTS} agents, not ${agents}`)
    const names = scenario.populations.map(populationName)
    names.forEach((name, at) => {
      if (names.indexOf(name) !== at)
        refuse(['populations', at], `is the second population ${name}: give it a name of its own`)
    })
    scenario.populations.forEach((population, at) => {
      if (population.type === 'market_maker' && population.safeInventory >= population.inventoryLimit)
        refuse(
          ['populations', at, 'safeInventory'],
          `must be below inventoryLimit, which is ${population.inventoryLimit}`,
        )
    })
    scenario.events.forEach((event, at) => {
      if ('population' in event && !names.includes(event.population))
        refuse(['events', at, 'population'], `must be one of ${names.join(', ')}`)
      if (event.kind === 'volatility' && event.untilStep <= event.atStep)
        refuse(['events', at, 'untilStep'], `must be above atStep, which is ${event.atStep}`)
    })
  })

/** A scenario: the market's rules, its populations and what happens to them. */
export type Scenario = z.output<typeof scenarioSchema>

export function populationName(population: { type: string; name?: string | undefined }): string {
  return population.name ?? population.type
}

/** JSON Schema of a scenario file, for editors. */
export function scenarioJsonSchema(): unknown {
  return z.toJSONSchema(scenarioSchema, { io: 'input' })
}
