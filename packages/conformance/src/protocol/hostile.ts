import { acceptedVersion, assertOutcome } from '../adapter/test-client.ts'
import { assert, assertEqual } from '../expect.ts'
import type { ProtocolBench, ProtocolTest } from './bench.ts'

/** Requests meant to do harm. That no answer shows a stack trace is looked at in every test of the suite. */
export function hostileTests(test: ProtocolTest): void {
  test('keys that change objects are keys like any other, or refused', async (bench) => {
    const { call, server } = bench
    const polluted = `{"__proto__":{"scope":"x","limit":5},"constructor":{"prototype":{"limit":5}},"scope":${JSON.stringify(server.scope)},"collections":[],"cursor":null}`
    assertEqual((await call({ path: '/sync/pull', raw: polluted })).status, 400, 'limit taken from __proto__')
    await assertStillSound(bench)
  })

  test('documents with odd keys come back as they were, and change nothing else', async (bench) => {
    const alice = await bench.client()
    const recordId = bench.name()
    const odd = {
      constructor: 1,
      prototype: { x: 1 },
      toString: 'x',
      hasOwnProperty: null,
      toJSON: [],
      '': 0,
      length: 2,
    }
    await alice.write({ recordId, data: { id: recordId, ...odd } })
    assertEqual((await alice.stored(recordId))?.data, { id: recordId, ...odd }, 'the document')
    await assertStillSound(bench)
  })

  test('a mutation deeper than a document may be is rejected alone', async ({ client, name, call }) => {
    const alice = await client()
    const [deep, good] = [alice.edit({ recordId: name() }), alice.edit({ recordId: name() })]
    const data = `{"id":${JSON.stringify(deep.recordId)},"x":${'['.repeat(500)}${']'.repeat(500)}}`
    const { scope, epoch, cursor } = alice
    const whole = JSON.stringify({
      scope,
      clientId: alice.id,
      settled: 0,
      epoch,
      cursor,
      mutations: [deep, good],
    })
    const raw = whole.replace(JSON.stringify(deep.data), data)
    const answer = await call({ path: '/sync/push', raw })
    assertEqual(answer.status, 200, 'status')
    const { results } = answer.json as { readonly results: readonly Parameters<typeof assertOutcome>[0][] }
    assertOutcome(
      results.find((result) => result?.id === deep.id),
      'rejected',
      'INVALID_MUTATION',
    )
    acceptedVersion(results.find((result) => result?.id === good.id))
  })

  test('names of records, fields and values never become part of a statement (A9)', async (bench) => {
    const alice = await bench.client()
    const hostile = [
      "'; DROP TABLE records; --",
      '" OR ""="',
      '$where',
      '{{7*7}}',
      '%00',
      '\\',
      '`id`',
      '$(id)',
    ]
    for (const text of hostile) {
      const recordId = `${text}${bench.name()}`
      await alice.write({ recordId, data: { id: recordId, [text]: text } })
      assertEqual((await alice.stored(recordId))?.data, { id: recordId, [text]: text }, text)
    }
    await assertStillSound(bench)
  })

  test('what a client calls itself is not believed beyond its own requests', async ({
    call,
    client,
    name,
  }) => {
    const alice = await client()
    const edit = alice.edit({ recordId: name() })
    const { scope, epoch, cursor } = alice
    for (const clientId of ['a b', 'ü', 'x'.repeat(129), '\n']) {
      const mutations = [{ ...edit, id: `${clientId}.0` }]
      const answer = await call({
        path: '/sync/push',
        body: { scope, clientId, settled: 0, epoch, cursor, mutations },
      })
      assertEqual(answer.status, 400, `status of the client id ${JSON.stringify(clientId)}`)
    }
    assertEqual(await alice.pullAll(), [], 'what was applied')
  })
}

async function assertStillSound({ call, client, name }: ProtocolBench): Promise<void> {
  const alice = await client()
  await alice.write({ recordId: name() })
  assertEqual((await alice.pullAll()).length, 1, 'changes afterwards')
  const { json } = await call({ path: '/sync' })
  assert(!Object.hasOwn(json as object, 'scope'), 'The server says what it was told')
}
