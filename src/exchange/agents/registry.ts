import { z } from 'zod'
import type { Agent, AgentContext } from '../engine/agent.ts'
import { fundamentalAgents, fundamentalParameters } from './fundamental.ts'
import { institutionalAgents, institutionalParameters } from './institutional.ts'
import { marketMakerAgents, marketMakerParameters } from './market-maker.ts'
import { momentumAgents, momentumParameters } from './momentum.ts'
import { noiseAgents, noiseParameters } from './noise.ts'
import { spikingAgents, spikingParameters } from './spiking.ts'

/** What every population has besides the parameters of its type. */
const identity = {
  name: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,39}$/, 'must be lower case letters, digits and _, such as momentum_long')
    .optional()
    .describe('Its own name, needed when a scenario has two populations of one type; by default the type.'),
}

/** A population of a scenario file: its type and the parameters of that type. */
export const populationSchema = z.discriminatedUnion(
  'type',
  [
    z.strictObject({ type: z.literal('fundamental'), ...identity, ...fundamentalParameters.shape }),
    z.strictObject({ type: z.literal('momentum'), ...identity, ...momentumParameters.shape }),
    z.strictObject({ type: z.literal('noise'), ...identity, ...noiseParameters.shape }),
    z.strictObject({ type: z.literal('market_maker'), ...identity, ...marketMakerParameters.shape }),
    z.strictObject({ type: z.literal('institutional'), ...identity, ...institutionalParameters.shape }),
    z.strictObject({ type: z.literal('spiking'), ...identity, ...spikingParameters.shape }),
  ],
  {
    error: () => 'must have a type: fundamental, momentum, noise, market_maker, institutional or spiking',
  },
)

export type Population = z.output<typeof populationSchema>

export function createPopulation(population: Population, context: AgentContext): Agent[] {
  switch (population.type) {
    case 'fundamental':
      return fundamentalAgents(population, context)
    case 'momentum':
      return momentumAgents(population, context)
    case 'noise':
      return noiseAgents(population, context)
    case 'market_maker':
      return marketMakerAgents(population, context)
    case 'institutional':
      return institutionalAgents(population, context)
    case 'spiking':
      return spikingAgents(population, context)
  }
}
