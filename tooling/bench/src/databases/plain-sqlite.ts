import Database from 'better-sqlite3'
import type { DatabaseLoad } from './load.ts'

/** better-sqlite3 by hand, with the settings of the adapter: each commit is on the disk. */
export function plainSqlite(path: string): Promise<DatabaseLoad> {
  const database = new Database(path)
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  database.exec('CREATE TABLE plain (id TEXT PRIMARY KEY, document TEXT NOT NULL)')
  const insert = database.prepare<[string, string]>('INSERT INTO plain VALUES (?, ?)')
  const insertAll = database.transaction((rows: readonly (readonly [string, string])[]) => {
    for (const [id, text] of rows) insert.run(id, text)
  })
  const page = database.prepare<[string, number], { readonly id: string; readonly document: string }>(
    'SELECT id, document FROM plain WHERE id > ? ORDER BY id LIMIT ?',
  )
  return Promise.resolve({
    write(_client, todos) {
      insertAll(todos.map((todo) => [todo.id, JSON.stringify(todo)] as const))
      return Promise.resolve()
    },
    async *pages(pageSize) {
      for (let after = ''; ;) {
        const rows = page.all(after, pageSize)
        yield rows.map(({ document }) => JSON.parse(document) as unknown)
        if (rows.length < pageSize) return
        after = rows.at(-1)!.id
      }
    },
    close: () => Promise.resolve(void database.close()),
  })
}
