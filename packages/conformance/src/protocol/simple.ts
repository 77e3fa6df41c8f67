import { assert, assertEqual, assertNotEqual, assertPresent } from '../expect.ts'
import { given, type ProtocolBench, type ProtocolTest } from './bench.ts'
import { type Answer, assertRefused } from './http.ts'

interface SimpleRecord {
  readonly recordId: string
  readonly version: string
  readonly updatedAt: string
  readonly deleted?: boolean
  readonly data?: unknown
  readonly mutation?: string
}

interface SimplePage {
  readonly records: readonly SimpleRecord[]
  readonly cursor: string
  readonly hasMore: boolean
}

const EDITED = '2026-01-02T03:04:05.678Z'

/** The simple dialect, as a server of the protocol answers it. A server need not. */
export function simpleTests(test: ProtocolTest): void {
  test('an edit is there for plain clients, and for all others', async (bench) => {
    const simple = await createSimple(bench)
    const reader = await bench.client()
    const recordId = bench.name()
    const { version } = await simple.write({ recordId, data: { text: 'Milk' } })
    const { records } = await simple.read()
    const data = { id: recordId, text: 'Milk' }
    assertEqual(
      records.map((record) => [record.recordId, record.version, record.updatedAt, record.data]),
      [[recordId, version, EDITED, data]],
      'records',
    )
    const [change] = await reader.pullAll()
    assertEqual(change?.kind === 'put' && [change.version, change.data], [version, data], 'the change')
  })

  test('what others wrote is there for plain clients, deletes too', async (bench) => {
    const simple = await createSimple(bench)
    const writer = await bench.client()
    const recordId = bench.name()
    const base = await writer.write({ recordId, data: { id: recordId, n: 1 } })
    assertEqual(
      (await simple.read()).records.map(({ data }) => data),
      [{ id: recordId, n: 1 }],
      'documents',
    )
    await writer.write({ recordId, kind: 'delete', base })
    const { records } = await simple.read()
    assertEqual(
      records.map(({ deleted, data }) => [deleted, data ?? null]),
      [[true, null]],
      'the deleted one',
    )
  })

  test('pages follow each other by their cursors', async (bench) => {
    const simple = await createSimple(bench)
    const ids = Array.from({ length: 5 }, () => bench.name())
    for (const recordId of ids) await simple.write({ recordId, data: {} })
    const seen: string[] = []
    let page: SimplePage
    do {
      const before = simple.cursor()
      page = await simple.read(2)
      assert(page.records.length <= 2, `${page.records.length} records, and the limit was 2`)
      if (page.hasMore) assertNotEqual(page.cursor, before, 'cursor')
      seen.push(...page.records.map(({ recordId }) => recordId))
    } while (page.hasMore)
    assertEqual(seen, ids, 'ids')
  })

  test('an edit of another version is a conflict that shows the record', async (bench) => {
    const simple = await createSimple(bench)
    const recordId = bench.name()
    const { version } = await simple.write({ recordId, data: { n: 1 } })
    const next = await simple.write({ recordId, data: { n: 2 }, version })
    for (const late of [
      { recordId, data: { n: 3 }, version },
      { recordId, data: { n: 3 } },
    ]) {
      const answer = await simple.post({ ...late, updatedAt: EDITED })
      assertRefused(answer, 409, 'CONSTRAINT')
      const { current } = (answer.json as { error: { details: { current: SimpleRecord } } }).error.details
      assertEqual([current.version, current.data], [next.version, { id: recordId, n: 2 }], 'current')
    }
    await simple.write({ recordId, deleted: true, data: null, version: next.version })
  })

  test('the edits of a list have an answer each, in their order', async (bench) => {
    const simple = await createSimple(bench)
    const [good, other] = [bench.name(), bench.name()]
    const answer = await simple.post([
      { recordId: good, data: {}, updatedAt: EDITED },
      { recordId: bench.name(), data: {}, updatedAt: 'yesterday' },
      { recordId: other, data: {}, updatedAt: EDITED },
    ])
    const { results } = answer.json as { readonly results: readonly { readonly status: string }[] }
    assertEqual(
      results.map(({ status }) => status),
      ['accepted', 'rejected', 'accepted'],
      'outcomes',
    )
    assertEqual(
      (await simple.read()).records.map(({ recordId }) => recordId),
      [good, other],
      'ids',
    )
  })

  test('what is no edit is refused', async (bench) => {
    const simple = await createSimple(bench)
    const edit = { recordId: bench.name(), data: {}, updatedAt: EDITED }
    for (const bad of [
      'text',
      null,
      { ...edit, recordId: '' },
      { ...edit, updatedAt: '2026-01-02T03:04:05' },
      { ...edit, data: [] },
      { ...edit, deleted: 'no' },
    ])
      assertRefused(await simple.post(bad), 400, ['PROTOCOL', 'INVALID_MUTATION'])
    assertEqual((await simple.read()).records, [], 'records')
  })

  test('a request that comes again with its key is applied once', async (bench) => {
    const simple = await createSimple(bench)
    const edit = { recordId: bench.name(), data: { n: 1 }, updatedAt: EDITED }
    const key = bench.name('key')
    const first = await simple.post(edit, key)
    assertEqual((await simple.post(edit, key)).json, first.json, 'answer to the same again')
    assertEqual((await simple.read()).records.length, 1, 'records')
    assertRefused(await simple.post({ ...edit, data: { n: 2 } }, key), 422, 'MUTATION_ID_REUSED')
  })

  test('its requests need the same token and scope as any other', async (bench) => {
    await createSimple(bench)
    const token = given(bench.server.token, 'the server asks for no token')
    const path = pathOf(bench)
    const edit = { recordId: bench.name(), data: {}, updatedAt: EDITED }
    for (const body of [undefined, edit]) {
      const call = { path, ...(body === undefined ? {} : { body }) }
      assertRefused(await bench.call({ ...call, token: null }), 401, 'UNAUTHENTICATED')
      assertRefused(await bench.call({ ...call, path: `${path}&token=${token}` }), 400, 'PROTOCOL')
      assertRefused(await bench.call({ ...call, path: '/sync/todos?scope=not%20granted' }), 403, 'FORBIDDEN')
      const { otherToken } = bench.server
      if (otherToken !== undefined)
        assertRefused(await bench.call({ ...call, token: otherToken }), 403, 'FORBIDDEN')
    }
  })

  test('a cursor or limit that is none is refused', async (bench) => {
    await createSimple(bench)
    for (const query of ['limit=-1', 'limit=some', 'since=no%20cursor']) {
      const { status } = await bench.call({ path: `${pathOf(bench)}&${query}` })
      assert([400, 409, 410].includes(status), `${query} is answered with ${status}`)
    }
  })
}

interface SimpleClient {
  cursor(): string
  /** What is new since the last time. */
  read(limit?: number): Promise<SimplePage>
  post(body: unknown, key?: string): Promise<Answer>
  /** An edit that must be accepted. */
  write(edit: object): Promise<{ readonly version: string }>
}

/** A plain client at the head of the feed. */
async function createSimple(bench: ProtocolBench): Promise<SimpleClient> {
  const { call, name } = bench
  const path = pathOf(bench)
  const head = await call({ path: `${path}&limit=0` })
  given(head.status === 404 ? undefined : head, 'the server has no simple dialect')
  assertEqual(head.status, 200, `status of ${head.text.slice(0, 200)}`)
  let { cursor } = head.json as SimplePage
  const post: SimpleClient['post'] = (body, key = name('key')) => {
    return call({ path, body, headers: { 'idempotency-key': key } })
  }
  return {
    cursor: () => cursor,
    read: async (limit = 100) => {
      const answer = await call({ path: `${path}&limit=${limit}&since=${encodeURIComponent(cursor)}` })
      assertEqual(answer.status, 200, `status of ${answer.text.slice(0, 200)}`)
      const page = answer.json as SimplePage
      cursor = assertPresent(page.cursor, 'cursor')
      return page
    },
    post,
    write: async (edit) => {
      const answer = await post({ updatedAt: EDITED, ...edit })
      assertEqual(answer.status, 200, `status of ${answer.text.slice(0, 200)}`)
      return answer.json as { readonly version: string }
    },
  }
}

function pathOf({ server: { scope } }: ProtocolBench): string {
  return `/sync/todos?scope=${encodeURIComponent(scope)}`
}
