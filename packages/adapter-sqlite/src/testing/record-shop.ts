/** A record shop's tables, the adapter over them, and plain SQL beside it. */
import type { TablesOption } from '@synclayer/adapter-kit'
import type {
  AdapterContext,
  BackendAdapter,
  Change,
  Json,
  Mutation,
  PushResult,
} from '@synclayer/core/adapter'
import Database from 'better-sqlite3'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { sqliteAdapter } from '../sqlite-adapter.ts'

export const SIGNAL: AbortSignal = new AbortController().signal
export const TIME = '0198abcdef01-0000-00000000000000aa'
export const SCHEMA = `
CREATE TABLE Artist (ArtistId INTEGER PRIMARY KEY, Name NVARCHAR(120) NOT NULL UNIQUE);
CREATE TABLE Album (
  AlbumId INTEGER PRIMARY KEY,
  Title TEXT NOT NULL DEFAULT 'untitled',
  ArtistId INTEGER NOT NULL REFERENCES Artist (ArtistId) ON DELETE CASCADE,
  Price NUMERIC CHECK (Price >= 0),
  Cover BLOB,
  Tags JSON,
  Live BOOLEAN NOT NULL DEFAULT 0,
  Shout TEXT AS (upper(Title))
);
INSERT INTO Artist VALUES (1, 'AC/DC'), (2, 'Accept');
INSERT INTO Album (AlbumId, Title, ArtistId, Price, Tags) VALUES (1, 'Let There Be Rock', 1, 9.5, '["hard"]');
`
export const TABLES: TablesOption = {
  artists: { table: 'Artist', id: 'ArtistId', fields: { name: 'Name' } },
  albums: { table: 'Album', id: 'AlbumId' },
}

export interface Lab {
  readonly path: string
  readonly sql: Database.Database
  readonly adapter: BackendAdapter
  readonly logged: string[]
  /** What changed since the last call, in the scope `default`. */
  readonly changes: () => Promise<readonly Change[]>
  readonly push: (...mutations: readonly Partial<Mutation>[]) => Promise<readonly PushResult[]>
  readonly versionOf: (collection: string, id: string) => Promise<string>
}

/** Gives labs to the tests of a file, which are removed when it is through. */
export function tableLabs(): (schema?: string, tables?: TablesOption) => Promise<Lab> {
  const folder = mkdtempSync(join(tmpdir(), 'synclayer-tables-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  let files = 0
  return (schema = SCHEMA, tables = TABLES) => openLab(join(folder, `shop-${++files}.db`), schema, tables)
}

async function openLab(path: string, schema: string, tables: TablesOption): Promise<Lab> {
  const sql = new Database(path)
  sql.pragma('journal_mode = WAL')
  sql.exec(schema)
  const logged: string[] = []
  const adapter = await open(path, tables, logged)
  let cursor: string | null = null
  let n = 0
  const collections = Object.keys(tables).map((name) => ({ name }))
  return {
    path,
    sql,
    adapter,
    logged,
    changes: async () => {
      const page = await adapter.pull({ scope: 'default', collections, cursor, limit: 1_000 }, SIGNAL)
      cursor = page.cursor
      return page.changes
    },
    push: async (...mutations) => {
      const head = await adapter.pull({ scope: 'default', collections, cursor: null, limit: 0 }, SIGNAL)
      const request = { scope: 'default', clientId: 'c', settled: 0, epoch: head.epoch, cursor: head.cursor }
      const whole = mutations.map((mutation) => ({
        id: `c.${++n}`,
        time: TIME,
        schema: 1,
        base: null,
        kind: 'put',
        ...mutation,
      })) as Mutation[]
      return (await adapter.push({ ...request, mutations: whole }, SIGNAL)).results
    },
    versionOf: async (collection, id) => {
      const [record] = await adapter.fetch({ scope: 'default', collection, ids: [id] }, SIGNAL)
      return record?.version ?? 'none'
    },
  }
}

/** Opens the adapter over a file, as another process would. */
export async function open(
  path: string,
  tables: TablesOption,
  logged: string[] = [],
): Promise<BackendAdapter> {
  const adapter = sqliteAdapter({
    path,
    pollIntervalMs: 5,
    ...(Object.keys(tables).length > 0 ? { tables } : {}),
  })
  const context: AdapterContext = {
    collections: Object.keys(tables),
    scopes: [],
    logger: { log: (_level, message, details) => logged.push(`${message} ${JSON.stringify(details)}`) },
    clock: { now: () => Date.now() },
    random: { bytes: (length) => randomBytes(length), next: Math.random },
    traffic: { sent: () => {}, received: () => {} },
  }
  await adapter.open(context)
  return adapter
}

/** A put of an album. */
export const album = (id: number, data: Record<string, Json>): Partial<Mutation> => ({
  collection: 'albums',
  recordId: String(id),
  data: { id: String(id), ...data },
})
