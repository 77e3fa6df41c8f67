import { expect, test } from 'vitest'
import { SyncError } from '../errors/sync-error.ts'
import type { BackendAdapter } from '../ports/adapter.ts'
import { createModelBackend } from '../testing/model-backend.ts'
import { createTestLayer, testDeps } from '../testing/test-deps.ts'

test('tells of a subscription that failed, of one that stands, and of its end with the scope (W21, W32)', async () => {
  const deps = testDeps()
  const { time } = deps
  const inner = createModelBackend({ now: () => time.clock.now() }).adapter()
  let refused = 2
  const adapter: BackendAdapter = {
    ...inner,
    subscribe: (...given) =>
      refused-- > 0 ? Promise.reject(new SyncError('NETWORK', 'no')) : inner.subscribe!(...given),
  }
  const db = await createTestLayer({ collections: ['todos'], adapter, scopes: ['a', 'b'] }, deps)
  const events: string[] = []
  db.on('realtimeConnected', ({ scope }) => void events.push(`${scope} connected`))
  db.on('realtimeDisconnected', ({ scope, error }) => {
    events.push(`${scope} ${error?.code ?? 'closed'}`)
  })
  await time.advance(0)
  expect(events.toSorted()).toEqual(['a NETWORK', 'b NETWORK'])
  // At least a second, at most two, by the jitter.
  await time.advance(3_000)
  expect(events.slice(2).toSorted()).toEqual(['a connected', 'b connected'])
  await db.setScopes(['a'])
  await time.advance(0)
  expect(events.slice(4)).toEqual(['b closed'])
  await db.close()
})

test('a connection that breaks is told, opened again, and catches up on what was missed (W21, W32)', async () => {
  const deps = testDeps()
  const { time } = deps
  const backend = createModelBackend({ now: () => time.clock.now() })
  const inner = backend.adapter()
  const cuts: (() => void)[] = []
  const adapter: BackendAdapter = {
    ...inner,
    subscribe: async (request, wake, lost) => {
      const open = await inner.subscribe!(request, wake, lost)
      cuts.push(() => {
        void open.close()
        lost(new SyncError('NETWORK', 'cut'))
        lost(new SyncError('NETWORK', 'said twice'))
      })
      return open
    },
  }
  const db = await createTestLayer({ collections: ['todos'], adapter }, deps)
  const events: string[] = []
  db.on('realtimeConnected', () => void events.push('connected'))
  db.on('realtimeDisconnected', ({ error }) => void events.push(error?.code ?? 'closed'))
  const other = await createTestLayer(
    { collections: ['todos'], adapter: backend.adapter() },
    testDeps({ seed: 2 }),
  )
  await time.advance(0)
  cuts[0]!()
  await time.advance(0)
  expect(events).toEqual(['connected', 'NETWORK'])
  await other.collection('todos').save({ id: 'missed' })
  await other.sync()
  await time.advance(10_000)
  expect(events).toEqual(['connected', 'NETWORK', 'connected'])
  expect(await db.collection('todos').get('missed')).toEqual({ id: 'missed' })
  await db.close()
  await other.close()
})
