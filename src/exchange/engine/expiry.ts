import type { Order } from '../book/order.ts'

/** Steps of the ring; an order that expires later waits in its place for another round. */
const RING_STEPS = 4_096

/** Orders by the step in which they expire. */
export interface ExpiryCalendar {
  add(order: Order, step: number): void
  /** Calls `expire` for the orders of this step that still rest, in the order in which they were added. */
  run(step: number, expire: (order: Order) => void): void
}

export function createExpiryCalendar(): ExpiryCalendar {
  const slots = Array.from({ length: RING_STEPS }, () => ({
    orders: [] as Order[],
    dueSteps: [] as number[],
  }))
  /** Taken out of the ring while they are worked on, so that an expiry may add to the same slot. */
  let working = { orders: [] as Order[], dueSteps: [] as number[] }

  function add(order: Order, step: number): void {
    const slot = slots[step % RING_STEPS] as (typeof slots)[number]
    slot.orders.push(order)
    slot.dueSteps.push(step)
  }

  return {
    add,
    run: (step, expire) => {
      const at = step % RING_STEPS
      const slot = slots[at] as (typeof slots)[number]
      if (slot.orders.length === 0) return
      slots[at] = working
      working = slot
      for (let index = 0; index < slot.orders.length; index++) {
        const order = slot.orders[index] as Order
        if (!order.isResting) continue
        const dueStep = slot.dueSteps[index] as number
        if (dueStep <= step) expire(order)
        else add(order, dueStep)
      }
      slot.orders.length = 0
      slot.dueSteps.length = 0
    },
  }
}
