import { keyOf, mix } from '../../market/random.ts'
import { createPopulation } from '../agents/registry.ts'
import { populationName, type Scenario } from '../scenarios/schema.ts'
import type { Account, Agent, Fill, MarketView, OrderEntry } from './agent.ts'
import type { ParticipantListener } from './participant.ts'
import { createAgentRandom, type StepClock } from './random.ts'

/** An account and what is told to whoever owns it. */
export interface Member extends Account {
  /** Null for a participant and for the opening orders. */
  readonly agent: Agent | null
  /** Set once the market's parts are built. */
  orders: OrderEntry | null
  readonly listener: ParticipantListener | null
}

export interface PendingFill {
  readonly listener: ParticipantListener
  readonly fill: Fill
}

export function createMember(
  identity: { readonly id: number; readonly name: string; readonly population: string },
  owner: { readonly agent?: Agent; readonly listener?: ParticipantListener } = {},
): Member {
  return {
    ...identity,
    cash: 0,
    shares: owner.agent?.initialShares ?? 0,
    firstOrder: null,
    openOrders: 0,
    isOutside: owner.listener !== undefined,
    agent: owner.agent ?? null,
    orders: null,
    listener: owner.listener ?? null,
  }
}

/** The key of all draws of a scenario and seed. */
export function scenarioKey(scenario: Scenario, seed: number): number {
  return mix(keyOf(scenario.id), seed)
}

/** The agents of all populations, in the order of the scenario. */
export function createAgents(
  scenario: Scenario,
  seed: number,
  clock: StepClock,
): { members: Member[]; beforeStep: ((view: MarketView) => void)[] } {
  const members: Member[] = []
  const beforeStep: ((view: MarketView) => void)[] = []
  for (const population of scenario.populations) {
    const name = populationName(population)
    const key = mix(scenarioKey(scenario, seed), keyOf(name))
    const agents = createPopulation(population, {
      tickSize: scenario.tickSize,
      lot: scenario.lot,
      initialPrice: Math.round(scenario.initialPrice / scenario.tickSize),
      steps: scenario.steps,
      random: (index) => createAgentRandom(mix(key, index), clock),
      beforeStep: (listener) => beforeStep.push(listener),
    })
    agents.forEach((agent, index) => {
      members.push(
        createMember({ id: members.length, name: `${name}-${index + 1}`, population: name }, { agent }),
      )
    })
  }
  return { members, beforeStep }
}
