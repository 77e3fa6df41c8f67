/** A database with tables that were there before, written to by plain SQL and through sync. */
import type { BackendAdapter, Change, Json, Mutation, PushRequest, PushResult } from '@synclayer/core/adapter'
import { context } from '../calls.ts'
import type { Family, FamilyOptions } from '../family.ts'
import { createLab, type Lab } from '../lab.ts'

export const SIGNAL: AbortSignal = new AbortController().signal
const TIME = '0198abcdef01-0000-00000000000000aa'

type Tables = NonNullable<FamilyOptions['tables']>

export interface TablesLab extends Lab {
  readonly adapter: BackendAdapter
  readonly logged: string[]
  /** Another adapter on the same database; closed with the lab. */
  open(options?: FamilyOptions): Promise<BackendAdapter>
  /** What changed since the last call, in the scope `default`. */
  changes(): Promise<readonly Change[]>
  /** The same, as texts such as `put albums 1`, in order. */
  changed(): Promise<readonly string[]>
  push(...mutations: readonly Partial<Mutation>[]): Promise<readonly PushResult[]>
  versionOf(collection: string, id: string): Promise<string>
}

/** Makes the tables, and opens an adapter that syncs them. */
export async function createTablesLab(
  family: Family,
  schema: readonly string[],
  tables: Tables,
  options: FamilyOptions = {},
): Promise<TablesLab> {
  const lab = await createLab(family.url)
  const logged: string[] = []
  const opened: BackendAdapter[] = []
  const close = async (): Promise<void> => {
    for (const adapter of opened) await adapter.close()
    await lab.close()
  }
  const open = async (own: FamilyOptions = {}): Promise<BackendAdapter> => {
    const adapter = family.adapter({ url: lab.url, pollInterval: 5, ...own })
    opened.push(adapter)
    await adapter.open({
      ...context(),
      logger: { log: (_level, message, details) => logged.push(`${message} ${JSON.stringify(details)}`) },
    })
    return adapter
  }
  try {
    await lab.sql(...schema)
    const adapter = await open({ tables, ...options })
    return { ...lab, ...callsOn(adapter, Object.keys(tables)), adapter, logged, open, close }
  } catch (error) {
    await close()
    throw error
  }
}

function callsOn(
  adapter: BackendAdapter,
  names: readonly string[],
): Pick<TablesLab, 'changes' | 'changed' | 'push' | 'versionOf'> {
  const collections = names.map((name) => ({ name }))
  let cursor: string | null = null
  let n = 0
  const changes = async (): Promise<readonly Change[]> => {
    const page = await adapter.pull({ scope: 'default', collections, cursor, limit: 10_000 }, SIGNAL)
    cursor = page.cursor
    return page.changes
  }
  return {
    changes,
    changed: async () =>
      (await changes()).map(({ kind, collection, id }) => `${kind} ${collection} ${id}`).toSorted(),
    push: async (...mutations) => {
      const request = await requestFor(adapter, 'default', 'c')
      const whole = mutations.map((mutation) => wholeMutation(`c.${++n}`, mutation))
      return (await adapter.push({ ...request, mutations: whole }, SIGNAL)).results
    },
    versionOf: async (collection, id) => {
      const [record] = await adapter.fetch({ scope: 'default', collection, ids: [id] }, SIGNAL)
      return record?.version ?? 'none'
    },
  }
}

/** A request from the head of the feed, without mutations yet. */
export async function requestFor(
  adapter: BackendAdapter,
  scope: string,
  clientId: string,
): Promise<PushRequest> {
  const { epoch, cursor } = await adapter.pull({ scope, collections: [], cursor: null, limit: 0 }, SIGNAL)
  return { scope, clientId, settled: 0, epoch, cursor, mutations: [] }
}

export function wholeMutation(id: string, mutation: Partial<Mutation>): Mutation {
  return { id, time: TIME, schema: 1, base: null, kind: 'put', ...mutation } as Mutation
}

/** A put of a record. */
export function put(collection: string, id: number | string, data: Record<string, Json>): Partial<Mutation> {
  return { collection, recordId: String(id), data: { id: String(id), ...data } }
}

/** Codes of refusals, statuses of the rest. */
export function codes(results: readonly PushResult[]): readonly string[] {
  return results.map((result) => ('code' in result ? result.code : result.status))
}
