/** What the configuration and the lake accept as a symbol. It is also a folder name, so it has no slash, space or wildcard. */
export const SYMBOL_PATTERN = /^[A-Z][A-Z0-9.]{0,9}$/
export const SYMBOL_FORM = 'a symbol in capital letters, such as SPY'
