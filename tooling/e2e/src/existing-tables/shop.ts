/** A shop's database as it was before there was sync, in any database that has tables. A new one is a `ShopKind`. */
import type { BackendAdapter } from '@synclayer/core'

/** What is the same in every database, by its plain driver. Names are quoted by `"`, values are given for `?`. */
export interface ShopKind {
  /** The name of its adapter. */
  readonly adapter: string
  /** Makes an empty database. Rejects with `ServerMissing` where this machine has no such server. */
  open(): Promise<Shop>
}

export interface Shop {
  readonly product: string
  /** The adapter over it, with the tables of {@link SHOP_TABLES}, as a process of its own would have it. */
  createAdapter(): BackendAdapter
  /** Another program: it has a connection of its own, and knows nothing of sync. */
  connect(): Promise<Program>
  remove(): Promise<void>
}

export interface Program {
  /** Runs statements in one transaction, which it undoes unless they are to be kept. */
  transaction(statements: readonly Statement[], isKept: boolean): Promise<void>
  query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>
  close(): Promise<void>
}

export interface Statement {
  readonly sql: string
  readonly values: readonly (string | number)[]
}

/** A part of Chinook, with columns that the shop's programs count in, and others that the app's users count in. */
export const SHOP_SCHEMA: readonly string[] = [
  `CREATE TABLE "Artist" ("ArtistId" integer NOT NULL PRIMARY KEY, "Name" varchar(120) NOT NULL)`,
  `CREATE TABLE "Album" ("AlbumId" integer NOT NULL PRIMARY KEY, "Title" varchar(160) DEFAULT 'untitled' NOT NULL,
    "ArtistId" integer NOT NULL, FOREIGN KEY ("ArtistId") REFERENCES "Artist" ("ArtistId"))`,
  `CREATE TABLE "Track" ("TrackId" integer NOT NULL PRIMARY KEY, "Name" varchar(200) NOT NULL, "AlbumId" integer NOT NULL,
    "UnitPrice" numeric(10, 2) NOT NULL, "Plays" integer DEFAULT 0 NOT NULL, "Likes" integer DEFAULT 0 NOT NULL,
    FOREIGN KEY ("AlbumId") REFERENCES "Album" ("AlbumId"))`,
  `CREATE TABLE "Customer" ("CustomerId" integer NOT NULL PRIMARY KEY, "Email" varchar(60) NOT NULL UNIQUE)`,
  `CREATE TABLE "Invoice" ("InvoiceId" integer NOT NULL PRIMARY KEY, "CustomerId" integer NOT NULL,
    "Total" numeric(10, 2) NOT NULL CHECK ("Total" >= 0),
    FOREIGN KEY ("CustomerId") REFERENCES "Customer" ("CustomerId") ON DELETE CASCADE)`,
]

export const SHOP_TABLES = {
  artists: { table: 'Artist', id: 'ArtistId', fields: { name: 'Name' } },
  albums: { table: 'Album', id: 'AlbumId', fields: { title: 'Title', artistId: 'ArtistId' } },
  tracks: {
    table: 'Track',
    id: 'TrackId',
    fields: { name: 'Name', albumId: 'AlbumId', price: 'UnitPrice', plays: 'Plays', likes: 'Likes' },
  },
  customers: { table: 'Customer', id: 'CustomerId', fields: { email: 'Email' } },
  invoices: { table: 'Invoice', id: 'InvoiceId', fields: { customerId: 'CustomerId', total: 'Total' } },
} as const

/** Rows that nobody ever deletes. */
export const LASTING = { artists: 5, albums: 8, tracks: 20, customers: 6 } as const

export const SHOP_ROWS: readonly Statement[] = [
  ...rows(LASTING.artists, (n) => ({
    sql: `INSERT INTO "Artist" VALUES (?, ?)`,
    values: [n, `Artist ${n}`],
  })),
  ...rows(LASTING.albums, (n) => ({
    sql: `INSERT INTO "Album" VALUES (?, ?, ?)`,
    values: [n, `Album ${n}`, 1 + (n % LASTING.artists)],
  })),
  ...rows(LASTING.tracks, (n) => ({
    sql: `INSERT INTO "Track" VALUES (?, ?, ?, ?, 0, 0)`,
    values: [n, `Track ${n}`, 1 + (n % LASTING.albums), '0.99'],
  })),
  ...rows(LASTING.customers, (n) => ({
    sql: `INSERT INTO "Customer" VALUES (?, ?)`,
    values: [n, `${n}@example.com`],
  })),
  ...rows(LASTING.customers, (n) => ({
    sql: `INSERT INTO "Invoice" VALUES (?, ?, ?)`,
    values: [n, n, '1.98'],
  })),
]

function rows(many: number, row: (n: number) => Statement): readonly Statement[] {
  return Array.from({ length: many }, (_, index) => row(index + 1))
}
