/** The documents of the simulation: few records that everyone edits, each with the traces of all its edits. */
import { collection } from '@synclayer/core'

/** What every document holds, besides whatever else is set. */
export interface Marked {
  readonly id: string
  /** The tokens of its edits, as keys: a set that merges without conflict. */
  readonly marks?: Readonly<Record<string, true>>
  /** How many edits it had: a counter, so it equals the number of tokens. */
  readonly n?: number
  /** The sum of all edits that leave no token, see `oracle/tally.ts`. */
  readonly hits?: number
  readonly [field: string]: unknown
}

export const SYNCED = ['items', 'notes', 'pairs'] as const
export type CollectionName = (typeof SYNCED)[number]

/** A record's scope can be told from its id, as every client must agree on it. */
export function scopeOf(id: string): string {
  return id.startsWith('t') ? 'two' : 'one'
}

/** What a note shows that was taken for one of the older version, and was not. */
export const TWICE = 'upgraded twice'

export const PAIR = ['left', 'right'] as const

const scope = (document: { readonly id: string }): string => scopeOf(document.id)
const marked = { scope, fields: { n: 'counter', hits: 'counter', tags: 'set' } } as const

/** The collections as an app of that version of the notes' schema declares them. */
export function collectionsAt(schema: 1 | 2) {
  return {
    items: collection<Marked>(marked),
    notes: collection<Marked>({
      ...marked,
      version: schema,
      ...(schema === 2 ? { migrate: { 2: upgradeNote } } : {}),
    }),
    pairs: collection<Marked>(marked),
    drafts: collection<Marked>({ local: true }),
  } as const
}

export type Collections = ReturnType<typeof collectionsAt>

/** Not to be done twice to one note: then it says so. */
function upgradeNote(note: object): object {
  return { ...note, pinned: 'pinned' in note ? TWICE : false }
}

/** What an app of the newest version sees of a note that was written by that version. */
export function noteAt(schema: number, note: Marked): Marked {
  return schema < 2 ? (upgradeNote(note) as Marked) : note
}

/** The tokens of all edits that are in a document. */
export function tokensOf(document: Marked | null | undefined): readonly string[] {
  return document?.marks === undefined ? [] : Object.keys(document.marks)
}

/** The document of a JSON text; null where there is none. */
export function documentIn(text: string | null): Marked | null {
  return text === null ? null : (JSON.parse(text) as Marked)
}
