import type { BackendAdapter, Wake } from '@synclayer/core/adapter'
import { assertEqual } from '../expect.ts'
import type { BenchTest } from './bench.ts'
import { assertSameView } from './fill.ts'
import { COLLECTION, SCOPE, type TestClient } from './test-client.ts'

const WRITERS = 4
const EDITS = 25
const RECORDS = 10

/** Pages that come along with wake-ups: taken in place of pulls where they chain, they must be as good as pulls (W36). */
export function toldPageTests(test: BenchTest): void {
  test('who takes told pages where they chain, and pulls elsewhere, misses nothing (A1, W36)', async (bench) => {
    const { adapter } = bench
    if (adapter.subscribe === undefined) return
    const other = await bench.second()
    const reader = bench.client({ id: 'reader' })
    await reader.pullAll()
    const follower = await follow(adapter, reader)
    const writers = Array.from({ length: WRITERS }, (_, n) =>
      bench.client({ id: `writer${n}` }, n % 2 === 0 ? adapter : other),
    )
    await Promise.all(writers.map(async (writer, n) => scribble(writer, n)))
    await follower.close()
    // What it has not been told of is still ahead of its cursor; what it was told is not told again as something else.
    await reader.pullAll()
    const newcomer = bench.client({ id: 'newcomer' })
    await newcomer.pullAll()
    assertSameView(reader, newcomer, 'after told pages')
  })

  test('told pages hold only collections that were asked for, as they were asked for (A7, W36)', async (bench) => {
    const { adapter } = bench
    if (adapter.subscribe === undefined || !adapter.capabilities.patch) return
    const filter = { op: '==', path: ['done'], value: false } as const
    const collections = [{ name: COLLECTION, filter, fields: { only: ['done'] } }]
    const reader = bench.client({ id: 'reader', collections })
    await reader.pullAll()
    const follower = await follow(adapter, reader, collections)
    const writer = bench.client({ id: 'writer' })
    await writer.write({ recordId: 'elsewhere', collection: 'notes' })
    await writer.write({ recordId: 'open', data: { id: 'open', done: false, secret: 1 } })
    await writer.write({ recordId: 'closed', data: { id: 'closed', done: true } })
    await follower.close()
    await reader.pullAll()
    assertEqual([...reader.view.keys()], [`${COLLECTION}/open`], 'records')
    assertEqual(reader.get('open')?.data, { id: 'open', done: false }, 'fields')
  })
}

interface Follower {
  /** Takes what has come so far, and stops. */
  close(): Promise<void>
}

/** Takes pages as the engine does: where they follow on the cursor, and by a pull of its own where one does not. */
async function follow(
  adapter: BackendAdapter,
  reader: TestClient,
  collections: Parameters<NonNullable<BackendAdapter['subscribe']>>[0]['collections'] = [
    { name: COLLECTION },
  ],
): Promise<Follower> {
  let work: Promise<unknown> = Promise.resolve()
  const take = async ({ page }: Wake): Promise<void> => {
    if (page !== undefined && page.from === reader.cursor && !page.hasMore) reader.take(page)
    else if (page === undefined || page.cursor !== reader.cursor) await reader.pullAll(() => 3)
  }
  const request = { scope: SCOPE, collections, cursor: reader.cursor }
  const subscription = await adapter.subscribe!(
    request,
    (wake) => void (work = work.then(() => take(wake))),
    () => undefined,
  )
  return {
    close: async () => {
      await work
      await subscription.close()
      await work
    },
  }
}

/** Creates and changes a few records that others change as well. */
async function scribble(writer: TestClient, seed: number): Promise<void> {
  for (let n = 0; n < EDITS; n += 1) {
    const recordId = `r${(seed * 7 + n * 3) % RECORDS}`
    const base = (await writer.stored(recordId))?.version ?? null
    await writer.push([writer.edit({ recordId, base, data: { id: recordId, by: seed, n } })])
  }
}
