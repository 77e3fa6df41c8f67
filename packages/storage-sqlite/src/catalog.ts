/**
 * What the store knows of its collections and their indexes.
 *
 * Tables are numbered, because SQLite takes names that differ in case for the same. Each index has a slot, a column `k0`,
 * `k1`, … of its table. A table is renamed, to its next generation, whenever its indexes or the version of its documents
 * change: the prepared statements of any other process then fail, instead of writing rows without the new keys, or of a
 * former shape (ST10).
 */
import type { CollectionSchema } from '@synclayer/core/storage'
import type Database from 'better-sqlite3'

/** One declared collection. */
export interface CatalogEntry {
  readonly name: string
  readonly number: number
  readonly generation: number
  readonly table: string
  /** The columns of the declared indexes, in the order of the schema. */
  readonly indexes: readonly { readonly name: string; readonly column: string; readonly index: string }[]
}

interface Registered {
  readonly number: number
  readonly generation: number
  /** How many key columns the table has. */
  readonly slots: number
  /** The schema version of the documents; null until one is declared. */
  readonly version: number | null
}

/** Makes the tables that every store has. */
export function createTables(database: Database.Database): void {
  database.exec(`
    CREATE TABLE counters (name TEXT PRIMARY KEY NOT NULL, value INTEGER NOT NULL) WITHOUT ROWID;
    INSERT INTO counters VALUES ('blocks', 1), ('flushes', 0);
    CREATE TABLE collections (
      number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, generation INTEGER NOT NULL, slots INTEGER NOT NULL,
      version INTEGER
    );
    CREATE TABLE indexes (
      collection INTEGER NOT NULL, name TEXT NOT NULL, slot INTEGER NOT NULL, PRIMARY KEY (collection, name)
    ) WITHOUT ROWID;
    CREATE TABLE entries (
      name TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL, revision INTEGER NOT NULL, checksum INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE set_aside (
      number INTEGER PRIMARY KEY, collection TEXT NOT NULL,
      id, revision, lane, ord, checksum, scope, sync, base, document
    );
  `)
}

/** What a store of format 1 lacks. */
export function addVersions(database: Database.Database): void {
  database.exec('ALTER TABLE collections ADD COLUMN version INTEGER')
}

/** Makes, upgrades and describes the tables of the declared collections. Within a transaction. */
export function declareCollections(
  database: Database.Database,
  schemas: readonly CollectionSchema[],
): ReadonlyMap<string, CatalogEntry> {
  return new Map(schemas.map((schema) => [schema.name, declareCollection(database, schema)]))
}

/** The first of these collections that another handle has declared otherwise since; undefined where none was. */
export function outdatedIn(
  database: Database.Database,
  catalog: ReadonlyMap<string, CatalogEntry>,
): string | undefined {
  const generationOf = database.prepare('SELECT generation FROM collections WHERE number = ?').pluck()
  const isOutdated = ({ number, generation }: CatalogEntry): boolean =>
    generationOf.get(number) !== generation
  return [...catalog.values()].find(isOutdated)?.name
}

/** The tables of all collections, those that are not declared too. */
export function allTables(database: Database.Database): string[] {
  const registered = database
    .prepare<[], Registered>('SELECT number, generation, slots, version FROM collections')
    .all()
  return registered.map(tableName)
}

function declareCollection(
  database: Database.Database,
  { name, indexes, version }: CollectionSchema,
): CatalogEntry {
  let registered = register(database, name, version ?? null)
  const slots = slotsByIndex(database, registered.number)
  const dropped = [...slots.keys()].filter((index) => !indexes.includes(index))
  const added = indexes.filter((index) => !slots.has(index))
  const isOther = version !== undefined && version !== registered.version
  if (isOther || dropped.length > 0 || added.length > 0) {
    registered = renameTable(database, { ...registered, version: version ?? registered.version })
    for (const index of dropped) dropIndex(database, registered, index, slots.get(index)!)
    for (const index of added) registered = addIndex(database, registered, index)
  }
  const present = slotsByIndex(database, registered.number)
  return {
    name,
    number: registered.number,
    generation: registered.generation,
    table: tableName(registered),
    indexes: indexes.map((index) => {
      const slot = present.get(index)!
      return { name: index, column: `k${slot}`, index: indexName(registered, slot) }
    }),
  }
}

function register(database: Database.Database, name: string, version: number | null): Registered {
  const registered = database
    .prepare<[string], Registered>(
      'SELECT number, generation, slots, version FROM collections WHERE name = ?',
    )
    .get(name)
  if (registered !== undefined) return registered
  const added = database
    .prepare('INSERT INTO collections (name, generation, slots, version) VALUES (?, 1, 0, ?)')
    .run(name, version)
  const created = { number: Number(added.lastInsertRowid), generation: 1, slots: 0, version }
  const table = tableName(created)
  database.exec(`
    CREATE TABLE ${table} (
      id TEXT PRIMARY KEY NOT NULL, revision INTEGER NOT NULL, lane INTEGER, ord INTEGER NOT NULL,
      checksum INTEGER NOT NULL, scope TEXT NOT NULL, sync TEXT NOT NULL, base TEXT, document TEXT
    );
    CREATE INDEX outbox_${created.number} ON ${table} (lane, scope, ord) WHERE lane IS NOT NULL;
  `)
  return created
}

function renameTable(database: Database.Database, old: Registered): Registered {
  const renamed = { ...old, generation: old.generation + 1 }
  database.exec(`ALTER TABLE ${tableName(old)} RENAME TO ${tableName(renamed)}`)
  database
    .prepare('UPDATE collections SET generation = ?, version = ? WHERE number = ?')
    .run(renamed.generation, renamed.version, old.number)
  return renamed
}

/** The column stays, empty, for the next index that is declared. */
function dropIndex(database: Database.Database, registered: Registered, name: string, slot: number): void {
  database.exec(`
    DROP INDEX ${indexName(registered, slot)};
    UPDATE ${tableName(registered)} SET k${slot} = NULL WHERE k${slot} IS NOT NULL;
  `)
  database.prepare('DELETE FROM indexes WHERE collection = ? AND name = ?').run(registered.number, name)
}

function addIndex(database: Database.Database, registered: Registered, name: string): Registered {
  const { number, slots } = registered
  const used = new Set(slotsByIndex(database, number).values())
  let slot = 0
  while (used.has(slot)) slot += 1
  const table = tableName(registered)
  if (slot === slots) {
    database.exec(`ALTER TABLE ${table} ADD COLUMN k${slot} BLOB`)
    database.prepare('UPDATE collections SET slots = ? WHERE number = ?').run(slots + 1, number)
  }
  database.exec(`
    CREATE INDEX ${indexName(registered, slot)} ON ${table} (k${slot}, id) WHERE k${slot} IS NOT NULL
  `)
  database.prepare('INSERT INTO indexes (collection, name, slot) VALUES (?, ?, ?)').run(number, name, slot)
  return { ...registered, slots: Math.max(slots, slot + 1) }
}

function slotsByIndex(database: Database.Database, number: number): ReadonlyMap<string, number> {
  const rows = database
    .prepare<[number], { readonly name: string; readonly slot: number }>(
      'SELECT name, slot FROM indexes WHERE collection = ?',
    )
    .all(number)
  return new Map(rows.map(({ name, slot }) => [name, slot]))
}

function tableName({ number, generation }: Pick<Registered, 'number' | 'generation'>): string {
  return `records_${number}_${generation}`
}

function indexName({ number }: Pick<Registered, 'number'>, slot: number): string {
  return `records_${number}_k${slot}`
}
