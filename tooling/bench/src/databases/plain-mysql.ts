import { createPool, type RowDataPacket } from 'mysql2/promise'
import type { DatabaseLoad } from './load.ts'

const TABLE = `
  CREATE TABLE plain (
    id varchar(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PRIMARY KEY,
    document longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL
  ) ENGINE = InnoDB`

type Row = RowDataPacket & { readonly id: string; readonly document: string }

/** mysql2 by hand: one statement with many rows is one transaction, and one way to the server and back. */
export async function plainMysql(url: string, clients: number): Promise<DatabaseLoad> {
  const pool = createPool({ uri: url, connectionLimit: clients })
  await pool.query(TABLE)
  return {
    async write(_client, todos) {
      await pool.query('INSERT INTO plain VALUES ?', [todos.map((todo) => [todo.id, JSON.stringify(todo)])])
    },
    async *pages(pageSize) {
      for (let after = ''; ;) {
        const sql = 'SELECT id, document FROM plain WHERE id > ? ORDER BY id LIMIT ?'
        const [rows] = await pool.query<Row[]>(sql, [after, pageSize])
        yield rows.map(({ document }) => JSON.parse(document) as unknown)
        if (rows.length < pageSize) return
        after = rows.at(-1)!.id
      }
    },
    close: () => pool.end(),
  }
}
