import pg from 'pg'
import type { DatabaseLoad } from './load.ts'

/** pg by hand: one prepared statement with many rows is one transaction, and one way to the server and back. */
export async function plainPostgres(url: string, clients: number): Promise<DatabaseLoad> {
  const pool = new pg.Pool({ connectionString: url, max: clients })
  await pool.query('CREATE TABLE plain (id text COLLATE "C" PRIMARY KEY, document jsonb NOT NULL)')
  return {
    async write(_client, todos) {
      const places = todos.map((_, row) => `($${2 * row + 1}, $${2 * row + 2})`).join(', ')
      await pool.query({
        name: `insert-${todos.length}`,
        text: `INSERT INTO plain VALUES ${places}`,
        values: todos.flatMap((todo) => [todo.id, JSON.stringify(todo)]),
      })
    },
    async *pages(pageSize) {
      for (let after = ''; ;) {
        const { rows } = await pool.query<{ readonly id: string; readonly document: unknown }>({
          name: 'page',
          text: 'SELECT id, document FROM plain WHERE id > $1 ORDER BY id LIMIT $2',
          values: [after, pageSize],
        })
        yield rows.map(({ document }) => document)
        if (rows.length < pageSize) return
        after = rows.at(-1)!.id
      }
    },
    close: () => pool.end(),
  }
}
