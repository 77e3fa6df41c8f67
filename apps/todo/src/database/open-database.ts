/** Opens the store of a user on a device, and keeps it in step with the rest of the app. */
import { restAdapter } from '@synclayer/adapter-rest'
import { createSyncLayer } from '@synclayer/core'
import { dexieStorage } from '@synclayer/storage-dexie'
import { collections, type TodoDatabase } from '../model/collections.ts'
import type { KeptValue } from '../platform/kept-value.ts'
import { renew } from '../session/server-sign-in.ts'
import type { Session, SessionStore } from '../session/session-store.ts'
import { createTokenSource } from '../session/token-source.ts'
import { keepLastSync } from './last-sync.ts'
import { recordConflicts } from './record-conflicts.ts'

// Tells the hooks which client this app has.
declare module '@synclayer/react' {
  interface Register {
    client: TodoDatabase
  }
}

export interface OpenDatabaseOptions {
  readonly session: Session
  readonly device: string
  readonly sessions: SessionStore
  /** Whether to sync: `offline` is the user's own wish. */
  readonly connection: KeptValue<'online' | 'offline'>
}

/** Rejects as `createSyncLayer` does. */
export async function openDatabase(options: OpenDatabaseOptions): Promise<TodoDatabase> {
  const { session, device, sessions, connection } = options
  const name = storeName(session.name, device)
  const db = await createSyncLayer({
    storage: dexieStorage({ name }),
    adapter: restAdapter({
      url: location.origin,
      fetch: (input, init) => fetchUnlessOffline(connection, input, init),
      auth: createTokenSource({ sessions, renew, now: () => Date.now() }),
    }),
    collections,
    scopes: session.scopes,
  })
  recordConflicts(db, () => Date.now())
  keepLastSync(db, name)
  followConnection(db, connection)
  return db
}

/** Takes a file that `export` gave into the empty store of a user; nothing is synced meanwhile. Rejects as `import` does. */
export async function importInto(
  { session, device }: Pick<OpenDatabaseOptions, 'session' | 'device'>,
  file: string,
): Promise<void> {
  const db = await createSyncLayer({
    storage: dexieStorage({ name: storeName(session.name, device) }),
    collections,
    scopes: session.scopes,
  })
  try {
    await db.import(file)
  } finally {
    await db.close()
  }
}

/** The name of a user's store on a device. */
export function storeName(user: string, device: string): string {
  return `todo-${device}-${user}`
}

/** Syncing begins before it can be paused: whoever opens the app to work offline sends nothing even then. */
function fetchUnlessOffline(
  connection: OpenDatabaseOptions['connection'],
  ...request: Parameters<typeof fetch>
): Promise<Response> {
  if (connection.get() === 'offline') return Promise.reject(new TypeError('The user works offline.'))
  return fetch(...request)
}

/** Pauses and goes on as the user wishes, for as long as the database is open. */
function followConnection(db: TodoDatabase, connection: OpenDatabaseOptions['connection']): void {
  let isPaused = false
  const follow = (): void => {
    const wanted = connection.get() === 'offline'
    if (wanted === isPaused) return
    isPaused = wanted
    try {
      if (wanted) db.pause()
      else db.resume()
    } catch {
      // CLOSED: there is nothing left to pause.
      stop()
    }
  }
  const stop = connection.subscribe(follow)
  follow()
}
