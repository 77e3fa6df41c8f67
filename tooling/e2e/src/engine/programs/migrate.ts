/**
 * Opens a store with the next version of its notes. Kills itself in the middle of the document its third argument counts
 * to; 0: it lives, syncs, and says how many documents it migrated, how many there are, and how many were to be sent.
 * Every document says how often it was migrated.
 */
import { collection, createSyncLayer } from '@synclayer/core'
import { sqliteStorage } from '@synclayer/storage-sqlite'
import { backendAt, COLLECTIONS, type Note, programArguments, say } from './engine-program.ts'

interface MigratedNote extends Note {
  readonly times: number
}

const [store, backend, killAt] = programArguments('store', 'backend', 'kill at') as [string, string, string]
let migrated = 0

const db = await createSyncLayer({
  storage: sqliteStorage({ path: store }),
  adapter: backendAt(backend),
  collections: {
    ...COLLECTIONS,
    notes: collection<MigratedNote>({
      version: 2,
      migrate: {
        2: (document) => {
          migrated += 1
          if (migrated === Number(killAt)) process.kill(process.pid, 'SIGKILL')
          return { ...document, times: Number(document['times'] ?? 0) + 1 }
        },
      },
    }),
  },
  sync: { auto: false },
  logger: 'off',
})
const notes = db.collection('notes')
const documents = await notes.count()
const wrong = await notes.where('times', '!=', 1).count()
if (wrong > 0) throw new Error(`${wrong} documents were not migrated exactly once`)
const { pending } = db.status
const { pushed } = await db.sync()
if (pushed !== pending) throw new Error(`${pushed} changes were sent instead of ${pending}`)
say(JSON.stringify({ migrated, documents, pending }))
await db.close()
