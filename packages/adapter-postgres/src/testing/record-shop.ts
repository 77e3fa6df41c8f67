/** A record shop's tables, as they were before anyone thought of sync. */
import type { TablesOption } from '@synclayer/adapter-kit'
import type { Json } from '@synclayer/core/adapter'
import type { Edit } from './table-lab.ts'

export const SCHEMA = `
CREATE TABLE "Artist" ("ArtistId" integer PRIMARY KEY, "Name" varchar(120) NOT NULL CONSTRAINT one_name UNIQUE);
CREATE TABLE "Album" (
  "AlbumId" integer PRIMARY KEY,
  "Title" text NOT NULL DEFAULT 'untitled',
  "ArtistId" integer NOT NULL CONSTRAINT of_artist REFERENCES "Artist" ON DELETE CASCADE,
  "Price" numeric(10, 2) CONSTRAINT no_debt CHECK ("Price" >= 0),
  "Cover" bytea,
  "Tags" jsonb,
  "Live" boolean NOT NULL DEFAULT false,
  "Shout" text GENERATED ALWAYS AS (upper("Title")) STORED
);
INSERT INTO "Artist" VALUES (1, 'AC/DC'), (2, 'Accept');
INSERT INTO "Album" ("AlbumId", "Title", "ArtistId", "Price", "Tags") VALUES (1, 'Let There Be Rock', 1, 9.5, '["hard"]');
`
export const TABLES: TablesOption = {
  artists: { table: 'Artist', id: 'ArtistId', fields: { name: 'Name' } },
  albums: { table: 'Album', id: 'AlbumId' },
}

/** A put of an artist; one without a name misses what it needs. */
export const artist = (id: number | string, name?: string): Edit => ({
  collection: 'artists',
  recordId: String(id),
  data: { id: String(id), ...(name === undefined ? {} : { name }) },
})
/** A put of an album. */
export const album = (id: number | string, data: Record<string, Json>): Edit => ({
  collection: 'albums',
  recordId: String(id),
  data: { id: String(id), ...data },
})
