import { expect, onTestFinished, test } from 'vitest'
import type { BackendAdapter, Wake } from '../ports/adapter.ts'
import { createModelBackend } from '../testing/model-backend.ts'
import { createTestLayer, testDeps } from '../testing/test-deps.ts'

interface Setup {
  /** What becomes of each wake-up on its way. */
  readonly deliver?: (wake: Wake, tell: (wake: Wake) => void) => void
}

/** A reader that counts its pulls and follows the backend, and a writer on it. */
async function start({ deliver = (wake, tell) => tell(wake) }: Setup = {}) {
  const deps = testDeps()
  const { time } = deps
  const backend = createModelBackend({ now: () => time.clock.now() })
  const inner = backend.adapter()
  const asked: string[] = []
  const adapter: BackendAdapter = {
    ...inner,
    pull: (request, signal) => (asked.push('pull'), inner.pull(request, signal)),
    fetch: (request, signal) => (asked.push('fetch'), inner.fetch(request, signal)),
    subscribe: (request, wake, lost) => inner.subscribe!(request, (told) => deliver(told, wake), lost),
  }
  const reader = await createTestLayer({ collections: ['todos'], adapter }, deps)
  const writer = await createTestLayer(
    { collections: ['todos'], adapter: backend.adapter(), sync: { auto: false } },
    testDeps({ seed: 2 }),
  )
  onTestFinished(async () => {
    await reader.close()
    await writer.close()
  })
  await time.advance(0)
  asked.length = 0
  const write = async (id: string): Promise<void> => {
    await writer.collection('todos').save({ id })
    await writer.sync()
  }
  const ids = async (): Promise<readonly string[]> =>
    (await reader.collection('todos').getAll()).map(({ id }) => id)
  return { time, asked, reader, write, ids }
}

test('what comes along with wake-ups is taken, and the backend is not asked (W36)', async () => {
  const { time, asked, write, ids } = await start()
  await write('a')
  await write('b')
  await time.advance(0)
  expect(await ids()).toEqual(['a', 'b'])
  expect(asked).toEqual([])
})

test('where one was lost, the next one has the backend asked (W36, A1)', async () => {
  let losing = false
  const { time, asked, write, ids } = await start({ deliver: (wake, tell) => losing || tell(wake) })
  losing = true
  await write('a')
  losing = false
  await write('b')
  await time.advance(0)
  expect(await ids()).toEqual(['a', 'b'])
  expect(asked).toContain('pull')
  asked.length = 0
  await write('c')
  await time.advance(0)
  expect(await ids()).toEqual(['a', 'b', 'c'])
  expect(asked).toEqual([])
})

test('sync() asks the backend: what is told may be behind (W36)', async () => {
  const held: (() => void)[] = []
  const { time, asked, reader, write, ids } = await start({
    deliver: (wake, tell) => void held.push(() => tell(wake)),
  })
  await write('a')
  await write('b')
  held.shift()!()
  await reader.sync()
  expect(await ids()).toEqual(['a', 'b'])
  expect(asked).toContain('pull')
  asked.length = 0
  // It says what is here already.
  held.shift()!()
  await time.advance(0)
  expect(asked).toEqual([])
})

test('an own change that is told before its answer came is taken once, and nothing else is sent (W36, W6)', async () => {
  const { time, asked, reader, ids } = await start()
  await reader.collection('todos').save({ id: 'mine', n: 1 })
  await time.advance(0)
  await reader.collection('todos').update('mine', { n: 2 })
  await time.advance(0)
  expect(await ids()).toEqual(['mine'])
  expect(reader.status.pending).toBe(0)
  expect(await reader.collection('todos').status('mine')).toBe('synced')
  expect(asked).toEqual([])
})

test('a page that makes no sense is a wake-up like any other (W36)', async () => {
  const { time, asked, write, ids } = await start({
    deliver: ({ scope, page }, tell) => tell({ scope, page: { ...page!, changes: null as never } }),
  })
  await write('a')
  await time.advance(0)
  expect(await ids()).toEqual(['a'])
  expect(asked).toContain('pull')
})
