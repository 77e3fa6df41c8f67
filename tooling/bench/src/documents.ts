/** The documents of the benchmarks: eight fields, about 200 bytes, as an app's records often are. */

export interface Todo {
  readonly id: string
  readonly text: string
  readonly done: boolean
  readonly priority: number
  readonly userId: string
  readonly tags: readonly string[]
  readonly createdAt: number
  readonly note: string
}

export function todoAt(index: number): Todo {
  return { ...bodyAt(index), id: idAt(index) }
}

/** Without an id: one is made. */
export function bodyAt(index: number): Omit<Todo, 'id'> {
  return {
    text: 'Buy milk and some bread',
    done: index % 3 === 0,
    priority: index % 7,
    userId: `user-${index % 50}`,
    tags: ['home', 'shop'],
    createdAt: 1_700_000_000_000 + index,
    note: 'x'.repeat(60),
  }
}

export function idAt(index: number): string {
  return `id-${String(index).padStart(8, '0')}`
}
