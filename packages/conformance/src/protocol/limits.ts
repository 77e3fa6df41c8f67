import { utf8ByteLength } from '@synclayer/core/adapter'
import { acceptedVersion, assertOutcome } from '../adapter/test-client.ts'
import { assert, assertEqual } from '../expect.ts'
import type { ProtocolTest } from './bench.ts'

/** What a server says it takes, it takes: to the last one. Going beyond is in the group of the statuses. */
export function limitTests(test: ProtocolTest): void {
  test('as many mutations as are taken, in one push', async ({ client, hello, name }) => {
    const alice = await client()
    const edits = Array.from({ length: Math.min(hello.capabilities.maxBatch, 1_000) }, () =>
      alice.edit({ recordId: name() }),
    )
    for (const result of await alice.push(edits)) acceptedVersion(result)
    assertEqual((await alice.pullAll()).length, edits.length, 'changes')
  })

  test('as many ids as are taken, in one fetch', async ({ call, client, hello, server, name }) => {
    const alice = await client()
    const recordId = name()
    await alice.write({ recordId })
    const others = Array.from({ length: hello.maxIds - 1 }, () => name())
    const body = { scope: server.scope, collection: 'todos', ids: [...others, recordId] }
    const found = (await call({ path: '/sync/fetch', body })).json as readonly { readonly id: string }[]
    assertEqual(
      found.map(({ id }) => id),
      [recordId],
      'ids found',
    )
  })

  test('a record as large as is taken, and not one byte more', async ({ client, hello, name }) => {
    const { maxRecordBytes } = hello.capabilities
    const alice = await client()
    const documentOf = (recordId: string, bytes: number): { readonly id: string; readonly text: string } => {
      const empty = utf8ByteLength(JSON.stringify({ id: recordId, text: '' }))
      return { id: recordId, text: 'x'.repeat(bytes - empty) }
    }
    const [whole, over] = [name(), name()]
    const data = documentOf(whole, maxRecordBytes)
    const results = [
      ...(await alice.push([alice.edit({ recordId: whole, data })])),
      ...(await alice.push([alice.edit({ recordId: over, data: documentOf(over, maxRecordBytes + 1) })])),
    ]
    acceptedVersion(results[0])
    assertOutcome(results[1], 'rejected', 'RECORD_TOO_LARGE')
    const stored = (await alice.stored(whole))?.data as typeof data | undefined
    assert(stored?.text === data.text, 'The largest document came back as it was')
  })

  test('a page of many bytes comes whole, between whichever characters it is cut', async ({
    call,
    client,
    server,
    name,
  }) => {
    const alice = await client()
    const { cursor } = alice
    const texts = new Map(
      Array.from({ length: 60 }, (_, n) => [name(), `${'x'.repeat(n % 7)}${'ü😀漢'.repeat(700)}`] as const),
    )
    const edits = [...texts].map(([recordId, text]) => alice.edit({ recordId, data: { id: recordId, text } }))
    for (const result of await alice.push(edits)) acceptedVersion(result)
    for (const encoding of ['gzip', 'identity']) {
      const body = { scope: server.scope, collections: [{ name: 'todos' }], cursor, limit: 100 }
      const answer = await call({ path: '/sync/pull', body, headers: { 'accept-encoding': encoding } })
      const { changes } = answer.json as {
        readonly changes: readonly { readonly data: { id: string; text: string } }[]
      }
      assertEqual(changes.length, texts.size, `changes, in ${encoding}`)
      for (const { data } of changes)
        assert(texts.get(data.id) === data.text, `The text of ${data.id} is another, in ${encoding}`)
    }
  })
}
