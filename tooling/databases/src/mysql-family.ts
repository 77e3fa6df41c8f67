import { createConnection, type RowDataPacket } from 'mysql2/promise'
import type { DatabaseKind, StoredDocument } from './database.ts'
import { type PlainConnection, serverKind } from './server-host.ts'

export const mysql: DatabaseKind = familyKind('mysql')
export const mariadb: DatabaseKind = familyKind('mariadb')

function familyKind(adapter: string): DatabaseKind {
  return serverKind({
    adapter,
    connect,
    createSql: 'CREATE DATABASE ?',
    dropSql: 'DROP DATABASE ?',
    documentsSql:
      'SELECT document FROM synclayer_record WHERE collection = ? AND deleted_at IS NULL ORDER BY id',
  })
}

async function connect(url: string): Promise<PlainConnection> {
  const connection = await createConnection({ uri: url })
  // A connection that breaks tells the statement under way as well.
  connection.on('error', () => undefined)
  return {
    async run(sql) {
      await connection.query(sql)
    },
    async documents(sql, collection) {
      const [rows] = await connection.query<(RowDataPacket & { document: string | StoredDocument })[]>(sql, [
        collection,
      ])
      return rows.map(({ document }) => document)
    },
    close: () => connection.end(),
  }
}
