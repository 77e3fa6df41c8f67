/** For tests: the GET of a plain backend, with the habits plain backends have, as a `fetch` of its own. */
import type { BackendAdapter, PullRequest } from '@synclayer/core/adapter'
import { createVirtualTime, type LoggedLine, testDeps } from '@synclayer/core/testing'
import { restAdapter } from '../rest-adapter.ts'

export interface PlainRecord {
  readonly recordId: string
  readonly data?: unknown
  readonly version?: unknown
  readonly updatedAt: unknown
  readonly deleted?: unknown
}

export interface Habits {
  /** What is stored, by collection, in the order it is given. */
  readonly stored: Record<string, PlainRecord[]>
  /** The most records of one answer, whatever is asked for. */
  readonly cap?: number
  readonly ignoresLimit?: boolean
  readonly ignoresSince?: boolean
  /** Gives only what is later than `since`, and not what is equal. */
  readonly isStrict?: boolean
  readonly order?: 'rising' | 'falling' | 'stored'
  /** Answers in place of all that. */
  readonly answer?: (url: URL, count: number) => Response | undefined
}

/** The time of the tests' clock. */
export const NOW: number = Date.UTC(2026, 5, 1)

export interface OpenedPlain {
  readonly adapter: BackendAdapter
  readonly asked: readonly URL[]
  readonly logged: readonly LoggedLine[]
}

/** What pulls to the end gave. */
export interface Pulled {
  readonly ids: readonly string[]
  /** The version that was given last, by id. */
  readonly latest: ReadonlyMap<string, string>
  readonly cursor: string
  readonly pages: number
}

/** An opened adapter, what it was asked, and what it warned of. */
export async function openPlain(habits: Habits): Promise<OpenedPlain> {
  const asked: URL[] = []
  const deps = testDeps({ time: createVirtualTime(NOW) })
  const fetch = async (input: unknown): Promise<Response> => {
    const url = new URL(String(input))
    asked.push(url)
    return habits.answer?.(url, asked.length) ?? json(listed(habits, url))
  }
  const adapter = restAdapter({
    url: 'https://plain.test',
    dialect: 'simple',
    fetch: fetch as typeof globalThis.fetch,
  })
  await adapter.open({
    ...deps,
    collections: Object.keys(habits.stored),
    scopes: ['default'],
    traffic: { sent: () => undefined, received: () => undefined },
  })
  return { adapter, asked, logged: deps.logged }
}

export function json(body: unknown, status: number = 200): Response {
  return new Response(JSON.stringify(body), { status })
}

/** Pulls to the end, as the engine does. A backend that leads it in circles fails here. */
export async function pullAll(
  adapter: BackendAdapter,
  options: { readonly cursor?: string | null; readonly limit?: number } = {},
): Promise<Pulled> {
  const { limit = 10 } = options
  let { cursor = null } = options
  const latest = new Map<string, string>()
  for (let pages = 1; ; pages++) {
    if (pages > 1_000) throw new Error('There is no end to it')
    const page = await adapter.pull(pullOf(cursor, limit), AbortSignal.timeout(5_000))
    for (const change of page.changes) latest.set(change.id, change.version)
    if (page.hasMore && page.cursor === cursor) throw new Error('The cursor does not move')
    ;({ cursor } = page)
    if (!page.hasMore) return { ids: [...latest.keys()].toSorted(), latest, cursor: page.cursor, pages }
  }
}

/** A pull of `todos`. */
export function pullOf(cursor: string | null, limit: number): PullRequest {
  return { scope: 'default', collections: [{ name: 'todos' }], cursor, limit }
}

/** Records of one collection, each so many milliseconds after the one before. */
export function records(count: number, stepMs: number, from: number = Date.UTC(2026, 0, 1)): PlainRecord[] {
  return Array.from({ length: count }, (_, n) => ({
    recordId: `r${String(n).padStart(5, '0')}`,
    data: { n },
    version: 1,
    updatedAt: new Date(from + n * stepMs).toISOString(),
  }))
}

function listed({ stored, ...habits }: Habits, url: URL): readonly PlainRecord[] {
  const all = stored[url.pathname.slice('/sync/'.length)] ?? []
  const since = habits.ignoresSince === true ? '' : (url.searchParams.get('since') ?? '')
  const after = all.filter(({ updatedAt }) =>
    habits.isStrict === true ? String(updatedAt) > since : String(updatedAt) >= since,
  )
  const rising = after.toSorted((a, b) => (String(a.updatedAt) < String(b.updatedAt) ? -1 : 1))
  const { order = 'rising' } = habits
  const sorted = order === 'stored' ? after : order === 'rising' ? rising : rising.toReversed()
  const limit = habits.ignoresLimit === true ? Infinity : Number(url.searchParams.get('limit'))
  return sorted.slice(0, Math.min(limit, habits.cap ?? Infinity))
}
