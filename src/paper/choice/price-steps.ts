import type { PaperSettings } from '../options.ts'
import { leastPayoff, type NetPrices, type PositionLeg } from '../structure.ts'

type PriceSettings = Pick<PaperSettings, 'priceSteps' | 'concessionFraction' | 'priceTick'>

/**
 * The limit of an order at one of its price steps, dollars net. It goes in equal steps from the middle of the quotes
 * towards the price that they pay at once, and is rounded in favour of the order. Step 0 is the first price, step
 * `priceSteps` the last.
 */
export function limitAt(
  step: number,
  { net, side, settings }: { net: NetPrices; side: 'BUY' | 'SELL'; settings: PriceSettings },
): number {
  const { priceSteps, concessionFraction, priceTick } = settings
  const share = priceSteps === 0 ? concessionFraction : (concessionFraction * step) / priceSteps
  const price = side === 'BUY' ? net.mid + share * (net.ask - net.mid) : net.mid - share * (net.mid - net.bid)
  const ticks = price / priceTick
  const whole = side === 'BUY' ? Math.floor(ticks + 1e-6) : Math.ceil(ticks - 1e-6)
  // Adding 0 makes 0 of −0, which some gateways write differently.
  return Math.round(whole * priceTick * 1e4) / 1e4 + 0
}

/**
 * The limit of an order that sells a position, dollars net: never below the least that the position can be worth at
 * expiration. Wide quotes would otherwise close it at a greater loss than it was entered with.
 */
export function exitLimitAt(
  step: number,
  { net, legs, settings }: { net: NetPrices; legs: readonly PositionLeg[]; settings: PriceSettings },
): number {
  return Math.max(limitAt(step, { net, side: 'SELL', settings }), leastPayoff(legs))
}
