import { midDifferences } from './paired-mids.ts'
import type { RunPath } from './run-path.ts'

/** The mid of a run that buys or sells only, against the passive run. */
export interface ExecutedImpact {
  /** Shares bought or sold so far. */
  readonly quantity: number
  /** The step at whose end the quantity was reached. */
  readonly step: number
  /** Dollars, positive in the direction of the run. */
  readonly impact: number
}

/** 1 for a run that only buys, −1 for one that only sells; null when it does both or nothing. */
export function directionOf({ inventories }: RunPath): 1 | -1 | null {
  let direction: 1 | -1 | null = null
  let before = 0
  for (const inventory of inventories) {
    const change = Math.sign(inventory - before)
    before = inventory
    if (change === 0) continue
    if (direction !== null && change !== direction) return null
    direction = change as 1 | -1
  }
  return direction
}

/**
 * The impact of a run as one large order: the difference of the mids when its executed quantity first reached each of
 * `quantities`. Those it never reached, or without a mid in both runs there, are left out.
 */
export function executedImpacts(
  run: RunPath,
  passive: RunPath,
  quantities: readonly number[],
): ExecutedImpact[] {
  const direction = directionOf(run)
  if (direction === null) return []
  const { firstStep, values } = midDifferences(run, passive)
  const found: ExecutedImpact[] = []
  for (const quantity of quantities) {
    const at = run.inventories.findIndex((inventory) => direction * inventory >= quantity)
    if (at < 0) continue
    const step = run.firstStep + at
    const moved = values[step - firstStep] ?? null
    if (moved !== null) found.push({ quantity, step, impact: direction * moved })
  }
  return found
}

/** What is left of the impact `delaySteps` after the last fill, dollars in the direction of the run; null if unknown. */
export function remainingImpact(run: RunPath, passive: RunPath, delaySteps: number): number | null {
  const direction = directionOf(run)
  const final = run.inventories.at(-1)
  if (direction === null || final === undefined) return null
  const step = run.firstStep + run.inventories.indexOf(final) + delaySteps
  const { firstStep, values } = midDifferences(run, passive)
  const moved = values[step - firstStep] ?? null
  return moved === null ? null : direction * moved
}
