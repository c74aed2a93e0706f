/** What the lake accepts as a symbol. It is also a folder name, so it has no slash, space or wildcard. */
export const SYMBOL_PATTERN = /^[A-Z][A-Z0-9.]{0,9}$/
export const SYMBOL_FORM = 'a symbol in capital letters, such as SPY'

/** What a user may write: also Interactive Brokers' form of a class of shares, `BRK B`. */
export const SYMBOL_INPUT_PATTERN = /^(?=.{1,10}$)[A-Z][A-Z0-9.]*( [A-Z0-9]+)?$/

/** The symbol as it is stored and shown, from what a user wrote: `BRK.B` for `BRK B` too. */
export function storedSymbol(text: string): string {
  return SYMBOL_INPUT_PATTERN.test(text) ? text.replace(' ', '.') : text
}
