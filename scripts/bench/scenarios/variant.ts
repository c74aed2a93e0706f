/** The data of a scenario with other parameters in every population of a type; throws when it has none of that type. */
export function changePopulations(
  data: Record<string, unknown>,
  type: string,
  changes: Record<string, unknown>,
): Record<string, unknown> {
  const populations = data.populations as readonly Record<string, unknown>[]
  if (!populations.some((population) => population.type === type))
    throw new RangeError(`no population of type ${type}`)
  return {
    ...data,
    populations: populations.map((population) =>
      population.type === type ? { ...population, ...changes } : population,
    ),
  }
}
