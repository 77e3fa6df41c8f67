import { sqliteAdapter } from '@synclayer/adapter-sqlite'
import type { PullResponse, PushResponse, RemoteRecord } from '@synclayer/core/adapter'
import type { Hello } from '@synclayer/core/protocol'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSyncServer } from './create-sync-server.ts'
import { serveSync, type Serving } from './node/serve-sync.ts'

const folder = mkdtempSync(join(tmpdir(), 'synclayer-server-'))
const TIME = '0198abcdef01-0000-00000000000000aa'
let serving: Serving

beforeAll(async () => {
  const server = createSyncServer({
    adapter: sqliteAdapter({ path: join(folder, 'backend.db') }),
    authenticate: ({ token }) => (token === null ? null : { id: token, scopes: ['default'] }),
  })
  serving = await serveSync({ server, port: 0 })
})
afterAll(async () => {
  await serving.close()
  rmSync(folder, { recursive: true })
})

async function call<Answer>(path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(serving.url + path, {
    headers: { Authorization: 'Bearer ada', 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  })
  expect(response.status).toBe(200)
  return (await response.json()) as Answer
}

describe('createSyncServer', () => {
  test('serves the whole protocol over a database and node:http', async () => {
    expect((await fetch(`${serving.url}/ready`)).status).toBe(200)
    const hello = await call<Hello>('/sync')
    expect(hello).toMatchObject({ protocol: 1, capabilities: { consistency: 'strict', realtime: true } })

    const collections = [{ name: 'todos' }]
    const pull = { scope: 'default', collections, cursor: null, limit: 0 }
    const { cursor, epoch } = await call<PullResponse>('/sync/pull', pull)
    const mutation = {
      id: 'phone.1',
      collection: 'todos',
      recordId: 'r1',
      kind: 'put',
      base: null,
      data: { id: 'r1', text: 'Milk' },
      time: TIME,
      schema: 1,
    }
    const push = { scope: 'default', clientId: 'phone', settled: 0, epoch, cursor, mutations: [mutation] }
    const { results } = await call<PushResponse>('/sync/push', push)
    expect(results).toMatchObject([{ id: 'phone.1', status: 'accepted' }])

    const page = await call<PullResponse>('/sync/pull', { ...pull, cursor, limit: 100 })
    const record = { collection: 'todos', id: 'r1', data: mutation.data, deleted: false, mutation: 'phone.1' }
    expect(page).toMatchObject({ changes: [{ kind: 'put', ...record, time: TIME }], hasMore: false })
    expect(page.changes[0]).not.toHaveProperty('text')
    const fetched = { scope: 'default', collection: 'todos', ids: ['r1', 'r2'] }
    expect(await call<RemoteRecord[]>('/sync/fetch', fetched)).toMatchObject([record])
  })
})
