/** Kinds of market data, in the order of the protocol's numbers 1 to 4. */
export const DATA_TYPES = ['live', 'frozen', 'delayed', 'delayed_frozen'] as const
export type DataType = (typeof DATA_TYPES)[number]

/** The protocol's number of each kind. */
export const DATA_TYPE_NUMBERS = { live: 1, frozen: 2, delayed: 3, delayed_frozen: 4 } as const
