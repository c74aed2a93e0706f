/** Highest price of a book, ticks: prices are the bits of a bit set with four levels of 32. */
export const MAX_PRICE_TICKS = 2 ** 20 - 1
