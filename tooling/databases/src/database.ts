/** A database under test: empty at first, and nobody else's. */
export interface TestDatabase {
  /** The name of its adapter, as the reference server takes it. */
  readonly adapter: string
  /** Where it is, as its adapter and the reference server take it. */
  readonly place: DatabasePlace
  /** What it is, such as `PostgreSQL 15.14`. */
  readonly product: string
  /**
   * The documents of a collection that are stored and not deleted, as of one moment, in the order of their ids, read by the
   * plain driver. Rejects while the server is down.
   */
  documents(collection: string): Promise<readonly StoredDocument[]>
  /** Removes it. */
  remove(): Promise<void>
}

export type DatabasePlace = { readonly path: string } | { readonly url: string }

export type StoredDocument = Readonly<Record<string, unknown>> & { readonly id: string }

/** Where databases of one kind are made. */
export interface DatabaseHost {
  /** Makes an empty one. */
  create(): Promise<TestDatabase>
  /** The server they are in, where that is one of its own; null where they are files, or the server is shared. */
  readonly server: HostServer | null
  /** Ends the server where it is one of its own. */
  end(): Promise<void>
}

/** A server that may be ended and started again on its data. */
export interface HostServer {
  /** At once, as a crash would. */
  kill(): Promise<void>
  /** As it should be. */
  stop(): Promise<void>
  /** Resolves once it answers. */
  start(): Promise<void>
}

/** A kind of database: what the tests know of it is said here once. */
export interface DatabaseKind {
  /** The name of its adapter. */
  readonly adapter: string
  /** The shared server, or one of its own, to be killed. Rejects with `ServerMissing` where this machine has none. */
  open(whose: 'shared' | 'own'): Promise<DatabaseHost>
}
