/** A map by pairs. Nested, since making one key of two texts costs more than looking them up one after the other. */
export interface PairMap<First, Second, Value> {
  get(first: First, second: Second): Value | undefined
  set(first: First, second: Second, value: Value): void
  delete(first: First, second: Second): void
}

/** An empty map. */
export function createPairMap<First, Second, Value>(): PairMap<First, Second, Value> {
  const maps = new Map<First, Map<Second, Value>>()
  return {
    get: (first, second) => maps.get(first)?.get(second),
    set: (first, second, value) => {
      const known = maps.get(first)
      if (known === undefined) maps.set(first, new Map([[second, value]]))
      else known.set(second, value)
    },
    delete: (first, second) => void maps.get(first)?.delete(second),
  }
}
