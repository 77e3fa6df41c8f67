/**
 * The tables, and the row types that the functions hand to each other.
 *
 * One row of `feed` for each scope: whoever writes to the scope locks it first and keeps it to the end of the
 * transaction, so positions are given in the order of commits and without gaps (A1). A change moves its record's row to
 * the feed's end: `(feed, position)` is the feed, compacted.
 *
 * Names are compared byte by byte, whatever the collation of the database.
 */
export const tablesSql = (s: string): string => `
CREATE TABLE ${s}.meta (
  name text PRIMARY KEY,
  value text NOT NULL
);

CREATE TABLE ${s}.feed (
  feed integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  scope text COLLATE "C" NOT NULL UNIQUE,
  epoch text COLLATE "C" NOT NULL,
  -- The head as the epoch began: above 0 where an earlier history was given up.
  epoch_start bigint NOT NULL DEFAULT 0,
  head bigint NOT NULL DEFAULT 0,
  floor bigint NOT NULL DEFAULT 0,
  -- Rows of the scope, tombstones included.
  records bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 40);

CREATE TABLE ${s}.mark (
  feed integer NOT NULL,
  position bigint NOT NULL,
  name text COLLATE "C" NOT NULL,
  incarnation text NOT NULL,
  made_at bigint NOT NULL,
  PRIMARY KEY (feed, position)
);

CREATE TABLE ${s}.record (
  feed integer NOT NULL,
  position bigint NOT NULL,
  stored_at bigint NOT NULL,
  schema bigint NOT NULL,
  -- Bytes of the document's text: pages are bounded by it without reading documents.
  size integer NOT NULL,
  deleted boolean NOT NULL,
  collection text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  version text COLLATE "C" NOT NULL,
  time text COLLATE "C" NOT NULL,
  mutation text COLLATE "C",
  document jsonb,
  PRIMARY KEY (feed, collection, id),
  CONSTRAINT record_position UNIQUE (feed, position)
);

CREATE INDEX record_tombstone ON ${s}.record (feed, stored_at) WHERE deleted;

-- Accepted mutations, remembered by runs: those of a client with the numbers from first to last, written one after another in
-- one transaction. version: of the first; the others have the positions that follow. identities: one a line. Under the
-- feed's lock no number comes into two runs.
CREATE TABLE ${s}.result (
  feed integer NOT NULL,
  last bigint NOT NULL,
  first bigint NOT NULL,
  stored_at bigint NOT NULL,
  client text COLLATE "C" NOT NULL,
  version text COLLATE "C" NOT NULL,
  identities text COLLATE "C" NOT NULL,
  PRIMARY KEY (feed, client, last)
);

-- What other programs changed in tables of their own, and the feed has not told yet.
CREATE TABLE ${s}.inbox (
  entry bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  scope text COLLATE "C" NOT NULL,
  collection text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL
);

CREATE INDEX inbox_record ON ${s}.inbox (scope, collection, id);

-- Which fields of a collection filters find by an index.
CREATE TABLE ${s}.filter_index (
  collection text COLLATE "C" NOT NULL,
  paths jsonb NOT NULL,
  name text NOT NULL UNIQUE,
  PRIMARY KEY (collection, paths)
);

-- Where a cursor stands. walk_to: in a snapshot, how far it has come.
CREATE TYPE ${s}.place AS (
  epoch text,
  position bigint,
  mark text,
  walk_to bigint,
  walk_rows bigint
);

-- A mutation, staged. request: the place of its request in the push. unit: mutations of one are applied together.
-- refusal: why it can never be applied, or not now.
CREATE TYPE ${s}.mutation AS (
  request integer,
  unit integer,
  "group" text COLLATE "C",
  id text COLLATE "C",
  client text COLLATE "C",
  n bigint,
  collection text COLLATE "C",
  record_id text COLLATE "C",
  kind text COLLATE "C",
  base text COLLATE "C",
  sent_time text COLLATE "C",
  time text COLLATE "C",
  schema bigint,
  document jsonb,
  size integer,
  patch jsonb,
  refusal jsonb
);

-- Mutations that were checked already: a line of each column for each. unit: the place of the first of its group, empty where it
-- has none. base: empty where nothing is stored. content: the document of a put, or the patch, as JSON; empty for a delete.
CREATE TYPE ${s}.checked_columns AS (
  request text,
  unit text,
  n text,
  collection text,
  record_id text,
  kind text,
  base text,
  "time" text,
  schema text,
  content text
);

-- A record as pull and fetch give it. The last row of an answer has no collection: its document says how the answer ends.
CREATE TYPE ${s}.row AS (
  collection text,
  id text,
  version text,
  deleted boolean,
  "time" text,
  schema bigint,
  mutation text,
  document text,
  cursor text
);
`
