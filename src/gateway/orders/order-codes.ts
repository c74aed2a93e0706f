/** What an error with the number of an order says about the order. */
export type OrderNoticeMeaning =
  /** It was not taken, or is not working any more. */
  | 'rejected'
  | 'cancelled'
  /** The cancel was not carried out: the order is over, or not known. */
  | 'cancel_refused'
  /** A change was not carried out; the order stays as it was. */
  | 'change_refused'
  /** The order goes on. */
  | 'warning'
  /** A code that is not known: the gateway is asked what became of the order. */
  | 'unknown'

const MEANINGS: Readonly<Record<OrderNoticeMeaning, readonly number[]>> = {
  cancelled: [202],
  // 161: not in a cancellable state; 135, 136, 10147: not found; 10148: over already.
  cancel_refused: [135, 136, 161, 10_147, 10_148],
  // 104: filled already; 105: another contract or side.
  change_refused: [104, 105],
  rejected: [
    // 103: number used before; 107: no price; 109, 110: price; 200, 203: contract; 201: anything, with its reason.
    ...[103, 107, 109, 110, 200, 201, 203],
    // 312 to 314: combination; 321, 322: the request; 387: type of order; 434, 10243: size; 10052: time in force.
    ...[312, 313, 314, 321, 322, 387, 434, 10_052, 10_149, 10_243],
  ],
  // 399: waits for the open, among others; 404: shares to be located; 10349: the time in force was changed by a preset.
  warning: [399, 404, 10_167, 10_349],
  unknown: [],
}

const BY_CODE: ReadonlyMap<number, OrderNoticeMeaning> = new Map(
  Object.entries(MEANINGS).flatMap(([meaning, codes]) =>
    codes.map((code) => [code, meaning as OrderNoticeMeaning] as const),
  ),
)

/** Codes from 2100 to 2999 are warnings, whatever they say. */
export function meaningOf(code: number): OrderNoticeMeaning {
  if (code >= 2_100 && code < 3_000) return 'warning'
  return BY_CODE.get(code) ?? 'unknown'
}
