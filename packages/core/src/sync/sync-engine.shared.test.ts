import { describe, expect, test } from 'vitest'
import { SyncError } from '../errors/sync-error.ts'
import type { PullRequest } from '../protocol/messages.ts'
import { createMemoryStore } from '../storage-memory/memory-store.ts'
import { createLab } from '../testing/engine-lab.ts'
import type { LabClient } from '../testing/lab-client.ts'
import { feedEntry, parseFeed } from './feed-state.ts'

/** No request is given up. */
const PATIENT = { timeoutMs: 86_400_000 }

/** Holds the client's next answer to such a pull until it is let go; with a `failure`, that is the answer. */
function holdPull(
  client: LabClient,
  failure?: SyncError,
  which: (request: PullRequest) => boolean = () => true,
): () => void {
  let letGo = (): void => undefined
  const held = new Promise<void>((resolve) => (letGo = resolve))
  client.wire.pull = async (request, through) => {
    if (!which(request)) return through()
    delete client.wire.pull
    const response = failure === undefined ? through() : null
    await held
    return response ?? Promise.reject(failure!)
  }
  return letGo
}

async function feedOf(client: LabClient, scope = 'default') {
  return parseFeed((await client.store.entry(feedEntry(scope)))!.value)!
}

describe('two processes on one store', () => {
  test('who opens the feed late does not set it back, and no delete is missed (W29, I9)', async () => {
    const lab = createLab()
    const memory = createMemoryStore()
    const [one, two, other] = [
      await lab.client({ memory }),
      await lab.client({ memory, settings: PATIENT }),
      await lab.client(),
    ] as const
    await other.save('a', { n: 1 })
    await other.sync()
    const letGo = holdPull(two)
    const late = two.engine.sync()
    await lab.time.settle()
    await one.sync()
    const followed = await feedOf(one)
    await other.remove('a')
    await other.sync()
    letGo()
    await lab.during(late)
    await one.sync()
    expect(followed.snapshot).toBeNull()
    expect(await one.contents()).toEqual({})
  })

  test('who is still pulling a scope that the other has forgotten brings nothing of it back (W29, R9)', async () => {
    const lab = createLab()
    const memory = createMemoryStore()
    const scopes = ['default', 'other']
    const one = await lab.client({ memory, scopes })
    const two = await lab.client({ memory, scopes, settings: PATIENT })
    const writer = await lab.client({ scopes: ['other'] })
    await writer.save('a', { n: 1 })
    await writer.sync()
    const letGo = holdPull(two, undefined, ({ scope, limit }) => scope === 'other' && limit > 0)
    const late = two.engine.sync()
    await lab.time.settle()
    await one.engine.setScopes(['default'])
    await one.sync()
    letGo()
    await expect(lab.during(late)).rejects.toMatchObject({ code: 'ABORTED' })
    expect(await one.contents()).toEqual({})
    expect(await one.store.entry(feedEntry('other'))).toBeUndefined()
  })

  test('who reads a scope anew that the other has left leaves nothing of it behind when it is killed (W29, R9)', async () => {
    const lab = createLab()
    const memory = createMemoryStore()
    const one = await lab.client({ memory, scopes: ['default', 'other'] })
    const two = await lab.client({ memory, scopes: ['default', 'other'] })
    await two.save('a', { n: 1 }, { scope: 'other' })
    await two.sync()
    await one.engine.setScopes(['default'])
    await one.sync()
    await two.sync()
    expect(await two.contents()).toEqual({ a: { n: 1 } })
    two.kill()
    const later = await lab.client({ memory, scopes: ['default'] })
    await later.sync()
    expect(await later.contents()).toEqual({})
    expect(await later.store.entry(feedEntry('other'))).toBeUndefined()
    expect(await later.store.entry('leaving')).toBeUndefined()
  })

  test('who has a change in flight in a scope that the other has sent and left reads nothing of it again (W29, R9)', async () => {
    const lab = createLab()
    const memory = createMemoryStore()
    const scopes = ['default', 'other']
    const one = await lab.client({ memory, scopes })
    const two = await lab.client({ memory, scopes })
    await two.sync()
    await two.save('a', { n: 1 }, { scope: 'other' })
    two.wire.push = async (_request, through) => {
      await through()
      throw new SyncError('NETWORK', 'The answer was lost.')
    }
    await two.sync().catch(() => undefined)
    await Promise.all([one, two].map(({ engine }) => engine.setScopes(['default'])))
    await one.sync()
    expect(await one.contents()).toEqual({})
    two.wire.pulls.length = 0
    await two.sync()
    expect(two.wire.pulls.filter(({ scope }) => scope === 'other')).toEqual([])
    expect(await two.store.entry(feedEntry('other'))).toBeUndefined()
  })

  test('who takes a scope back that the other was leaving as it was killed has all of it again (W29, R9, I4)', async () => {
    const lab = createLab()
    const memory = createMemoryStore()
    const scopes = ['default', 'other']
    const one = await lab.client({ memory, scopes })
    const two = await lab.client({ memory, scopes })
    await one.save('a', { n: 1 }, { scope: 'other' })
    await one.sync()
    await one.sync()
    await one.engine.setScopes(['default'])
    one.kill()
    expect(await two.contents()).toEqual({})
    await two.engine.setScopes(scopes)
    await two.sync()
    expect(await two.contents()).toEqual({ a: { n: 1 } })
  })

  test('who still leaves a scope that the other has taken back takes nothing of it away (W29, R9, I4)', async () => {
    const lab = createLab()
    const memory = createMemoryStore()
    const scopes = ['default', 'other']
    const one = await lab.client({ memory, scopes })
    const two = await lab.client({ memory, scopes })
    await one.save('a', { n: 1 }, { scope: 'other' })
    await one.sync()
    await one.sync()
    one.disk.beforeCommit = ({ removals = [] }) => {
      if (removals.length > 0) throw new SyncError('STORAGE_FULL', 'The disk is full.')
    }
    await expect(one.engine.setScopes(['default'])).rejects.toMatchObject({ code: 'STORAGE_FULL' })
    await two.engine.setScopes(scopes)
    await two.sync()
    // It never comes to forget the feed.
    one.disk.beforeCommit = ({ entries = [] }) => {
      if (entries.some(({ name }) => name === feedEntry('other'))) throw new Error('It was killed.')
    }
    await one.engine.sync().catch(() => undefined)
    one.kill()
    await two.sync()
    expect(await two.contents()).toEqual({ a: { n: 1 } })
    expect(await feedOf(two, 'other')).toMatchObject({ snapshot: null })
  })

  test('who learns late that the cursor expired begins no second resync of that generation (W29, R2, I9)', async () => {
    const lab = createLab()
    const memory = createMemoryStore()
    const [one, other] = [await lab.client({ memory }), await lab.client()] as const
    for (const id of ['a', 'b']) await other.save(id, { n: 1 })
    await other.sync()
    await one.sync()
    const two = await lab.client({ memory, settings: PATIENT })
    await other.remove('b')
    await other.sync()
    await lab.time.advance(1)
    await lab.backend.adapter().purge!({ scope: 'default', before: lab.time.clock.now() })
    const letGo = holdPull(two, new SyncError('CURSOR_EXPIRED', 'Below the floor.'))
    const late = two.engine.sync()
    await lab.time.settle()
    await one.sync()
    expect(await one.contents()).toEqual({ a: { n: 1 } })
    await other.remove('a')
    await other.sync()
    letGo()
    await lab.during(late)
    await one.sync()
    expect(await one.contents()).toEqual({})
    expect((await feedOf(one)).generation).toBe(2)
  })
})

test('a resync that begins at the end of a round leaves the cursor where the round led (I9)', async () => {
  const lab = createLab()
  const [client, other] = [await lab.client(), await lab.client()] as const
  await client.save('a', { n: 1 })
  await client.sync()
  const backup = lab.backend.backup()
  await client.save('a', { n: 2 })
  await client.sync()
  lab.backend.restore(backup, { unnoticed: true })
  await other.save('b', { n: 1 })
  await other.sync()
  const cursors: (string | null)[] = []
  client.disk.beforeCommit = ({ entries = [] }) => {
    for (const { name, value } of entries)
      if (name === feedEntry('default')) cursors.push(parseFeed(value)!.cursor)
  }
  await client.sync()
  expect(cursors.every((cursor, at) => at === 0 || cursors[at - 1]! <= cursor!)).toBe(true)
  expect(lab.contents()).toEqual({ a: { n: 2 }, b: { n: 1 } })
})
