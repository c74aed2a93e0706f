/** The values of the latest keys asked for, the oldest out first. */
export function latestValues<Key, Value>(limit: number): (key: Key, compute: () => Value) => Value {
  const known = new Map<Key, Value>()
  return (key, compute) => {
    const found = known.get(key)
    if (found !== undefined) return found
    const value = compute()
    if (known.size >= limit) known.delete(known.keys().next().value as Key)
    known.set(key, value)
    return value
  }
}
