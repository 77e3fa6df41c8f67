/** What a store keeps of a scope beside its records. */
import { acknowledgedEntry } from './acknowledged.ts'
import { feedEntry } from './feed-state.ts'
import { asideEntry } from './set-aside.ts'

/** The names of its entries. Without them the scope is read from its beginning. */
export function entriesOf(scope: string): readonly string[] {
  return [feedEntry, asideEntry, acknowledgedEntry].map((entryOf) => entryOf(scope))
}
