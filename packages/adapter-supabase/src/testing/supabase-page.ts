/** A page that syncs with a project, as an app does: runs in the browser. */
import { createClient } from '@supabase/supabase-js'
import { expose } from '@synclayer/browser-lab/page'
import { createSyncLayer, type SyncLayer } from '@synclayer/core'
import { supabaseAdapter } from '../supabase-adapter.ts'

export interface SupabasePage {
  readonly open: (url: string, key: string, token: string, scope: string) => Promise<void>
  /** Saves, and waits until it is sent. */
  readonly save: (id: string, text: string) => Promise<void>
  /** The text of a record; null: there is none. */
  readonly text: (id: string) => Promise<string | null>
  readonly phase: () => string
  readonly close: () => Promise<void>
}

let db: SyncLayer | undefined

function opened(): SyncLayer {
  if (db === undefined) throw new Error('It is not open')
  return db
}

expose<SupabasePage>({
  async open(url, key, token, scope) {
    const client = createClient(url, key, { accessToken: async () => token })
    db = await createSyncLayer({
      adapter: supabaseAdapter({ client }),
      collections: ['todos'],
      scopes: [scope],
      sync: { interval: '1h' },
    })
    await db.sync()
  },
  async save(id, text) {
    await opened().collection('todos').save({ id, text })
    await opened().sync()
  },
  async text(id) {
    const todo = await opened().collection('todos').get(id)
    return todo === undefined ? null : String(todo['text'])
  },
  phase: () => opened().status.phase,
  close: () => opened().close(),
})
