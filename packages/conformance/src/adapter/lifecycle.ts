import { type BackendAdapter, isSyncError } from '@synclayer/core/adapter'
import { assert, assertEqual, assertRejects } from '../expect.ts'
import { type BenchTest, createTestContext } from './bench.ts'
import { fill } from './fill.ts'
import { assertAnsweredAgain } from './idempotency.ts'
import { COLLECTION, SCOPE, neverAborted } from './test-client.ts'

/** Aborted calls, calls on a closed adapter, opening and closing. */
export function lifecycleTests(test: BenchTest): void {
  test('a call that is aborted before it begins is ABORTED and does nothing (A8)', async ({
    client,
    adapter,
  }) => {
    const alice = client()
    await fill(alice, 3)
    const edit = alice.edit({ recordId: 'late' })
    for (const [name, call] of callsOf(adapter, alice.cursor ?? '', alice.epoch, edit)) {
      await assertRejects(() => call(AbortSignal.abort(new Error('enough'))), 'ABORTED', name)
    }
    assertEqual(await alice.stored('late'), undefined, 'what is stored')
  })

  test('aborting a pull under way leaves the adapter as it was (A8)', async ({ client, adapter }) => {
    const alice = client()
    await fill(alice, 50)
    for (let delay = 0; delay < 4; delay++) {
      const abort = new AbortController()
      const request = { scope: SCOPE, collections: [{ name: COLLECTION }], cursor: null, limit: 50 }
      const pulled = adapter.pull(request, abort.signal).then(
        (page) => page.changes.length,
        (error: unknown) => (error as { code?: unknown }).code,
      )
      if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay - 1))
      abort.abort()
      const outcome = await pulled
      if (outcome !== 50) assertEqual(outcome, 'ABORTED', 'outcome')
    }
    assertEqual((await alice.pullAll()).length, 50, 'changes')
  })

  test('after close every call is CLOSED, and closing again is safe (A8)', async ({ client, adapter }) => {
    const alice = client()
    await fill(alice, 2)
    await adapter.close()
    const edit = alice.edit({ recordId: 'late' })
    for (const [name, call] of callsOf(adapter, alice.cursor ?? '', alice.epoch, edit)) {
      await assertRejects(() => call(neverAborted()), 'CLOSED', name)
    }
    await adapter.close()
  })

  test('closing in the midst of calls: each of them ends, and what was accepted is kept (A3, A8)', async (bench) => {
    const other = await bench.second()
    if (other === bench.adapter) return
    const alice = bench.client()
    await alice.enter()
    const twin = bench.client({}, other)
    await twin.enter()
    const edits = Array.from({ length: 12 }, (_, n) => alice.edit({ recordId: `r${n}` }))
    // Awaited from the beginning: some may end before `close` does.
    const calls = Promise.allSettled(edits.map((edit) => twin.push([edit])))
    const pulls = Promise.allSettled([1, 2].map((n) => bench.client({ id: `reader${n}` }, other).pull(3)))
    await other.close()
    const outcomes = await calls
    await pulls
    for (const [n, outcome] of outcomes.entries()) {
      if (outcome.status === 'rejected') {
        const { reason } = outcome as { readonly reason: unknown }
        assert(isSyncError(reason), `A call that was closed upon rejects with ${String(reason)}`)
      }
      // What became of the others is told by sending them again.
      const [result] = await alice.push([edits[n]!])
      const stored = (await alice.stored(`r${n}`))?.version
      if (outcome.status === 'fulfilled' && outcome.value[0]?.status === 'accepted')
        assertEqual(stored, outcome.value[0].version, 'version of what was accepted')
      assertAnsweredAgain(bench, result, stored)
    }
  })

  test('what was written is there for the next who opens the backend (A8)', async ({
    client,
    adapter,
    second,
  }) => {
    const alice = client()
    const versions = await fill(alice, 4)
    await alice.pullAll()
    const next = await second()
    if (next !== adapter) await adapter.close()
    const bob = client({ id: 'bob' }, next)
    await bob.pullAll()
    assertEqual(bob.view.size, 4, 'records')
    assertEqual(bob.get('r1')?.version, versions.get('r1'), 'version')
    assertEqual(bob.epoch, alice.epoch, 'epoch')
    bob.cursor = alice.cursor
    assertEqual((await bob.pullAll()).length, 0, 'changes since the cursor')
  })

  test('a request that is malformed as a whole is refused as PROTOCOL (A8)', async ({ client, adapter }) => {
    const alice = client()
    await alice.enter()
    const collections = [{ name: COLLECTION }]
    await assertRejects(
      () => adapter.pull({ scope: '', collections, cursor: null, limit: 1 }, neverAborted()),
      'PROTOCOL',
    )
    await assertRejects(
      () => adapter.pull({ scope: 'a\n', collections, cursor: null, limit: 1 }, neverAborted()),
      'PROTOCOL',
    )
    await assertRejects(
      () => adapter.pull({ scope: SCOPE, collections, cursor: null, limit: -1 }, neverAborted()),
      'PROTOCOL',
    )
    const bad = { op: 'like', path: ['a'], value: 'x' } as never
    const request = { scope: SCOPE, collections: [{ name: COLLECTION, filter: bad }], cursor: null, limit: 1 }
    await assertRejects(() => adapter.pull(request, neverAborted()), 'PROTOCOL')
  })

  test('opening twice is safe (A8)', async ({ client, adapter }) => {
    await adapter.open(createTestContext())
    await client().write({ recordId: 'a' })
  })
}

type Calls = readonly (readonly [string, (signal: AbortSignal) => Promise<unknown>])[]

function callsOf(
  adapter: BackendAdapter,
  cursor: string,
  epoch: string,
  mutation: Parameters<BackendAdapter['push']>[0]['mutations'][number],
): Calls {
  const push = { scope: SCOPE, clientId: 'alice', settled: 0, epoch, cursor, mutations: [mutation] }
  const pull = { scope: SCOPE, collections: [{ name: COLLECTION }], cursor: null, limit: 10 }
  return [
    ['push', (signal) => adapter.push(push, signal)],
    ['pull', (signal) => adapter.pull(pull, signal)],
    ['fetch', (signal) => adapter.fetch({ scope: SCOPE, collection: COLLECTION, ids: ['r0'] }, signal)],
  ]
}
