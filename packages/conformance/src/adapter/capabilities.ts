import { assert, assertEqual, assertPresent } from '../expect.ts'
import type { Bench, BenchTest } from './bench.ts'
import { SCOPE, type TestClient, withoutText } from './test-client.ts'

/** What an adapter says of itself, and wake-ups, which it may have. */
export function capabilityTests(test: BenchTest): void {
  test('what the adapter says of itself is sound (A8)', async ({ adapter }) => {
    const { consistency, orderedVersions, patch, groups, realtime, memory, maxBatch, maxRecordBytes } =
      adapter.capabilities
    assert(/^[a-z][a-z0-9-]*$/.test(adapter.name), `The name ${adapter.name}`)
    assert(['strict', 'relaxed'].includes(consistency), `consistency: ${consistency}`)
    assert(['full', 'record'].includes(memory), `memory: ${memory}`)
    for (const flag of [orderedVersions, patch, groups, realtime]) assert(typeof flag === 'boolean', 'a flag')
    assert(Number.isInteger(maxBatch) && maxBatch >= 1, `maxBatch: ${maxBatch}`)
    assert(Number.isInteger(maxRecordBytes) && maxRecordBytes >= 100_000, `maxRecordBytes: ${maxRecordBytes}`)
    assertEqual(adapter.subscribe !== undefined, realtime, 'has subscribe')
  })

  test('a subscriber is woken by writes of this and of other processes (W21)', async (bench) => {
    if (bench.adapter.subscribe === undefined) return
    const own = bench.client({ id: 'own' })
    const foreign = bench.client({ id: 'foreign' }, await bench.second())
    for (const writer of [own, foreign]) {
      const reader = bench.client({ id: `reader-of-${writer.id}` })
      await reader.pullAll()
      const wakes = await subscribe(bench, reader)
      await writer.write({ recordId: writer.id })
      await wakes.next()
      assertEqual((await reader.pullAll()).length, 1, `changes of ${writer.id}`)
      await wakes.close()
    }
  })

  test('a subscriber is woken by what was written since its cursor (W21)', async (bench) => {
    if (bench.adapter.subscribe === undefined) return
    const reader = bench.client({ id: 'reader' })
    await reader.pullAll()
    await bench.client({ id: 'writer' }).write({ recordId: 'between' })
    const wakes = await subscribe(bench, reader)
    await wakes.next()
    assertEqual((await reader.pullAll()).length, 1, 'changes')
    await wakes.close()
  })

  test('a page that comes with a wake is what pull would answer from there (A1)', async (bench) => {
    if (bench.adapter.subscribe === undefined) return
    const reader = bench.client({ id: 'reader' })
    await reader.pullAll()
    const wakes = await subscribe(bench, reader)
    await bench.client({ id: 'writer' }).write({ recordId: 'a' })
    const wake = await wakes.next()
    assertEqual(wake.scope, SCOPE, 'scope')
    if (wake.page !== undefined && wake.page.from === reader.cursor) {
      const pulled = await reader.pullAll()
      assertEqual(wake.page.changes.map(withoutText), pulled, 'changes')
    }
    await wakes.close()
  })

  test('after its subscription is closed nobody is woken (W21)', async (bench) => {
    if (bench.adapter.subscribe === undefined) return
    const reader = bench.client({ id: 'reader' })
    await reader.pullAll()
    const wakes = await subscribe(bench, reader)
    await wakes.close()
    await wakes.close()
    await bench.client({ id: 'writer' }).write({ recordId: 'a' })
    await new Promise((resolve) => setTimeout(resolve, 100))
    assertEqual(wakes.count(), 0, 'wakes')
  })
}

type Wake = Parameters<Parameters<NonNullable<Bench['adapter']['subscribe']>>[1]>[0]

interface Wakes {
  /** The next wake, or the last one if one came already. Fails after a while. */
  next(): Promise<Wake>
  count(): number
  close(): Promise<void>
}

async function subscribe({ adapter, patienceMs }: Bench, reader: TestClient): Promise<Wakes> {
  const wakes: Wake[] = []
  let told: (() => void) | undefined
  const request = { scope: SCOPE, collections: [{ name: 'todos' }], cursor: reader.cursor }
  const subscription = await assertPresent(adapter.subscribe)(
    request,
    (wake) => {
      wakes.push(wake)
      told?.()
    },
    // Nothing cuts it off here; a network's adapters say so when something does.
    () => undefined,
  )
  return {
    next: async () => {
      const deadline = Date.now() + patienceMs
      while (wakes.length === 0 && Date.now() < deadline) {
        await new Promise<void>((resolve) => {
          told = resolve
          setTimeout(resolve, 250)
        })
      }
      return assertPresent(wakes.at(-1), `a wake within ${patienceMs} ms`)
    },
    count: () => wakes.length,
    close: () => subscription.close(),
  }
}
