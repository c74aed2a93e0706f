/** A set that forgets its oldest members: a process may run for months. */
export interface BoundedSet<Value> {
  add(value: Value): void
  has(value: Value): boolean
  delete(value: Value): void
}

export function createBoundedSet<Value>(most: number): BoundedSet<Value> {
  const values = new Set<Value>()
  return {
    add: (value) => {
      values.add(value)
      if (values.size <= most) return
      const [oldest] = values
      values.delete(oldest as Value)
    },
    has: (value) => values.has(value),
    delete: (value) => void values.delete(value),
  }
}
