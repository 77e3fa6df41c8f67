/** A backend within the page that holds some documents and costs no more than the parsing of their JSON. */
import type { BackendAdapter, Change, Json, PullRequest, PullResponse } from '@synclayer/core/adapter'
import { todo } from './documents.ts'

const EPOCH = 'bench'

/** The documents as the JSON that a server would send. */
export function feedTexts(count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => JSON.stringify(todo(at)))
}

/** Answers pulls; has nothing to push to. */
export function feedAdapter(texts: readonly string[]): BackendAdapter {
  return {
    name: 'bench',
    capabilities: {
      consistency: 'strict',
      orderedVersions: true,
      patch: true,
      groups: true,
      realtime: false,
      memory: 'full',
      maxBatch: 500,
      maxRecordBytes: 1_000_000,
    },
    open: () => Promise.resolve(),
    close: () => Promise.resolve(),
    fetch: () => Promise.resolve([]),
    push: () => Promise.resolve({ results: [], serverTime: null }),
    pull: (request) => Promise.resolve(pullFrom(texts, request)),
  }
}

function pullFrom(texts: readonly string[], { cursor, limit }: PullRequest): PullResponse {
  const from = limit === 0 ? texts.length : Number(cursor?.split('.')[1] ?? 0)
  const to = Math.min(from + limit, texts.length)
  const changes = texts.slice(from, to).map((text, at) => changeOf(text, from + at))
  return {
    changes,
    cursor: `${EPOCH}.${to}`,
    epoch: EPOCH,
    hasMore: to < texts.length,
    remaining: texts.length - to,
    serverTime: null,
  }
}

function changeOf(text: string, at: number): Change {
  const data = JSON.parse(text) as { readonly id: string; readonly [name: string]: Json }
  const time = `${(1_700_000_000_000 + at).toString(16).padStart(12, '0')}-0000-${'b'.repeat(16)}`
  return {
    kind: 'put',
    collection: 'todos',
    id: data.id,
    version: `${EPOCH}.${String(at).padStart(9, '0')}`,
    deleted: false,
    data,
    time,
    schema: 1,
  }
}
