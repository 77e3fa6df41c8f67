/** A database with tables of its own, the adapter over them, and plain SQL beside it. */
import type { TablesOption } from '@synclayer/adapter-kit'
import type {
  AdapterContext,
  BackendAdapter,
  Change,
  Mutation,
  PushResult,
  RemoteRecord,
} from '@synclayer/core/adapter'
import { randomBytes } from 'node:crypto'
import { afterEach } from 'vitest'
import type { PostgresAdapterOptions } from '../options.ts'
import { postgresAdapter } from '../postgres-adapter.ts'
import { openTestServer, type TestDatabase } from './test-database.ts'

export const SIGNAL: AbortSignal = new AbortController().signal
export const TIME = '0198abcdef01-0000-00000000000000aa'

/** A mutation of which only what matters is said. */
export type Edit = Partial<Mutation> & Pick<Mutation, 'collection' | 'recordId'>

export interface TableLab {
  readonly database: TestDatabase
  /** Runs plain SQL, as another program would. */
  readonly sql: TestDatabase['query']
  readonly adapter: BackendAdapter
  readonly logged: string[]
  /** Opens the adapter once more, as another process would. */
  open(options?: Partial<PostgresAdapterOptions>): Promise<BackendAdapter>
  /** What changed since the last call, in the scope `default`. */
  changes(): Promise<readonly Change[]>
  /** Pushes into a scope, `default` when left out, as one client. */
  push(edits: readonly Edit[], scope?: string): Promise<readonly PushResult[]>
  fetch(collection: string, id: string): Promise<RemoteRecord | undefined>
  close(): Promise<void>
}

/** Labs for the tests of a file, each closed at the end of its test. */
export function tableLabs(): typeof openTableLab {
  const labs: TableLab[] = []
  afterEach(async () => {
    await Promise.all(labs.splice(0).map((each) => each.close()))
  })
  return async (schema, tables) => {
    const opened = await openTableLab(schema, tables)
    labs.push(opened)
    return opened
  }
}

export async function openTableLab(schema: string, tables: TablesOption): Promise<TableLab> {
  const database = await (await openTestServer()).createDatabase()
  const logged: string[] = []
  const adapters: BackendAdapter[] = []
  const open = async (options: Partial<PostgresAdapterOptions> = {}): Promise<BackendAdapter> => {
    const opened = postgresAdapter({ url: database.url, pollInterval: 20, ...options })
    await opened.open(contextOf(logged))
    adapters.push(opened)
    return opened
  }
  const close = async (): Promise<void> => {
    await Promise.all(adapters.map((each) => each.close()))
    await database.drop()
  }
  try {
    await database.query(schema)
    const adapter = await open({ tables })
    return {
      ...labOf(adapter, Object.keys(tables)),
      database,
      sql: database.query,
      adapter,
      logged,
      open,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

function labOf(
  adapter: BackendAdapter,
  names: readonly string[],
): Pick<TableLab, 'changes' | 'push' | 'fetch'> {
  const collections = names.map((name) => ({ name }))
  let cursor: string | null = null
  let n = 0
  return {
    changes: async () => {
      const changes: Change[] = []
      for (;;) {
        const page = await adapter.pull({ scope: 'default', collections, cursor, limit: 1_000 }, SIGNAL)
        cursor = page.cursor
        changes.push(...page.changes)
        if (!page.hasMore) return changes
      }
    },
    push: async (edits, scope = 'default') => {
      const mutations = edits.map((edit): Mutation => ({
        id: `c.${++n}`,
        time: TIME,
        schema: 1,
        base: null,
        kind: 'put',
        ...edit,
      }))
      return pushAs(adapter, 'c', mutations, scope)
    },
    fetch: async (collection, id) => {
      const [record] = await adapter.fetch({ scope: 'default', collection, ids: [id] }, SIGNAL)
      return record
    },
  }
}

/** Pushes with a cursor that is good now. */
export async function pushAs(
  adapter: BackendAdapter,
  clientId: string,
  mutations: readonly Mutation[],
  scope = 'default',
): Promise<readonly PushResult[]> {
  const head = await adapter.pull({ scope, collections: [], cursor: null, limit: 0 }, SIGNAL)
  const { epoch, cursor } = head
  const request = { scope, clientId, settled: 0, epoch, cursor, mutations }
  return (await adapter.push(request, SIGNAL)).results
}

function contextOf(logged: string[] = []): AdapterContext {
  return {
    collections: [],
    scopes: [],
    logger: { log: (_level, message, details) => logged.push(`${message} ${JSON.stringify(details)}`) },
    clock: { now: () => Date.now() },
    random: { bytes: (length) => randomBytes(length), next: Math.random },
    traffic: { sent: () => {}, received: () => {} },
  }
}

/** The code of a refusal, else the status. */
export function codeOf(result: PushResult | undefined): string | undefined {
  return result !== undefined && 'code' in result ? result.code : result?.status
}
