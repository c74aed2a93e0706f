/** One price of one side of a book, with everything that rests there. */
export interface DepthLevel {
  /** Dollars. */
  readonly price: number
  /** Shares or contracts. */
  readonly size: number
}

export interface DepthBook {
  /** Best first. */
  readonly bids: readonly DepthLevel[]
  readonly asks: readonly DepthLevel[]
}

/** One message about depth as the client library passes it on. */
export interface RawDepthChange {
  readonly position: number
  /** 0 insert, 1 update, 2 delete. */
  readonly operation: number
  /** 0 ask, 1 bid. */
  readonly side: number
  readonly price: number
  readonly size: number
}

/** The rows of a book as a gateway tells them, one change after the other. */
export interface DepthRows {
  /** A change that does not fit the rows is dropped, as is one without a finite price and size. */
  apply(change: RawDepthChange): void
  /** The gateway has reset its book: what follows builds a new one. */
  clear(): void
  /**
   * Rows of one price are one level: smart depth has a row for each exchange. Sorted by price, since rows of different
   * exchanges are not always in order. Rows without size are no level.
   */
  book(): DepthBook
}

/** More than any gateway is asked for; a row beyond it is dropped. */
const MOST_ROWS = 200

export function createDepthRows(): DepthRows {
  const rows: { readonly bids: DepthLevel[]; readonly asks: DepthLevel[] } = { bids: [], asks: [] }

  return {
    apply: ({ position, operation, side, price, size }) => {
      const list = side === 1 ? rows.bids : side === 0 ? rows.asks : null
      if (list === null || !Number.isSafeInteger(position) || position < 0 || position >= MOST_ROWS) return
      if (operation === 2) {
        list.splice(position, 1)
        return
      }
      if (!(price > 0 && price < 1e300 && size >= 0 && size <= Number.MAX_SAFE_INTEGER)) return
      if (operation === 0 && position <= list.length) {
        list.splice(position, 0, { price, size })
        list.splice(MOST_ROWS)
      } else if (operation === 1 && position < list.length) list[position] = { price, size }
    },
    clear: () => {
      rows.bids.length = 0
      rows.asks.length = 0
    },
    book: () => ({
      bids: levelsOf(rows.bids).sort((a, b) => b.price - a.price),
      asks: levelsOf(rows.asks).sort((a, b) => a.price - b.price),
    }),
  }
}

function levelsOf(rows: readonly DepthLevel[]): DepthLevel[] {
  const sizes = new Map<number, number>()
  for (const { price, size } of rows) if (size > 0) sizes.set(price, (sizes.get(price) ?? 0) + size)
  return [...sizes].map(([price, size]) => ({ price, size }))
}
