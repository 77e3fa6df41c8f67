/** The documents of the benchmark: eight fields, about 200 bytes. */

export interface Todo extends Record<string, unknown> {
  readonly id: string
  readonly text: string
  readonly done: boolean
  readonly priority: number
  readonly userId: string
  readonly createdAt: number
  readonly tags: readonly string[]
  readonly note: string
}

/** The document of a number. Ids rise with it, as UUIDv7 do. */
export function todo(at: number): Todo {
  return {
    id: idOf(at),
    text: `Buy milk, bread and ${at} other things`,
    done: at % 3 === 0,
    priority: (at * 7) % 100,
    userId: `user-${at % 1_000}`,
    createdAt: 1_700_000_000_000 + at,
    tags: ['home', 'shop'],
    note: 'not before noon',
  }
}

export function idOf(at: number): string {
  return `0193a1b2-${at.toString(16).padStart(8, '0')}-7abc-9def-0123456789ab`
}

/** The documents from one number up to another. */
export function todos(from: number, to: number): Todo[] {
  return Array.from({ length: to - from }, (_, at) => todo(from + at))
}
