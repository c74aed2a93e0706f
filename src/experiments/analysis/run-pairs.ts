/** What tells runs apart when two groups of them are compared. */
export interface ComparableRun {
  readonly scenario: string
  readonly experiment: string
  readonly seed: number | null
}

export interface RunPairs<Run> {
  readonly pairs: readonly (readonly [one: Run, other: Run])[]
  /** Runs without a partner. */
  readonly unpaired: readonly Run[]
}

/**
 * The runs of two groups that show the same market: those of the same scenario and seed, and of the same experiment where a
 * group has several. Repeated runs are paired in their order. Two single runs are a pair whatever they are.
 */
export function pairRuns<Run extends ComparableRun>(
  ones: readonly Run[],
  others: readonly Run[],
): RunPairs<Run> {
  const [one, other] = [ones[0], others[0]]
  if (one !== undefined && other !== undefined && ones.length === 1 && others.length === 1)
    return { pairs: [[one, other]], unpaired: [] }
  const experiments = (runs: readonly Run[]) => new Set(runs.map(({ experiment }) => experiment)).size
  const byExperiment = experiments(ones) > 1 || experiments(others) > 1
  const keyOf = ({ scenario, seed, experiment }: Run) =>
    JSON.stringify([scenario, seed, byExperiment ? experiment : null])
  const waiting = new Map<string, Run[]>()
  for (const run of others) waiting.set(keyOf(run), [...(waiting.get(keyOf(run)) ?? []), run])
  const pairs: [Run, Run][] = []
  const unpaired: Run[] = []
  for (const run of ones) {
    const partner = waiting.get(keyOf(run))?.shift()
    if (partner === undefined) unpaired.push(run)
    else pairs.push([run, partner])
  }
  return { pairs, unpaired: [...unpaired, ...[...waiting.values()].flat()] }
}
