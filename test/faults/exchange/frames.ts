/** Frames of a client that fuzzes the exchange. Everything is a function of `random`. */

/** What the exchange must do with a frame. */
export type Expectation =
  | {
      readonly kind: 'order'
      readonly id: string
      readonly side: 1 | -1
      readonly ticks: number
      readonly quantity: number
    }
  | { readonly kind: 'cancel'; readonly id: string }
  | { readonly kind: 'done' }
  /** Any error with a name, and nothing else. */
  | { readonly kind: 'error' }

export interface FuzzedFrame {
  /** Null for a binary frame. */
  readonly text: string | null
  readonly expectation: Expectation
}

const ABSURD_PRICES = [
  '-1',
  '0',
  '0.005',
  '1e308',
  '-1e308',
  '1e-300',
  'null',
  '"1000"',
  '[]',
  '{}',
  'true',
  '99999999999',
]
const ABSURD_QUANTITIES = [
  '-100',
  '0',
  '1',
  '150',
  '99.5',
  '1e18',
  '-0',
  'null',
  '"100"',
  '[100]',
  '100000000',
]
const ABSURD_IDS = ['""', '7', 'null', '{}', `"${'x'.repeat(129)}"`, '"a\\u0000b"', '"\\ud800"', '"\\n"']
const ABSURD_SIDES = ['"buy"', '""', 'null', '1', '"SHORT"']
const ABSURD_ACTIONS = ['"STOP"', '1', '{}', '"cancel"', '[]']
const NO_JSON = [
  '',
  ' ',
  '{',
  '}',
  '{"order_id":"a"',
  'DONE',
  '{"action":DONE}',
  '{"order_id":"a","side":"BUY","price":NaN,"qty":100}',
  '{"order_id":"a","side":"BUY","price":Infinity,"qty":100}',
  "{'action':'DONE'}",
  '\u0000',
  '[',
  '{"action":"DONE"}{"action":"DONE"}',
]
const NO_OBJECT = ['null', '1', '"DONE"', '[]', '[{"action":"DONE"}]', 'true']

/**
 * Makes frames: orders around `midTicks` (a third of them), cancels of open, closed and unknown orders, steps, and
 * frames that are wrong in one way.
 */
export function createFrameSource(
  random: () => number,
  { openIds, midTicks }: { openIds(): readonly string[]; midTicks(): number },
): () => FuzzedFrame {
  let lastId = 0
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T

  function order(): FuzzedFrame {
    const side = random() < 0.5 ? 1 : -1
    const distance = Math.floor(random() ** 3 * 400) - 40
    const ticks = Math.max(1, Math.round(midTicks()) - side * distance)
    const quantity = 100 * (1 + Math.floor(random() ** 2 * 30))
    const open = openIds()
    const id = open.length > 0 && random() < 0.05 ? pick(open) : `o${++lastId}`
    const text = orderText(
      JSON.stringify(id),
      side === 1 ? '"BUY"' : '"SELL"',
      String(ticks / 100),
      String(quantity),
    )
    return { text, expectation: { kind: 'order', id, side, ticks, quantity } }
  }

  function cancel(): FuzzedFrame {
    const open = openIds()
    const id = open.length > 0 && random() < 0.7 ? pick(open) : `o${Math.floor(random() * (lastId + 10))}`
    return { text: JSON.stringify({ action: 'CANCEL', order_id: id }), expectation: { kind: 'cancel', id } }
  }

  function wrong(): FuzzedFrame {
    const at = Math.floor(random() * 9)
    const good = ['"w"', '"BUY"', '990', '100'] as const
    const [id, side, price, quantity] = good
    const text =
      at === 0
        ? orderText(pick(ABSURD_IDS), side, price, quantity)
        : at === 1
          ? orderText(id, pick(ABSURD_SIDES), price, quantity)
          : at === 2
            ? orderText(id, side, pick(ABSURD_PRICES), quantity)
            : at === 3
              ? orderText(id, side, price, pick(ABSURD_QUANTITIES))
              : at === 4
                ? pick(NO_JSON)
                : at === 5
                  ? pick(NO_OBJECT)
                  : at === 6
                    ? `{"action":${pick(ABSURD_ACTIONS)},"order_id":"w"}`
                    : at === 7
                      ? null
                      : noise()
    return { text, expectation: { kind: 'error' } }
  }

  /** Bytes that are no JSON: they begin with a letter that no value begins with. */
  function noise(): string {
    return `x${Array.from({ length: Math.floor(random() * 200) }, () => String.fromCharCode(random() * 0xd7ff)).join('')}`
  }

  return () => {
    const kind = random()
    if (kind < 0.35) return order()
    if (kind < 0.55) return cancel()
    if (kind < 0.7) return { text: '{"action":"DONE"}', expectation: { kind: 'done' } }
    return wrong()
  }
}

function orderText(id: string, side: string, price: string, quantity: string): string {
  return `{"order_id":${id},"side":${side},"price":${price},"qty":${quantity}}`
}
