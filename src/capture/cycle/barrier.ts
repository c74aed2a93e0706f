/** Waits until every task joins or leaves, then makes one decision for all that joined. */
export interface Barrier<Input, Share> {
  /** Resolves with this task's share of the decision; rejects with what the decision throws. */
  join(input: Input): Promise<Share>
  /** This task will not join. Has no effect once it has joined or left. */
  leave(symbol: string): void
}

/** A barrier for one task per symbol. `decide` gets the inputs of those that joined, and returns their shares. */
export function createBarrier<Input extends { readonly symbol: string }, Share>(
  symbols: readonly string[],
  decide: (inputs: readonly Input[]) => Promise<ReadonlyMap<string, Share>>,
): Barrier<Input, Share> {
  const awaited = new Set(symbols)
  const inputs: Input[] = []
  let begin = () => {}
  const decision = new Promise<void>((resolve) => {
    begin = resolve
  }).then(() => decide(inputs))

  const arrive = (symbol: string) => {
    if (awaited.delete(symbol) && awaited.size === 0 && inputs.length > 0) begin()
  }
  return {
    join: async (input) => {
      if (awaited.has(input.symbol)) inputs.push(input)
      arrive(input.symbol)
      const share = (await decision).get(input.symbol)
      if (share === undefined) throw new Error(`${input.symbol} joined after the decision`)
      return share
    },
    leave: arrive,
  }
}
