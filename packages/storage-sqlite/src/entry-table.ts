/** The named values of a store. */
import { crc32 } from 'node:zlib'
import { type StoredEntry, SyncError } from '@synclayer/core/storage'
import type Database from 'better-sqlite3'
import { toSafeInteger } from './record-row.ts'

type RawEntry = readonly [name: unknown, value: unknown, revision: unknown, checksum: unknown]

export interface EntryTable {
  readonly read: (name: string) => StoredEntry | undefined
  readonly list: (prefix: string) => (StoredEntry & { readonly name: string })[]
  readonly revisionOf: (name: string) => number | null
  readonly put: (name: string, value: string, revision: number) => void
  readonly remove: (name: string) => void
}

/** Prepares what every call on entries needs. */
export function openEntryTable(database: Database.Database): EntryTable {
  const columns = 'name, value, revision, checksum'
  const read = database.prepare<[string], RawEntry>(`SELECT ${columns} FROM entries WHERE name = ?`).raw()
  const list = database
    .prepare<[string, Buffer], RawEntry>(
      `SELECT ${columns} FROM entries WHERE name >= ? AND name < CAST(? AS TEXT) ORDER BY name`,
    )
    .raw()
  const revisionOf = database
    .prepare<[string], unknown>('SELECT revision FROM entries WHERE name = ?')
    .pluck()
  const put = database.prepare(
    `INSERT INTO entries (${columns}) VALUES (?, ?, ?, ?) ON CONFLICT (name)
     DO UPDATE SET value = excluded.value, revision = excluded.revision, checksum = excluded.checksum`,
  )
  const remove = database.prepare('DELETE FROM entries WHERE name = ?')

  return {
    read(name) {
      const raw = read.get(name)
      return raw === undefined ? undefined : toEntry(raw)
    },
    list(prefix) {
      // No byte of UTF-8 is 0xff, so this is above every name that begins with the prefix.
      const end = Buffer.concat([Buffer.from(prefix), Buffer.of(0xff)])
      return list.all(prefix, end).map((raw) => ({ name: String(raw[0]), ...toEntry(raw) }))
    },
    revisionOf(name) {
      const revision = revisionOf.get(name)
      return revision === undefined ? null : toSafeInteger(revision)
    },
    put(name, value, revision) {
      put.run(name, value, revision, checksumOf(name, value, revision))
    },
    remove(name) {
      remove.run(name)
    },
  }
}

/** Entries hold what the engine counts on (cursors, counters), so that a damaged one is no value, and not none either. */
function toEntry([name, value, revision, checksum]: RawEntry): StoredEntry {
  if (typeof name === 'string' && typeof value === 'string' && typeof revision === 'number') {
    if (checksumOf(name, value, revision) === checksum) return { value, revision }
  }
  throw new SyncError('STORAGE_CORRUPT', `The entry "${String(name)}" is damaged.`, {
    details: { entry: name, revision: toSafeInteger(revision) },
  })
}

function checksumOf(name: string, value: string, revision: number): number {
  return crc32(`${revision} ${name.length}|${name}${value}`)
}
