import type { PullResponse } from '@synclayer/core/adapter'
import { acceptedVersion, type TestClient } from '../adapter/test-client.ts'
import { assert, assertEqual, assertPresent } from '../expect.ts'
import type { ProtocolBench, ProtocolTest } from './bench.ts'
import { assertRefused } from './http.ts'

/** Pages, cursors, snapshots, filters. */
export function pullTests(test: ProtocolTest): void {
  test('pages follow each other without a gap, whatever their size (A1)', async (bench) => {
    const writer = await bench.client()
    const readers = await Promise.all([1, 3, 100].map(async (size) => [size, await bench.client()] as const))
    const ids = await writeMany(writer, bench, 10)
    for (const [size, reader] of readers) {
      const changes = await reader.pullAll(() => size)
      assertEqual(changes.map(({ id }) => id).toSorted(), ids.toSorted(), `ids in pages of ${size}`)
    }
  })

  test('a pull goes on where the last one ended (A1)', async (bench) => {
    const writer = await bench.client()
    const reader = await bench.client()
    for (let round = 0; round < 3; round++) {
      const ids = await writeMany(writer, bench, 2)
      const changes = await reader.pullAll()
      assertEqual(changes.map(({ id }) => id).toSorted(), ids.toSorted(), `ids of round ${round}`)
    }
    assertEqual(await reader.pullAll(), [], 'changes when there are none')
  })

  test('the same cursor gives the same changes again (A1)', async (bench) => {
    const writer = await bench.client()
    const { cursor } = await bench.client()
    const ids = await writeMany(writer, bench, 3)
    for (let round = 0; round < 2; round++) {
      const page = await pull(bench, { cursor, limit: 100 })
      assertEqual(page.changes.map(({ id }) => id).toSorted(), ids.toSorted(), 'ids')
    }
  })

  test('a record that changed often comes once, as it is now', async ({ client, name }) => {
    const writer = await client()
    const reader = await client()
    const recordId = name()
    let base: string | null = null
    for (let n = 0; n < 4; n++) base = await writer.write({ recordId, base, data: { id: recordId, n } })
    const changes = await reader.pullAll()
    assertEqual(
      changes.map(({ version }) => version),
      [base],
      'versions',
    )
    assertEqual(reader.get(recordId)?.data, { id: recordId, n: 3 }, 'the document')
  })

  test('limit 0 gives the cursor of the head, with which a client may push', async (bench) => {
    await writeMany(await bench.client(), bench, 2)
    const page = await pull(bench, { cursor: null, limit: 0 })
    assertEqual([page.changes, page.hasMore], [[], false], 'what comes')
    const newcomer = await bench.client()
    newcomer.cursor = page.cursor
    newcomer.epoch = page.epoch
    await newcomer.write({ recordId: bench.name() })
    assertEqual((await newcomer.pullAll()).length, 1, 'changes since')
  })

  test('a snapshot gives everything that matches, and ends in a cursor that goes on (A1)', async (bench) => {
    const writer = await bench.client()
    const run = bench.name('run')
    const ids = [0, 1, 2, 3, 4].map(() => bench.name())
    const edits = ids.map((id) => writer.edit({ recordId: id, data: { id, run } }))
    for (const result of await writer.push(edits)) acceptedVersion(result)
    const seen: string[] = []
    let page: PullResponse | undefined
    do {
      page = await pull(bench, {
        cursor: page?.cursor ?? null,
        limit: 2,
        filter: { op: '==', path: ['run'], value: run },
      })
      seen.push(...page.changes.flatMap((change) => (change.kind === 'put' ? [change.id] : [])))
    } while (page.hasMore)
    assertEqual(seen.toSorted(), ids.toSorted(), 'ids')
    const late = bench.name()
    await writer.write({ recordId: late, data: { id: late, run } })
    const more = await pull(bench, {
      cursor: page.cursor,
      limit: 100,
      filter: { op: '==', path: ['run'], value: run },
    })
    assertEqual(
      more.changes.map(({ id }) => id),
      [late],
      'ids after the snapshot',
    )
  })

  test('what no longer matches leaves, with nothing but its names and version (A7)', async (bench) => {
    const writer = await bench.client()
    const { cursor } = await bench.client()
    const [stays, leaves] = [bench.name(), bench.name()]
    await writer.write({ recordId: stays, data: { id: stays, done: false } })
    await writer.write({ recordId: leaves, data: { id: leaves, done: true, secret: 1 } })
    const page = await pull(bench, { cursor, limit: 100, filter: { op: '==', path: ['done'], value: false } })
    const kinds = Object.fromEntries(page.changes.map(({ id, kind }) => [id, kind]))
    assertEqual(kinds, { [leaves]: 'leave', [stays]: 'put' }, 'changes')
    const left = assertPresent(page.changes.find(({ id }) => id === leaves))
    assertEqual(Object.keys(left).toSorted(), ['collection', 'id', 'kind', 'version'], 'members of the leave')
  })

  test('deletes are changes, without the document (A4)', async (bench) => {
    const writer = await bench.client()
    const reader = await bench.client()
    const recordId = bench.name()
    const base = await writer.write({ recordId, data: { id: recordId, text: 'Milk' } })
    const version = await writer.write({ recordId, kind: 'delete', base })
    const [change] = await reader.pullAll()
    assertEqual([change?.kind, change?.id, change?.version], ['delete', recordId, version], 'the change')
  })

  test('a projection lets through what it names, and the id', async (bench) => {
    const { cursor } = await bench.client()
    const writer = await bench.client()
    const recordId = bench.name()
    await writer.write({ recordId, data: { id: recordId, text: 'Milk', secret: 1 } })
    for (const fields of [{ only: ['text'] }, { except: ['secret', 'id'] }]) {
      const answer = await ask(bench, { cursor, limit: 10, fields })
      if (!bench.hello.capabilities.patch) {
        assertRefused(answer, 501, 'NOT_SUPPORTED')
        continue
      }
      const [change] = (answer.json as PullResponse).changes
      assertEqual(change?.kind === 'put' ? change.data : change, { id: recordId, text: 'Milk' }, 'document')
    }
  })

  test('only the collections asked for come', async (bench) => {
    const { cursor } = await bench.client()
    const writer = await bench.client()
    const recordId = bench.name()
    await writer.write({ recordId, collection: 'lists' })
    const own = await writer.write({ recordId })
    const page = await pull(bench, { cursor, limit: 10 })
    assertEqual(
      page.changes.map(({ collection, version }) => [collection, version]),
      [['todos', own]],
      'changes',
    )
  })

  test('what is no filter is refused', async (bench) => {
    const { cursor } = await bench.client()
    for (const filter of [
      { op: 'sounds-like', path: ['a'], value: 1 },
      { op: '==', path: ['a'] },
      { op: 'and' },
      [],
    ])
      assertRefused(await ask(bench, { cursor, limit: 10, filter }), 400, ['PROTOCOL', 'NOT_SUPPORTED'])
  })

  test('a cursor that is none is refused', async (bench) => {
    for (const cursor of ['no cursor', `${(await bench.client()).cursor}x`, '..', "' or 1=1 --"]) {
      const answer = await ask(bench, { cursor, limit: 10 })
      assert([400, 409, 410].includes(answer.status), `${cursor} is answered with ${answer.status}`)
    }
  })
}

interface Asked {
  readonly cursor: string | null
  readonly limit: number
  readonly filter?: unknown
  readonly fields?: unknown
}

function ask(
  { call, server }: ProtocolBench,
  { cursor, limit, ...collection }: Asked,
): ReturnType<ProtocolBench['call']> {
  const body = { scope: server.scope, collections: [{ name: 'todos', ...collection }], cursor, limit }
  return call({ path: '/sync/pull', body })
}

async function pull(bench: ProtocolBench, asked: Asked): Promise<PullResponse> {
  const answer = await ask(bench, asked)
  assertEqual(answer.status, 200, `status of ${answer.text.slice(0, 300)}`)
  const page = answer.json as PullResponse
  assert(
    page.changes.length <= asked.limit,
    `${page.changes.length} changes, and the limit was ${asked.limit}`,
  )
  return page
}

async function writeMany(writer: TestClient, { name }: ProtocolBench, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => name())
  for (const result of await writer.push(ids.map((recordId) => writer.edit({ recordId }))))
    acceptedVersion(result)
  return ids
}
