/** A small value that outlives the page, the same in all windows. What is stored wrongly counts as not stored. */
export interface KeptValue<Value extends string> {
  get(): Value
  set(value: Value): void
  /** Called after every change, of other windows too. Returns how to stop. */
  subscribe(listener: () => void): () => void
}

/** `values` are all that it may be; the first is what it is at the beginning. */
export function createKeptValue<Value extends string>(
  name: string,
  values: readonly [Value, ...(readonly Value[])],
): KeptValue<Value> {
  const key = `synclayer-todo/${name}`
  const listeners = new Set<() => void>()
  const read = (): Value => values.find((value) => value === localStorage.getItem(key)) ?? values[0]
  let current = read()
  const changed = (): void => {
    const next = read()
    if (next === current) return
    current = next
    for (const listener of listeners) listener()
  }
  addEventListener('storage', (event) => {
    if (event.key === key || event.key === null) changed()
  })
  return {
    get: () => current,
    set(value) {
      localStorage.setItem(key, value)
      changed()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
