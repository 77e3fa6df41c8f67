/** Keeps every conflict in the inbox, a local collection: so it outlives the page, and every window shows it. */
import { type ConflictEntry, toConflictEntry } from '../model/conflict-entry.ts'
import type { TodoDatabase } from '../model/collections.ts'

/** Older ones go, so that a device that is forgotten in a drawer does not fill up with them. */
const MOST = 200

export function recordConflicts(db: TodoDatabase, now: () => number): void {
  let arrived: Omit<ConflictEntry, 'id'>[] = []
  const save = async (): Promise<void> => {
    const entries = arrived
    arrived = []
    const inbox = db.collection('conflicts')
    await inbox.saveAll(entries.slice(-MOST))
    const old = await inbox.orderBy('at', 'desc').offset(MOST).get()
    if (old.length > 0) await inbox.deleteAll(old.map(({ id }) => id))
  }
  db.on('conflict', (event) => {
    if (event.collection !== 'todos') return
    arrived.push(toConflictEntry(event, now()))
    // Those of one round are saved together. What fails is told by the engine's own events; the todo itself is safe.
    if (arrived.length === 1) queueMicrotask(() => void save().catch(() => undefined))
  })
}
