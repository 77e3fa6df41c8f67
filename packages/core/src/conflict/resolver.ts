/** What the app can say about conflicts: a strategy by name, or a function of its own. */
import type { Hlc } from '../protocol/identifiers.ts'
import type { JsonObject } from '../shared/json.ts'

/** Two edits of one record that did not know of each other. Null stands for a deleted or absent document. */
export interface Conflict<Document = JsonObject> {
  readonly collection: string
  readonly id: string
  /** What both sides began from; null where they did not begin from the same state. */
  readonly base: Document | null
  readonly local: Document | null
  readonly remote: Document | null
  /** When each side was last edited. They compare as strings. */
  readonly localTime: Hlc
  readonly remoteTime: Hlc
}

/**
 * Decides a conflict: the document both sides shall have, or null to delete it. The documents it is given are copies
 * and may be changed. It must answer at once and keep the id; it should give the same answer for the same input, since
 * several clients may decide the same conflict (C5, C8).
 */
export type Resolver<Document = JsonObject> = (conflict: Conflict<Document>) => Document | null

/** The strategies that go by a name: C1 to C4. */
export const STRATEGY_NAMES = ['merge', 'lastWriteWins', 'serverWins', 'clientWins'] as const

export type StrategyName = (typeof STRATEGY_NAMES)[number]

export type ConflictStrategy = StrategyName | Resolver
