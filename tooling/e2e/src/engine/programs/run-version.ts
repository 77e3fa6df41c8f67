/**
 * One version of an app: saves a note, again and again, under names of its own, and syncs by itself meanwhile. Says `ready` once
 * the store is open, `saved <id>` for each note that is saved, and `outdated` where another version of the app has taken
 * the store; then it saves no more. It ends when told to.
 */
import { once } from 'node:events'
import { collection, createSyncLayer, isSyncError } from '@synclayer/core'
import { sqliteStorage } from '@synclayer/storage-sqlite'
import { backendAt, programArguments, say } from './engine-program.ts'

const [store, backend, version, name] = programArguments('store', 'backend', 'version', 'name') as [
  string,
  string,
  string,
  string,
]

/** Of version 1 or of version 2, which has it under another name. `times` tells how often it was migrated. */
export interface VersionedNote {
  readonly id: string
  readonly text?: string
  readonly body?: string
  readonly times?: number
}

const isNew = version === '2'
const db = await createSyncLayer({
  storage: sqliteStorage({ path: store }),
  adapter: backendAt(backend),
  collections: {
    notes: collection<VersionedNote>({
      version: Number(version),
      ...(isNew
        ? {
            migrate: {
              2: ({ text, times = 0, ...rest }: VersionedNote) => ({ ...rest, body: text, times: times + 1 }),
            },
          }
        : {}),
    }),
  },
  sync: { retry: { base: '10ms', max: '200ms' } },
  logger: 'off',
})
const notes = db.collection('notes')
const ending = once(process.stdin, 'data')
let ends = false
void ending.then(() => (ends = true))
say('ready')
for (let n = 0; !ends; n++) {
  const id = `${name}-${n}`
  try {
    await notes.save(isNew ? { id, body: id } : { id, text: id })
    say(`saved ${id}`)
  } catch (error) {
    if (!isSyncError(error) || error.details['outdated'] !== true) throw error
    say('outdated')
    break
  }
}
await ending
await db.close()
process.stdin.destroy()
