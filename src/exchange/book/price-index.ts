/** Highest price of a book, ticks: prices are the bits of a bit set with four tiers of 32. */
export const MAX_PRICE_TICKS = 2 ** 20 - 1

/** The prices of one side that have orders. The next one up or down is found in at most seven words, without a scan. */
export interface PriceIndex {
  add(price: number): void
  remove(price: number): void
  /** The lowest price that is not below `price`; 0 when there is none. */
  atOrAbove(price: number): number
  /** The highest price that is not above `price`; 0 when there is none. */
  atOrBelow(price: number): number
}

export function createPriceIndex(): PriceIndex {
  const tiers = [new Int32Array(2 ** 15), new Int32Array(2 ** 10), new Int32Array(2 ** 5), new Int32Array(1)]
  const [prices, words, groups, root] = tiers as [Int32Array, Int32Array, Int32Array, Int32Array]

  return {
    add: (price) => {
      prices[price >> 5]! |= 1 << (price & 31)
      words[price >> 10]! |= 1 << ((price >> 5) & 31)
      groups[price >> 15]! |= 1 << ((price >> 10) & 31)
      root[0]! |= 1 << (price >> 15)
    },
    remove: (price) => {
      prices[price >> 5]! &= ~(1 << (price & 31))
      if (prices[price >> 5] !== 0) return
      words[price >> 10]! &= ~(1 << ((price >> 5) & 31))
      if (words[price >> 10] !== 0) return
      groups[price >> 15]! &= ~(1 << ((price >> 10) & 31))
      if (groups[price >> 15] !== 0) return
      root[0]! &= ~(1 << (price >> 15))
    },
    atOrAbove: (price) => {
      let at = price
      for (let tier = 0; tier < 4; tier++) {
        const word = tiers[tier] as Int32Array
        if (at >> 5 >= word.length) return 0
        const bits = word[at >> 5]! & (-1 << (at & 31))
        if (bits !== 0) {
          at = (at & ~31) | lowestBit(bits)
          for (let down = tier - 1; down >= 0; down--) at = (at << 5) | lowestBit(tiers[down]![at]!)
          return at
        }
        at = (at >> 5) + 1
      }
      return 0
    },
    atOrBelow: (price) => {
      let at = price
      for (let tier = 0; tier < 4; tier++) {
        if (at < 0) return 0
        const bits = tiers[tier]![at >> 5]! & (-1 >>> (31 - (at & 31)))
        if (bits !== 0) {
          at = (at & ~31) | highestBit(bits)
          for (let down = tier - 1; down >= 0; down--) at = (at << 5) | highestBit(tiers[down]![at]!)
          return at
        }
        at = (at >> 5) - 1
      }
      return 0
    },
  }
}

const lowestBit = (bits: number) => 31 - Math.clz32(bits & -bits)
const highestBit = (bits: number) => 31 - Math.clz32(bits)
