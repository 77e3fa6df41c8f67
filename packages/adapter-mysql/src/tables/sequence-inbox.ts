/**
 * Sequencing: what other programs wrote to users' tables gets its place in the feed. Triggers have noted which records may
 * have changed; each is read as it is now, under the feed's lock, and its notes are removed with what was made of it.
 */
import { createPushPlan, type PushLookups, type StoredRecord } from '@synclayer/adapter-kit'
import type { Backend } from '../backend.ts'
import type { Transaction } from '../database.ts'
import type { Feed } from '../feed-rows.ts'
import type { DueMark } from '../feeds.ts'
import { readRecords } from '../record-rows.ts'
import { savePlan, type SavedFeed } from '../save-plan.ts'
import { sequenceRows } from './hold-rows.ts'
import { readNotes, removeNotes, scopesWaiting } from './inbox.ts'
import type { TableMap } from './synced-tables.ts'
import { readRows } from './table-rows.ts'

// Notes that one transaction takes from the inbox, so that pushes get their turn.
const NOTES_PER_TRANSACTION = 500

/** Brings the feed up to date with the tables, in steps. Called before anything is read from it. */
export function sequenceInbox(backend: Backend, scope: string, signal: AbortSignal | null): Promise<void> {
  return sequenceInboxes(backend, [scope], signal)
}

/** The same for many scopes. */
export async function sequenceInboxes(
  backend: Backend,
  scopes: readonly string[],
  signal: AbortSignal | null,
): Promise<void> {
  const { database, tables } = backend
  if (scopes.length === 0 || !(await tables.areThere())) return
  const waiting = await database.use('reading the inbox', (session) => scopesWaiting(session, scopes))
  for (const scope of waiting) while (await sequenceSome(backend, scope, signal));
}

interface Sequenced extends SavedFeed {
  readonly hasMore: boolean
}

/** Whether more may wait. */
async function sequenceSome(backend: Backend, scope: string, signal: AbortSignal | null): Promise<boolean> {
  const { database, feeds, tables } = backend
  const seen = feeds.memory.seen(scope)
  const { feed, mark, hasMore } = await database.write('reading the inbox', signal, async (session) => {
    const found = await feeds.take(session, scope, seen, Number.MAX_SAFE_INTEGER)
    const known = await tables.at(session, found.generation)
    const open = found.isRewound ? await feeds.beginEpoch(session, found) : found
    return takeNotes(backend, session, open.feed, feeds.markToWrite(open), known)
  })
  feeds.memory.note(scope, feed, mark)
  if (mark !== undefined) backend.committed(scope, feed)
  return hasMore
}

async function takeNotes(
  backend: Backend,
  session: Transaction,
  feed: Feed,
  mark: DueMark,
  tables: TableMap,
): Promise<Sequenced> {
  const { scope } = feed
  const notes = await readNotes(session, scope, NOTES_PER_TRANSACTION)
  const ids = new Map<string, Set<string>>()
  for (const { collection, id } of notes)
    ids.set(collection, (ids.get(collection) ?? new Set<string>()).add(id))
  const keys = [...ids].flatMap(([collection, set]) => [...set].map((id) => ({ collection, id })))
  const records = await readRecords(session, feed.feed, keys)
  const { maxRecordBytes } = backend
  const plan = createPushPlan({ feed, lookups: lookupsOf(records), mark: mark.name, maxRecordBytes })
  const context = { ...backend, now: backend.now() }
  for (const [collection, set] of ids) {
    // A note of a table that is synced no longer, or not yet: when it is, all its rows are noted.
    const table = tables.get(collection)
    if (table === undefined) continue
    sequenceRows(plan, table, [...set], await readRows(session, table, scope, [...set]), context)
  }
  const saved = await savePlan(session, feed, plan, mark, backend.now())
  await removeNotes(session, notes)
  return { ...saved, hasMore: notes.length === NOTES_PER_TRANSACTION }
}

function lookupsOf(records: readonly StoredRecord[]): PushLookups {
  const byKey = new Map(records.map((record) => [`${record.collection} ${record.id}`, record]))
  const find = (collection: string, id: string): StoredRecord | undefined => byKey.get(`${collection} ${id}`)
  return { answer: () => undefined, head: find, record: find }
}
