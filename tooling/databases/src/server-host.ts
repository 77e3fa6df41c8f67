/** Databases that live in a server. */
import { randomBytes } from 'node:crypto'
import { ownServer, type RunningServer, server } from '@synclayer/servers'
import type { DatabaseHost, DatabaseKind, StoredDocument, TestDatabase } from './database.ts'

/** A connection of the plain driver. */
export interface PlainConnection {
  /** Runs a statement that gives nothing. */
  run(sql: string): Promise<void>
  /** The column `document` of what the statement finds, in which the name of the collection is the one value. */
  documents(sql: string, collection: string): Promise<readonly (string | StoredDocument)[]>
  close(): Promise<void>
}

export interface ServerKind {
  readonly adapter: string
  connect(url: string): Promise<PlainConnection>
  /** `?` stands for the name of a database, all of whose characters are harmless. */
  readonly createSql: string
  readonly dropSql: string
  /** Finds the documents of a collection that are not deleted, in the order of their ids. */
  readonly documentsSql: string
}

/** The server has the name of its adapter. */
export function serverKind(kind: ServerKind): DatabaseKind {
  return {
    adapter: kind.adapter,
    async open(whose): Promise<DatabaseHost> {
      if (whose === 'shared') {
        const shared = await server(kind.adapter)
        return { server: null, create: () => createDatabase(kind, shared), end: () => Promise.resolve() }
      }
      const own = await ownServer(kind.adapter)
      return { server: own, create: () => createDatabase(kind, own), end: () => own.end() }
    },
  }
}

async function createDatabase(kind: ServerKind, running: RunningServer): Promise<TestDatabase> {
  const name = `synclayer_${randomBytes(6).toString('hex')}`
  await once(kind, running.url, (connection) => connection.run(kind.createSql.replace('?', name)))
  const url = new URL(running.url)
  url.pathname = `/${name}`
  const reader = createReader(kind, url.href)
  return {
    adapter: kind.adapter,
    place: { url: url.href },
    product: `${running.product} ${running.version}`,
    documents: (collection) => reader.documents(collection),
    async remove() {
      await reader.close()
      await once(kind, running.url, (connection) => connection.run(kind.dropSql.replace('?', name)))
    },
  }
}

/** Reads by one connection, until it breaks; then by another. */
function createReader(
  kind: ServerKind,
  url: string,
): Pick<TestDatabase, 'documents'> & { close(): Promise<void> } {
  let connecting: Promise<PlainConnection> | undefined
  const close = async (): Promise<void> => {
    const last = connecting
    connecting = undefined
    await last?.then((connection) => connection.close()).catch(() => undefined)
  }
  return {
    async documents(collection) {
      try {
        connecting ??= kind.connect(url)
        const found = await (await connecting).documents(kind.documentsSql, collection)
        return found.map((document) =>
          typeof document === 'string' ? (JSON.parse(document) as StoredDocument) : document,
        )
      } catch (error) {
        await close()
        throw error
      }
    },
    close,
  }
}

async function once(
  kind: ServerKind,
  url: string,
  use: (connection: PlainConnection) => Promise<void>,
): Promise<void> {
  const connection = await kind.connect(url)
  try {
    await use(connection)
  } finally {
    await connection.close()
  }
}
