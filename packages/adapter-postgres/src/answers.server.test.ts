/** What accepted mutations were answered is remembered by runs, and told again to who asks again (A3). */
import type { BackendAdapter, Mutation, PushResult } from '@synclayer/core/adapter'
import fc from 'fast-check'
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { codeOf, open, pull, pullAll, pushAll, put, SIGNAL } from './testing/push-and-pull.ts'
import { openTestServer, type TestDatabase } from './testing/test-database.ts'

vi.setConfig({ testTimeout: 60_000 })

const server = await openTestServer()
afterAll(server.close)
let database: TestDatabase
let adapter: BackendAdapter
beforeEach(async () => {
  database = await server.createPrepared()
  adapter = await open({ url: database.url, listen: false })
})
afterEach(async () => {
  await adapter.close()
  await database.drop()
})

const puts = (from: number, to: number, client = 'c'): readonly Mutation[] =>
  Array.from({ length: to - from + 1 }, (_, index) => put(from + index, {}, client))

/** The runs, as texts such as `c 1-100`. */
async function runs(): Promise<readonly unknown[]> {
  const rows = await database.query(
    `SELECT client || ' ' || first || '-' || last AS run FROM synclayer.result ORDER BY client, last`,
  )
  return rows.map(({ run }) => run)
}

describe('a run', () => {
  test('is a row for a batch, and each mutation of it is answered as it was', async () => {
    const results = await pushAll(adapter, puts(1, 100))
    expect(await runs()).toEqual(['c 1-100'])
    expect(await pushAll(adapter, puts(1, 100))).toEqual(results)
    expect(await pushAll(adapter, [put(100), put(1), put(57)])).toEqual(
      [99, 0, 56].map((place) => results[place]),
    )
    expect((await pullAll(adapter)).changes).toHaveLength(100)
    const [reused] = await pushAll(adapter, [{ ...put(57), time: '0198abcdef01-0001-00000000000000aa' }])
    expect(reused).toMatchObject({ id: 'c.57', status: 'rejected', code: 'MUTATION_ID_REUSED' })
  })

  test('ends where a number is left out, where a mutation was refused, and where it gets long', async () => {
    await pushAll(adapter, [put(3), put(4), { ...put(5), base: 'x' }, put(6), put(9)])
    expect(await runs()).toEqual(['c 3-4', 'c 6-6', 'c 9-9'])
    // The numbers between were not used, and still can be.
    expect(await pushAll(adapter, puts(3, 9))).toMatchObject(
      Array.from({ length: 7 }, () => ({ status: 'accepted' })),
    )
    const others = puts(1, 230, 'd').map(({ id, ...rest }) => ({ ...rest, ...recordOf(id), id }))
    await pushAll(adapter, others, { clientId: 'd' })
    expect((await runs()).slice(-3)).toEqual(['d 1-100', 'd 101-200', 'd 201-230'])
  })

  test('goes once all of it is settled, and stays whole until then', async () => {
    const results = await pushAll(adapter, puts(1, 10))
    await pushAll(adapter, [put(11)], { settled: 7 })
    expect(await runs()).toEqual(['c 1-10', 'c 11-11'])
    expect(await pushAll(adapter, [put(8)])).toEqual([results[7]])
    await pushAll(adapter, [], { settled: 11 })
    expect(await runs()).toEqual(['c 11-11'])
  })
})

test('a push that has an id twice is PROTOCOL: its results could not be told apart', async () => {
  expect(await codeOf(pushAll(adapter, [put(1), put(1)]))).toBe('PROTOCOL')
  expect(await runs()).toEqual([])
})

test('whatever was sent together, and again, in whatever order: an answer that was given is given again', async () => {
  const CLIENTS = ['a', 'b', 'b1']
  // Of each client three records, so that some mutations are refused and some share a transaction's record.
  const mutation = fc.tuple(fc.constantFrom(...CLIENTS), fc.integer({ min: 1, max: 12 }), fc.boolean())
  const step = fc.array(
    fc.uniqueArray(mutation, { maxLength: 8, selector: ([client, n]) => `${client}.${n}` }),
    {
      minLength: 1,
      maxLength: 3,
    },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 6 }), fc.uuid(), async (steps, scope) => {
      const { epoch, cursor } = await pull(adapter, null, { scope, limit: 0 })
      const answered = new Map<string, PushResult>()
      const versions = new Set<string>()
      for (const requests of steps) {
        const sent = requests.flatMap((request) =>
          CLIENTS.map((clientId) => ({
            clientId,
            mutations: request
              .filter(([client]) => client === clientId)
              // The last part says whether its record is one of its own, or one that all of them create.
              .map(([client, n, isOwn]) => ({
                ...put(n, {}, client),
                ...recordOf(isOwn ? `${client}${n}` : 'all'),
              })),
          })),
        )
        const answers = await Promise.all(
          sent.map(async ({ clientId, mutations }) =>
            adapter.push({ scope, clientId, settled: 0, epoch, cursor, mutations }, SIGNAL),
          ),
        )
        for (const result of answers.flatMap(({ results }) => results)) {
          const before = answered.get(result.id)
          if (before !== undefined && !isReuse(result)) expect(result).toEqual(before)
          if (result.status !== 'accepted') continue
          if (before === undefined) expect(versions).not.toContain(result.version)
          versions.add(result.version)
          answered.set(result.id, result)
        }
      }
      const { changes } = await pullAll(adapter, null, { scope })
      expect(new Set(changes.map(({ version }) => version))).toEqual(versions)
    }),
    { numRuns: 40 },
  )
})

function recordOf(id: string): Pick<Mutation, 'recordId' | 'data'> {
  return { recordId: id, data: { id } }
}

function isReuse(result: PushResult): boolean {
  return result.status === 'rejected' && result.code === 'MUTATION_ID_REUSED'
}
