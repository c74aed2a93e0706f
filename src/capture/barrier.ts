/**
 * Where several tasks meet before they go on: each brings something or stays away, and when all have done either,
 * one decision is made over what was brought and each gets its part.
 */
export interface Barrier<Brought, Part> {
  /** Resolves with this task's part of the decision; rejects with what the decision throws. */
  join(brought: Brought): Promise<Part>
  /** This task will not come. Once it has joined or left, it has no effect. */
  leave(who: string): void
}

/** A rendezvous of the named tasks. `decide` gets what was brought, by name, and gives each name its part. */
export function createBarrier<Brought extends { readonly symbol: string }, Part>(
  names: readonly string[],
  decide: (brought: readonly Brought[]) => Promise<ReadonlyMap<string, Part>>,
): Barrier<Brought, Part> {
  const awaited = new Set(names)
  const brought: Brought[] = []
  let begin = () => {}
  const decision = new Promise<void>((resolve) => {
    begin = resolve
  }).then(() => decide(brought))
  // Whoever has joined hears of a failure; without anybody there is nobody to tell.
  decision.catch(() => {})

  const strike = (name: string) => {
    if (awaited.delete(name) && awaited.size === 0) begin()
  }
  return {
    join: async (one) => {
      if (awaited.has(one.symbol)) brought.push(one)
      strike(one.symbol)
      const part = (await decision).get(one.symbol)
      if (part === undefined) throw new Error(`${one.symbol} came too late`)
      return part
    },
    leave: strike,
  }
}
