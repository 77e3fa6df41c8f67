import { describe, expect, test } from 'vitest'
import { SyncError } from '../errors/sync-error.ts'
import type { PushOutcome, PushRequest, PushResponse } from '../protocol/messages.ts'
import type { JsonObject } from '../shared/json.ts'
import { createLab, type EngineLab } from '../testing/engine-lab.ts'
import type { LabClient } from '../testing/lab-client.ts'

async function pair(): Promise<{ lab: EngineLab; client: LabClient; other: LabClient }> {
  const lab = createLab()
  return { lab, client: await lab.client(), other: await lab.client() }
}

const to = (fields: JsonObject) => () => fields

/** Answers with these outcomes by record, without applying anything. */
function answering(outcomes: Readonly<Record<string, PushOutcome>>) {
  return async ({ mutations }: PushRequest): Promise<PushResponse> => ({
    results: mutations.flatMap(({ id, recordId }) => {
      const outcome = outcomes[recordId]
      return outcome === undefined ? [] : [{ id, ...outcome }]
    }),
    serverTime: null,
  })
}

const REJECTED: PushOutcome = { status: 'rejected', code: 'FORBIDDEN', reason: 'Not yours.' }
const ABORTED: PushOutcome = { status: 'aborted' }
const RETRY: PushOutcome = { status: 'retry', code: 'BACKEND_FAILED' }

describe('a transaction', () => {
  test('travels as one group, in one request, whatever the batch size (W14)', async () => {
    const lab = createLab()
    const client = await lab.client({ settings: { batchSize: 2 } })
    await client.save('first', { n: 1 })
    await client.change({ a: to({ n: 1 }), b: to({ n: 1 }), c: to({ n: 1 }) }, { group: 'g' })
    await client.sync()
    const sent = client.wire.pushes.map(({ mutations }) => mutations.map(({ recordId }) => recordId))
    expect(sent).toEqual([['first'], ['a', 'b', 'c']])
    expect(client.wire.pushes[1]!.mutations.map(({ group }) => group)).toEqual(['g', 'g', 'g'])
    expect(Object.keys(lab.contents())).toHaveLength(4)
  })

  test('waiting groups that share a record unite (W14)', async () => {
    const { client } = await pair()
    await client.change({ a: to({ n: 1 }), b: to({ n: 1 }) }, { group: 'g1' })
    await client.change({ b: to({ n: 2 }), c: to({ n: 2 }) }, { group: 'g2' })
    await client.sync()
    const [{ mutations }] = client.wire.pushes as [PushRequest]
    expect(mutations.map(({ recordId }) => recordId).sort()).toEqual(['a', 'b', 'c'])
    expect(new Set(mutations.map(({ group }) => group)).size).toBe(1)
  })

  test('that is refused parks whole, each with the reason (W14, W7)', async () => {
    const { lab, client } = await pair()
    await client.change({ a: to({ n: 1 }), b: to({ n: 1 }) }, { group: 'g' })
    client.wire.push = answering({ a: REJECTED, b: ABORTED })
    expect(await client.sync()).toMatchObject({ pushed: 0, parked: 2 })
    expect([await client.lane('a'), await client.lane('b')]).toEqual(['parked', 'parked'])
    expect(client.told('mutationParked').map(({ id, code }) => [id, code])).toEqual([
      ['a', 'FORBIDDEN'],
      ['b', 'FORBIDDEN'],
    ])
    expect(lab.contents()).toEqual({})
  })

  test('that is refused, but edited meanwhile, is tried once more as a whole (W7, W14)', async () => {
    const { lab, client } = await pair()
    await client.change({ a: to({ n: 1 }), b: to({ n: 1 }) }, { group: 'g' })
    client.wire.push = async (request) => {
      delete client.wire.push
      await client.save('a', { n: 2 })
      return answering({ a: REJECTED, b: ABORTED })(request)
    }
    await client.sync()
    expect(client.wire.pushes[1]!.mutations.map(({ recordId }) => recordId).sort()).toEqual(['a', 'b'])
    expect(lab.contents()).toEqual({ a: { n: 2 }, b: { n: 1 } })
  })

  test('with one member in conflict: nothing is applied, then all of it, merged (W6, W8, W14)', async () => {
    const { lab, client, other } = await pair()
    await client.change({ a: to({ n: 1 }), b: to({ n: 1 }) }, { group: 'g0' })
    await client.sync()
    await other.sync()
    await other.save('a', { n: 1, theirs: true })
    await other.sync()
    await client.change({ a: to({ n: 2 }), b: to({ n: 2 }) }, { group: 'g' })
    client.wire.pull = () => Promise.reject(new SyncError('BACKEND_FAILED', 'no news'))
    const seen: unknown[] = []
    client.wire.push = async (_request, through) => {
      const answer = await through()
      seen.push(answer.results.map(({ status }) => status).sort())
      return answer
    }
    await client.sync().catch(() => undefined)
    expect(seen).toEqual([
      ['aborted', 'conflict'],
      ['accepted', 'accepted'],
    ])
    expect(lab.contents()).toEqual({ a: { n: 2, theirs: true }, b: { n: 2 } })
    expect(client.wire.pushes.at(-1)!.mutations.map(({ group }) => group)).toEqual(['g', 'g'])
  })

  test('a later transaction over a record in flight follows as its own group (W14)', async () => {
    const { lab, client } = await pair()
    await client.change({ a: to({ n: 1 }), b: to({ n: 1 }) }, { group: 'g1' })
    client.wire.push = async (_request, through) => {
      delete client.wire.push
      await client.change({ b: to({ n: 2 }), c: to({ n: 2 }) }, { group: 'g2' })
      return through()
    }
    await client.sync()
    const sent = client.wire.pushes.map(({ mutations }) => mutations.map(({ recordId }) => recordId).sort())
    expect(sent).toEqual([
      ['a', 'b'],
      ['b', 'c'],
    ])
    expect(lab.contents()).toEqual({ a: { n: 1 }, b: { n: 2 }, c: { n: 2 } })
  })

  test('a later transaction over a record in flight that is refused: all wait as one, once more (W7, W14)', async () => {
    const { lab, client } = await pair()
    await client.change({ a: to({ n: 1 }), b: to({ n: 1 }) }, { group: 'g1' })
    client.wire.push = async (request) => {
      delete client.wire.push
      await client.change({ b: to({ n: 2 }), c: to({ n: 2 }) }, { group: 'g2' })
      return answering({ a: REJECTED, b: ABORTED })(request)
    }
    await client.sync()
    expect(client.wire.pushes[1]!.mutations.map(({ recordId }) => recordId).sort()).toEqual(['a', 'b', 'c'])
    expect(lab.contents()).toEqual({ a: { n: 1 }, b: { n: 2 }, c: { n: 2 } })
  })

  test('of which one is unknown is unknown as a whole, and sent again as a whole (W9, W14)', async () => {
    const { lab, client } = await pair()
    await client.change({ a: to({ n: 1 }), b: to({ n: 1 }) }, { group: 'g' })
    for (const outcomes of [{ a: RETRY, b: RETRY }, { a: REJECTED, b: RETRY }, { b: ABORTED }]) {
      client.wire.push = answering(outcomes)
      await client.sync()
      expect([await client.lane('a'), await client.lane('b')]).toEqual(['sending', 'sending'])
    }
    delete client.wire.push
    await client.sync()
    for (const { mutations } of client.wire.pushes) {
      expect(mutations.map(({ recordId }) => recordId)).toEqual(['a', 'b'])
    }
    expect(lab.contents()).toEqual({ a: { n: 1 }, b: { n: 1 } })
  })

  test('that backs off comes back whole: no member goes before the others (W14, W17)', async () => {
    const lab = createLab()
    const client = await lab.client({ settings: { auto: true, batchSize: 1 } })
    await lab.time.settle()
    await client.change({ a: to({ n: 1 }), b: to({ n: 1 }), c: to({ n: 1 }) }, { group: 'g' })
    let left = 6
    client.wire.push = async (request, through) =>
      (left -= 1) >= 0 ? answering({ a: RETRY, b: RETRY, c: RETRY })(request) : through()
    await lab.time.advance(600_000)
    expect(client.wire.pushes).toHaveLength(7)
    for (const { mutations } of client.wire.pushes) expect(mutations).toHaveLength(3)
  })

  test('whose merge fails in a resolver parks whole, and retrying one of it sends all (C5, W14)', async () => {
    const lab = createLab()
    let broken = true
    const strategy = ({ local }: { readonly local: JsonObject | null }): JsonObject | null => {
      if (broken) throw new Error('broken')
      return local
    }
    const client = await lab.client({ strategy })
    const other = await lab.client()
    await client.change({ a: to({ n: 1 }), b: to({ n: 1 }) }, { group: 'g0' })
    await client.sync()
    await other.sync()
    await other.save('a', { n: 7 })
    await other.sync()
    await client.change({ a: to({ n: 2 }), b: to({ n: 2 }) }, { group: 'g' })
    await client.sync()
    expect([await client.lane('a'), await client.lane('b')]).toEqual(['parked', 'parked'])
    expect(lab.contents()).toEqual({ a: { n: 7 }, b: { n: 1 } })
    broken = false
    await client.retry('a')
    await client.sync()
    expect(lab.contents()).toEqual({ a: { n: 2 }, b: { n: 2 } })
    expect(client.engine.status).toMatchObject({ pending: 0, parked: 0 })
  })

  test('to a backend without groups goes one by one, without the name of the group (W14)', async () => {
    const lab = createLab({ capabilities: { groups: false } })
    const client = await lab.client()
    await client.change({ a: to({ n: 1 }), b: to({ n: 1 }) }, { group: 'g' })
    await client.sync()
    for (const { group } of client.wire.pushes[0]!.mutations) expect(group).toBeUndefined()
    expect(lab.contents()).toEqual({ a: { n: 1 }, b: { n: 1 } })
  })

  test('forgets who was in it, once it is sent (I7)', async () => {
    const { client } = await pair()
    await client.change({ a: to({ n: 1 }), b: to({ n: 1 }) }, { group: 'g' })
    await client.sync()
    expect(await client.store.storage.listEntries('group:')).toEqual([])
  })

  test('whose list was lost, as by damage, is sent all the same, and whole (W14, ST6, W35)', async () => {
    const { lab, client } = await pair()
    await client.change({ a: to({ n: 1 }), b: to({ n: 1 }), c: to({ n: 1 }) }, { group: 'g' })
    await client.store.storage.commit({ entries: [{ name: 'group:g', value: '[["items","b"]]' }] })
    await client.sync()
    expect(client.wire.pushes.map(({ mutations }) => mutations.length)).toEqual([3])
    expect(Object.keys(lab.contents())).toEqual(['a', 'b', 'c'])
    expect(await client.store.storage.listEntries('group:')).toEqual([])
  })
})
