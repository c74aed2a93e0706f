import type { Wrap } from './trading-desk.ts'

export class Killed extends Error {}

/** Kills a trader at its n-th point: before or after a line is written, before or after the gateway has got something. */
export function killAt(point: number, seen: { points: number; names: string[] }): Wrap {
  let isDead = false
  const pass = (name: string) => {
    if (isDead) throw new Killed(name)
    seen.points += 1
    seen.names.push(name)
    if (seen.points !== point) return
    isDead = true
    throw new Killed(name)
  }
  const around = <Args extends unknown[], Result>(
    name: string,
    work: (...args: Args) => Promise<Result>,
  ): ((...args: Args) => Promise<Result>) => {
    return async (...args) => {
      pass(`before ${name}`)
      const result = await work(...args)
      pass(`after ${name}`)
      return result
    }
  }
  return ({ journal, orders }) => ({
    journal: {
      ...journal,
      append: (event, at) => around(`the journal's ${event.kind}`, () => journal.append(event, at))(),
    },
    orders: {
      ...orders,
      place: around('placing', orders.place),
      modify: around('modifying', orders.modify),
      cancel: around('cancelling', orders.cancel),
    },
  })
}
