import { type Filter, isSyncError, type Json, type Mutation } from '@synclayer/core/adapter'
import { assert, assertEqual, assertRejects } from '../expect.ts'
import type { BenchTest } from './bench.ts'
import {
  HOSTILE_CLIENTS,
  HOSTILE_COLLECTIONS,
  HOSTILE_IDS,
  HOSTILE_KEYS,
  HOSTILE_SCOPES,
  HOSTILE_TEXTS,
} from './hostile-values.ts'
import { assertAnsweredAgain } from './idempotency.ts'
import { acceptedVersion, assertOutcome, COLLECTION, neverAborted } from './test-client.ts'

/** Nothing from a document ever becomes part of a statement, key or URL unescaped (A9). */
export function injectionTests(test: BenchTest): void {
  test('ids that are hostile, or alike, are ids and no more (A9)', async ({ client, adapter }) => {
    const alice = client()
    const edits = HOSTILE_IDS.map((recordId, n) => alice.edit({ recordId, data: { id: recordId, n } }))
    for (const result of await alice.push(edits)) acceptedVersion(result)
    await alice.pullAll(() => 7)
    assertEqual(alice.view.size, HOSTILE_IDS.length, 'records pulled')
    const request = { scope: alice.scope, collection: COLLECTION, ids: HOSTILE_IDS }
    const fetched = await adapter.fetch(request, neverAborted())
    assertEqual(fetched.length, HOSTILE_IDS.length, 'records fetched')
    for (const [n, id] of HOSTILE_IDS.entries()) {
      const expected = { id, n }
      assertEqual(alice.get(id)?.data, expected, `pulled ${JSON.stringify(id)}`)
      assertEqual(fetched.find((record) => record.id === id)?.data, expected, `fetched ${JSON.stringify(id)}`)
    }
  })

  test('each hostile id is changed and deleted alone (A9)', async ({ client }) => {
    const alice = client()
    const creates = await alice.push(HOSTILE_IDS.map((recordId) => alice.edit({ recordId })))
    const deletes = HOSTILE_IDS.map((recordId, index) =>
      alice.edit({ recordId, kind: 'delete', base: acceptedVersion(creates[index]) }),
    )
    for (const [index, mutation] of deletes.entries()) {
      acceptedVersion((await alice.push([mutation]))[0])
      if (index % 10 !== 0) continue
      await alice.pullAll()
      assertEqual(alice.view.size, HOSTILE_IDS.length - index - 1, `records left after ${mutation.recordId}`)
    }
  })

  test('scopes that are hostile, or alike, are kept apart (A9)', async ({ client }) => {
    for (const [n, scope] of HOSTILE_SCOPES.entries()) {
      await client({ id: `writer${n}`, scope }).write({ recordId: 'a', data: { id: 'a', n } })
    }
    for (const [n, scope] of HOSTILE_SCOPES.entries()) {
      const reader = client({ id: `reader${n}`, scope })
      await reader.pullAll()
      assertEqual(
        [...reader.view.values()].map(({ data }) => data),
        [{ id: 'a', n }],
        JSON.stringify(scope),
      )
    }
  })

  test('collections that are hostile, or alike, are kept apart (A9)', async ({ client }) => {
    const alice = client({ collections: HOSTILE_COLLECTIONS.map((name) => ({ name })) })
    const edits = HOSTILE_COLLECTIONS.map((collection, n) =>
      alice.edit({ collection, recordId: 'a', data: { id: 'a', n } }),
    )
    for (const result of await alice.push(edits)) acceptedVersion(result)
    await alice.pullAll(() => 4)
    for (const [n, collection] of HOSTILE_COLLECTIONS.entries()) {
      assertEqual(alice.get('a', collection)?.data, { id: 'a', n }, `pulled ${collection}`)
      assertEqual((await alice.stored('a', collection))?.data, { id: 'a', n }, `fetched ${collection}`)
      const one = client({ id: `reader${n}`, collections: [{ name: collection }] })
      await one.pullAll()
      assertEqual(one.view.size, 1, `records of ${collection}`)
    }
  })

  test('a pull that names no collection at all gives nothing, or is refused (A9)', async ({
    client,
    adapter,
  }) => {
    const alice = client()
    await alice.write({ recordId: 'a' })
    for (const name of [...HOSTILE_TEXTS, "'", "') OR 1=1 --", `${COLLECTION}' OR '1'='1`]) {
      const request = { scope: alice.scope, collections: [{ name }], cursor: null, limit: 10 }
      const changes = await adapter.pull(request, neverAborted()).then(
        (page) => page.changes,
        (error: unknown) => (isSyncError(error, 'PROTOCOL') ? [] : [error]),
      )
      assertEqual(changes, [], `what ${JSON.stringify(name)} gives`)
    }
  })

  test('keys and values in filters are keys and values and no more (A9)', async ({ client }) => {
    const alice = client()
    // No document has that key.
    const ids = HOSTILE_IDS.filter((id) => id !== '__proto__')
    await alice.push(
      ids.map((recordId) => alice.edit({ recordId, data: { id: recordId, [recordId]: recordId } })),
    )
    for (const [n, id] of ids.entries()) {
      const filter = { op: '==', path: [id], value: id } as const
      const reader = client({ id: `reader${n}`, collections: [{ name: COLLECTION, filter }] })
      await reader.pullAll()
      assertEqual([...reader.view.keys()], [`${COLLECTION}/${id}`], JSON.stringify(id))
    }
  })

  test('keys and values in filters of every operator mean themselves (A7, A9)', async ({ client }) => {
    const alice = client()
    const texts = [
      "'",
      '"',
      '%',
      '_',
      '\\',
      '$1',
      '${a}',
      "' OR 1=1 --",
      '*',
      '.',
      'null',
      '\u2028',
      '👩‍👩‍👧‍👦',
      'é',
      'e\u0301',
    ]
    const edits = texts.map((text, n) =>
      alice.edit({ recordId: `r${n}`, data: { id: `r${n}`, text, list: [text] } }),
    )
    const versions = (await alice.push(edits)).map(acceptedVersion)
    for (const [n, text] of texts.entries()) {
      const path = ['text']
      const alone: readonly Filter[] = [
        { op: 'in', path, value: [text] },
        { op: 'not', filter: { op: 'not-in', path, value: [text] } },
        { op: 'array-contains', path: ['list'], value: text },
      ]
      const containing = texts.filter((other) => other.includes(text)).length
      const contains: Filter = { op: 'contains', path, value: text }
      for (const [filter, expected] of [
        ...alone.map((each) => [each, 1] as const),
        [contains, containing] as const,
      ]) {
        const reader = client({ id: `reader${n}`, collections: [{ name: COLLECTION, filter }] })
        await reader.pullAll()
        assertEqual(reader.view.size, expected, `records by ${JSON.stringify(filter)}`)
        assertEqual(reader.get(`r${n}`)?.version, versions[n], 'the record')
      }
    }
  })

  test('pointers of patches reach the key they name and no other (A5, A9)', async ({ client, adapter }) => {
    if (!adapter.capabilities.patch) return
    const alice = client()
    const keys = HOSTILE_KEYS
    const fields = Object.fromEntries(keys.map((key, n) => [key, n]))
    const before = { id: 'a', inner: fields, ...fields }
    let base = await alice.write({ recordId: 'a', data: before })
    const expected = structuredClone(before) as { [key: string]: Json; inner: { [key: string]: Json } }
    for (const [n, key] of keys.entries()) {
      const pointer = `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
      const patch =
        n % 2 === 0
          ? { set: { [pointer]: `new ${key}` }, unset: [`/inner${pointer}`] }
          : { set: { [`/inner${pointer}`]: null }, unset: [pointer] }
      base = await alice.write({ recordId: 'a', kind: 'patch', base, patch })
      if (n % 2 === 0) {
        expected[key] = `new ${key}`
        delete expected.inner[key]
      } else {
        expected.inner[key] = null
        delete expected[key]
      }
    }
    assertEqual((await alice.stored('a'))?.data, expected, 'the document')
  })

  test('names in projections are names and no more (A9)', async ({ client, adapter }) => {
    if (!adapter.capabilities.patch) return
    const alice = client()
    const data = { id: 'a', ...Object.fromEntries(HOSTILE_KEYS.map((key, n) => [key, n])) }
    await alice.write({ recordId: 'a', data })
    for (const [n, key] of HOSTILE_KEYS.entries()) {
      const only = client({ id: `only${n}`, collections: [{ name: COLLECTION, fields: { only: [key] } }] })
      await only.pullAll()
      assertEqual(only.get('a')?.data, { id: 'a', [key]: n }, `only ${JSON.stringify(key)}`)
      const request = { scope: alice.scope, collection: COLLECTION, ids: ['a'], fields: { except: [key] } }
      const [record] = await adapter.fetch(request, neverAborted())
      const { [key]: _hidden, ...rest } = data as Record<string, Json>
      assertEqual(record?.data, rest, `all but ${JSON.stringify(key)}`)
    }
  })

  test('bases and epochs that nobody gave out are compared, and no more (A2, A9)', async ({ client }) => {
    const alice = client()
    const version = await alice.write({ recordId: 'a', data: { id: 'a', n: 1 } })
    const edits = [
      ...HOSTILE_TEXTS,
      `${version} `,
      ` ${version}`,
      version.toUpperCase(),
      version.slice(1),
      `${version}0`,
    ]
      .filter((base) => base !== version)
      .map((base) => alice.edit({ recordId: 'a', base, data: { id: 'a', n: 2 } }))
    for (const [index, result] of (await alice.push(edits)).entries()) {
      const fine =
        result.status === 'conflict' || (result.status === 'rejected' && result.code === 'INVALID_MUTATION')
      assert(fine, `The base ${JSON.stringify(edits[index]?.base)} is answered ${JSON.stringify(result)}`)
    }
    for (const epoch of [...HOSTILE_TEXTS, `${alice.epoch} `, alice.epoch.slice(1)]) {
      const [result] = await alice.push([alice.edit({ recordId: 'late' })], { epoch })
      assertOutcome(result, 'retry', 'EPOCH_CHANGED')
    }
    assertEqual((await alice.stored('a'))?.version, version, 'what is stored')
    assertEqual(await alice.stored('late'), undefined, 'what was sent under no epoch')
  })

  test('ids of clients that are hostile, or alike, are kept apart (A3, A9)', async (bench) => {
    const isTooLong = (id: string): boolean => id.length > bench.maxClientIdLength
    for (const id of HOSTILE_CLIENTS.filter(isTooLong)) {
      const client = bench.client({ id })
      const edit = client.edit({ recordId: 'refused' })
      await assertRejects(() => client.rawPush({ mutations: [edit] }), 'PROTOCOL', `a client of ${id.length}`)
    }
    const clients = HOSTILE_CLIENTS.filter((id) => !isTooLong(id)).map((id) => bench.client({ id }))
    const sent: Mutation[] = []
    const versions: string[] = []
    for (const [n, each] of clients.entries()) {
      sent.push(each.edit({ recordId: `r${n}`, data: { id: `r${n}`, by: each.id } }))
      versions.push(acceptedVersion((await each.push([sent[n]!]))[0]))
    }
    for (const [n, each] of clients.entries()) {
      const [again] = await each.push([sent[n]!])
      assertAnsweredAgain(bench, again, versions[n])
      assertEqual((await each.stored(`r${n}`))?.mutation, `${each.id}.0`, 'mutation stored')
    }
    // What one has settled is another's still.
    await clients[0]!.push([clients[0]!.edit({ recordId: 'more' })], { settled: 1 })
    for (const [n, each] of clients.slice(1).entries()) {
      const [again] = await each.push([sent[n + 1]!])
      assertAnsweredAgain(bench, again, versions[n + 1])
    }
  })

  test('names of groups that are hostile, or alike, are kept apart (A9, A10)', async ({
    client,
    adapter,
  }) => {
    if (!adapter.capabilities.groups) return
    const alice = client()
    await alice.write({ recordId: 'taken' })
    const names = HOSTILE_IDS.slice(
      0,
      Math.min(HOSTILE_IDS.length, Math.floor(adapter.capabilities.maxBatch / 2)),
    )
    // Every other one fails.
    const edits = names.flatMap((group, n) => [
      alice.edit({ recordId: `a${n}`, group }),
      alice.edit({ recordId: n % 2 === 0 ? `b${n}` : 'taken', group }),
    ])
    const results = await alice.push(edits)
    for (const n of names.keys()) {
      const statuses = [results[2 * n]?.status, results[2 * n + 1]?.status]
      assertEqual(
        statuses,
        n % 2 === 0 ? ['accepted', 'accepted'] : ['aborted', 'conflict'],
        JSON.stringify(names[n]),
      )
    }
    await alice.pullAll()
    assertEqual(alice.view.size, 2 * Math.ceil(names.length / 2) + 1, 'records')
  })
}
