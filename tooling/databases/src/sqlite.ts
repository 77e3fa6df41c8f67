import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { DatabaseKind, StoredDocument, TestDatabase } from './database.ts'

/** Files in temporary folders. There is no server. */
export const sqlite: DatabaseKind = {
  adapter: 'sqlite',
  open: () =>
    Promise.resolve({
      server: null,
      create: () => Promise.resolve(createFile()),
      end: () => Promise.resolve(),
    }),
}

function createFile(): TestDatabase {
  const folder = mkdtempSync(join(tmpdir(), 'synclayer-database-'))
  const path = join(folder, 'backend.db')
  return {
    adapter: 'sqlite',
    place: { path },
    product: `SQLite ${versionOf()}`,
    documents: (collection) => Promise.resolve(documentsIn(path, collection)),
    remove: () => Promise.resolve(rmSync(folder, { recursive: true })),
  }
}

function versionOf(): string {
  const database = new Database(':memory:')
  try {
    return database.prepare<[], string>('SELECT sqlite_version()').pluck().get()!
  } finally {
    database.close()
  }
}

const DOCUMENTS = 'SELECT document FROM synclayer_record WHERE collection = ? AND deleted = 0 ORDER BY id'

function documentsIn(path: string, collection: string): StoredDocument[] {
  const database = new Database(path, { readonly: true })
  try {
    const texts = database.prepare<[string], string>(DOCUMENTS).pluck().all(collection)
    return texts.map((text) => JSON.parse(text) as StoredDocument)
  } finally {
    database.close()
  }
}
