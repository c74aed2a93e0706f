/** The colour groups of windows in TWS, which all clients share. Each group shows one contract. */
export interface DisplayGroups {
  readonly numbers: readonly number[]
  /** The contract as clients write it, such as `756733@SMART`, or `none`. */
  contractOf(group: number): string
  /** Tells everyone who watches the group, whoever set it. */
  setContract(group: number, contractInfo: string): void
  /** Returns a function that ends the watch. */
  watch(group: number, onContract: (contractInfo: string) => void): () => void
}

const NO_CONTRACT = 'none'

export function createDisplayGroups(): DisplayGroups {
  const numbers = [1, 2, 3, 4, 5, 6, 7]
  const contracts = new Map<number, string>()
  const watchers = new Map(numbers.map((number) => [number, new Set<(contractInfo: string) => void>()]))
  return {
    numbers,
    contractOf: (group) => contracts.get(group) ?? NO_CONTRACT,
    setContract: (group, contractInfo) => {
      contracts.set(group, contractInfo)
      for (const onContract of watchers.get(group) ?? []) onContract(contractInfo)
    },
    watch: (group, onContract) => {
      watchers.get(group)?.add(onContract)
      return () => void watchers.get(group)?.delete(onContract)
    },
  }
}
