import { SyncError } from '@synclayer/core/adapter'
import type { Database } from 'better-sqlite3'

/**
 * The layout's number. A file with a higher one was written by a newer adapter.
 *
 * 2 added what tables of the user's own need: a process that does not know of them would leave their changes lying.
 * 3 remembers answers by runs; before, each was a row.
 */
const LAYOUT = 3

/*
 * `key` is `feed << 40 | position`: the rows of one scope lie in the order of its feed, a pull is one walk over them, and
 * no position can be given twice. A change moves the row to the feed's end. The shift is done by SQLite, so that no
 * number in JavaScript ever exceeds 2^53.
 *
 * A result is a run of answers: of the client's mutations from `first` to `last`, with the version of the first.
 */
const TABLES = `
CREATE TABLE IF NOT EXISTS synclayer_meta (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS synclayer_feed (
  feed INTEGER PRIMARY KEY,
  scope TEXT NOT NULL UNIQUE,
  epoch TEXT NOT NULL,
  epoch_start INTEGER NOT NULL,
  head INTEGER NOT NULL,
  floor INTEGER NOT NULL,
  records INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS synclayer_mark (
  feed INTEGER NOT NULL,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  PRIMARY KEY (feed, position)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS synclayer_record (
  key INTEGER PRIMARY KEY,
  feed INTEGER NOT NULL,
  collection TEXT NOT NULL,
  id TEXT NOT NULL,
  version TEXT NOT NULL,
  deleted INTEGER NOT NULL,
  time TEXT NOT NULL,
  schema INTEGER NOT NULL,
  mutation TEXT,
  stored_at INTEGER NOT NULL,
  document TEXT,
  UNIQUE (feed, collection, id)
);

CREATE INDEX IF NOT EXISTS synclayer_tombstone ON synclayer_record (feed, stored_at) WHERE deleted = 1;

CREATE TABLE IF NOT EXISTS synclayer_result (
  feed INTEGER NOT NULL,
  client TEXT NOT NULL,
  last INTEGER NOT NULL,
  first INTEGER NOT NULL,
  version TEXT NOT NULL,
  identities TEXT NOT NULL,
  stored_at INTEGER NOT NULL,
  PRIMARY KEY (feed, client, last)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS synclayer_table (
  collection TEXT PRIMARY KEY,
  definition TEXT NOT NULL,
  triggers TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS synclayer_inbox (
  seq INTEGER PRIMARY KEY,
  scope TEXT NOT NULL,
  collection TEXT NOT NULL,
  id TEXT NOT NULL
);

CREATE INDEX IF NOT EXISTS synclayer_inbox_record ON synclayer_inbox (scope, collection, id);
`

/** Before layout 3 a row was one answer: it becomes a run of one. */
const ANSWERS_TO_RUNS = `
ALTER TABLE synclayer_result RENAME COLUMN n TO last;
ALTER TABLE synclayer_result RENAME COLUMN identity TO identities;
ALTER TABLE synclayer_result ADD COLUMN first INTEGER NOT NULL DEFAULT 0;
UPDATE synclayer_result SET first = last;
`

/**
 * Creates what is missing, brings an older layout up to date, and answers the key that cursors are sealed with. Runs in a
 * write transaction; throws NOT_SUPPORTED for a file of a newer layout.
 */
export function createTables(database: Database, newKey: () => string): string {
  database.exec(TABLES)
  const meta = (name: string, value: string): string => {
    database.prepare(`INSERT OR IGNORE INTO synclayer_meta VALUES (?, ?)`).run(name, value)
    return database.prepare(`SELECT value FROM synclayer_meta WHERE name = ?`).pluck().get(name) as string
  }
  const layout = Number(meta('layout', String(LAYOUT)))
  if (layout > LAYOUT) {
    throw new SyncError(
      'NOT_SUPPORTED',
      `The database has layout ${layout}; this adapter knows layout ${LAYOUT}`,
      { details: { layout, known: LAYOUT } },
    )
  }
  if (layout < LAYOUT) {
    // Apart from this, every layout up to now only added tables.
    database.exec(ANSWERS_TO_RUNS)
    database.prepare(`UPDATE synclayer_meta SET value = ? WHERE name = 'layout'`).run(String(LAYOUT))
  }
  return meta('cursor_key', newKey())
}
