/** A plain backend: node:http and one table. It knows nothing of SyncLayer but what its two endpoints are sent. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import Database from 'better-sqlite3'

interface Row {
  readonly id: string
  /** The document as JSON text; null: deleted. The row stays, so that others hear of it. */
  readonly data: string | null
  readonly schema: number
  readonly version: number
  readonly updated_at: string
  /** The key of the request that wrote it. */
  readonly key: string | null
}

interface Edit {
  readonly recordId: string
  readonly data: object | null
  readonly version: number | null
  readonly schema: number
}

export function createPlainBackend(options: {
  readonly path: string
  readonly collections: readonly string[]
}): Server {
  const db = new Database(options.path)
  db.exec(`
    CREATE TABLE IF NOT EXISTS records (
      collection TEXT NOT NULL, id TEXT NOT NULL, data TEXT, schema INTEGER NOT NULL,
      version INTEGER NOT NULL, updated_at TEXT NOT NULL, key TEXT, PRIMARY KEY (collection, id));
    CREATE INDEX IF NOT EXISTS records_by_time ON records (collection, updated_at, id);`)
  const find = db.prepare<[string, string], Row>('SELECT * FROM records WHERE collection = ? AND id = ?')
  const list = db.prepare<[string, string, number], Row>(
    'SELECT * FROM records WHERE collection = ? AND updated_at >= ? ORDER BY updated_at, id LIMIT ?',
  )
  const store = db.prepare<[string, string, string | null, number, number, string, string | null]>(
    'INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?, ?, ?)',
  )

  /** Compares and sets in one transaction: false where the record is not of the version the edit was made on. */
  const write = db.transaction((collection: string, edit: Edit, key: string | null): boolean => {
    const row = find.get(collection, edit.recordId)
    // Sent again, since our answer was lost.
    if (key !== null && row?.key === key) return true
    if ((row?.version ?? null) !== edit.version) return false
    const data = edit.data === null ? null : JSON.stringify(edit.data)
    // Our own clock: the order of changes must not hang on those of the devices.
    const now = new Date().toISOString()
    store.run(collection, edit.recordId, data, edit.schema, (row?.version ?? 0) + 1, now, key)
    return true
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const collection = url.pathname.slice('/sync/'.length)
    if (!url.pathname.startsWith('/sync/') || !options.collections.includes(collection)) {
      return send(response, 404, { error: 'There is no such collection' })
    }
    if (request.method === 'GET') {
      const limit = Math.min(Number(url.searchParams.get('limit') ?? 500), 500)
      const rows = list.all(collection, url.searchParams.get('since') ?? '', limit)
      return send(response, 200, rows.map(shown))
    }
    const edit = (await json(request)) as Edit
    if (typeof edit.recordId !== 'string') return send(response, 400, { error: 'recordId must be a string' })
    const key = request.headers['idempotency-key']
    const isWritten = write.immediate(collection, edit, typeof key === 'string' ? key : null)
    const row = find.get(collection, edit.recordId)
    return isWritten
      ? send(response, 200, shown(row!))
      : send(response, 409, { current: row === undefined ? null : shown(row) })
  }

  return createServer((request, response) => {
    answer(request, response).catch(() => send(response, 500, { error: 'This went wrong' }))
  }).on('close', () => db.close())
}

function shown({ id, data, schema, version, updated_at, key }: Row): object {
  const document = data === null ? null : (JSON.parse(data) as object)
  const at = { version, updatedAt: updated_at, deleted: data === null }
  return { recordId: id, data: document, schema, ...at, ...(key === null ? {} : { mutation: key }) }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
}
