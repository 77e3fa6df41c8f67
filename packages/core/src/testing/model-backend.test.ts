import { describe, expect, test } from 'vitest'
import type { BackendAdapter } from '../ports/adapter.ts'
import type { Change, PullResponse, PushResponse } from '../protocol/messages.ts'
import { createModelBackend } from './model-backend.ts'
import { at } from './record-fixtures.ts'

const SIGNAL = new AbortController().signal

/** A backend on which the pushes of client `slow` stall until released. */
function stalling() {
  let release = (): void => undefined
  const released = new Promise<void>((resolve) => (release = resolve))
  const backend = createModelBackend({
    now: () => 1_000,
    stall: ({ clientId }) => (clientId === 'slow' ? released : undefined),
  })
  const adapter = backend.adapter()
  return { adapter, release }
}

function pull(adapter: BackendAdapter, cursor: string | null, limit = 10): Promise<PullResponse> {
  return adapter.pull({ scope: 's', collections: [{ name: 'items' }], cursor, limit }, SIGNAL)
}

async function create(adapter: BackendAdapter, clientId: string, recordId: string): Promise<PushResponse> {
  const { cursor, epoch } = await pull(adapter, null, 0)
  const data = { id: recordId }
  const mutation = { id: `${clientId}.1`, collection: 'items', recordId, kind: 'put', data } as const
  const mutations = [{ ...mutation, base: null, time: at(1), schema: 1 }]
  return adapter.push({ scope: 's', clientId, settled: 1, epoch, cursor, mutations }, SIGNAL)
}

describe('createModelBackend', () => {
  test.each([1, 10])(
    'a commit that stalls is missed by no reader who passes it, with pages of %i (A1)',
    async (limit) => {
      const { adapter, release } = stalling()
      let { cursor } = await pull(adapter, null, 0)
      const slow = create(adapter, 'slow', 'a')
      await create(adapter, 'quick', 'b')
      const seen: Change[] = []
      const readAll = async (): Promise<void> => {
        for (let more = true; more;) {
          const page = await pull(adapter, cursor, limit)
          seen.push(...page.changes)
          cursor = page.cursor
          more = page.hasMore
        }
      }
      await readAll()
      release()
      await slow
      await readAll()
      expect(new Set(seen.map(({ id }) => id))).toEqual(new Set(['a', 'b']))
    },
  )

  test('a snapshot is what there is now, though a replica is behind; the feed goes on there (A1)', async () => {
    const backend = createModelBackend({ now: () => 1_000 })
    const primary = backend.adapter()
    await pull(primary, null, 0)
    const old = backend.backup()
    const behind = backend.adapter({ replica: () => old })
    await create(primary, 'c', 'a')
    const first = await pull(behind, null)
    expect(first.changes.map(({ id }) => id)).toEqual(['a'])
    await create(primary, 'd', 'b')
    expect(await pull(behind, first.cursor)).toMatchObject({ changes: [], hasMore: false })
    expect((await pull(primary, first.cursor)).changes.map(({ id }) => id)).toEqual(['b'])
  })

  test('a purge leaves the tombstone that a stalled commit is about to write upon (A2, A4)', async () => {
    const { adapter, release } = stalling()
    const { results } = await create(adapter, 'quick', 'a')
    const base = (results[0] as { readonly version: string }).version
    const { cursor, epoch } = await pull(adapter, null, 0)
    const push = (clientId: string, n: number, on: string, data?: { readonly id: string }) => {
      const what = data === undefined ? ({ kind: 'delete' } as const) : ({ kind: 'put', data } as const)
      const mutation = { id: `${clientId}.${n}`, collection: 'items', recordId: 'a', base: on, ...what }
      const mutations = [{ ...mutation, time: at(n), schema: 1 }]
      return adapter.push({ scope: 's', clientId, settled: n, epoch, cursor, mutations }, SIGNAL)
    }
    const deleted = await push('quick', 2, base)
    const tombstone = (deleted.results[0] as { readonly version: string }).version
    const again = push('slow', 1, tombstone, { id: 'a' })
    const purge = { scope: 's', before: 2_000 }
    expect(await adapter.purge!(purge)).toMatchObject({ tombstones: 0 })
    release()
    expect((await again).results).toMatchObject([{ status: 'accepted' }])
  })
})
