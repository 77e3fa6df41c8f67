import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteAdapter } from '@synclayer/adapter-sqlite'
import Database from 'better-sqlite3'
import { type Program, SHOP_TABLES, type ShopKind } from './shop.ts'

/** A file. Its programs take turns, since SQLite has one writer at a time. */
export const sqliteShop: ShopKind = {
  adapter: 'sqlite',
  open: () => {
    const folder = mkdtempSync(join(tmpdir(), 'synclayer-shop-'))
    const path = join(folder, 'shop.db')
    return Promise.resolve({
      product: 'SQLite',
      createAdapter: () => sqliteAdapter({ path, pollIntervalMs: 50, tables: SHOP_TABLES }),
      connect: () => Promise.resolve(connect(path)),
      remove: () => Promise.resolve(rmSync(folder, { recursive: true })),
    })
  },
}

function connect(path: string): Program {
  const database = new Database(path)
  database.pragma('journal_mode = WAL')
  database.pragma('foreign_keys = ON')
  return {
    transaction: (statements, isKept) => {
      database.exec('BEGIN IMMEDIATE')
      try {
        for (const { sql, values } of statements) database.prepare(sql).run(...values)
      } catch (error) {
        database.exec('ROLLBACK')
        return Promise.reject(error as Error)
      }
      database.exec(isKept ? 'COMMIT' : 'ROLLBACK')
      return Promise.resolve()
    },
    query: (sql) => Promise.resolve(database.prepare<[], Record<string, unknown>>(sql).all()),
    close: () => Promise.resolve(void database.close()),
  }
}
