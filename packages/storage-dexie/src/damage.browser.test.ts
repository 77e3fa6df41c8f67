import { isSyncError } from '@synclayer/core/storage'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createStorageLab, row, type StorageLab } from './testing/storage-lab.ts'

// A machine may be busy with other tests.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let lab: StorageLab

beforeAll(async () => {
  lab = await createStorageLab()
})
afterAll(() => lab.close())

describe('damaged rows (ST6)', () => {
  // Every field, and every kind of what may stand in its place.
  const damages: readonly (readonly [what: string, fields: Readonly<Record<string, unknown>>])[] = [
    ['a changed letter in the document', { doc: '{"id":"B"}' }],
    ['a document that is gone', { doc: undefined }],
    ['a number for the document', { doc: 7 }],
    ['another base', { base: '{"x":1}' }],
    ['another state of sync', { sync: '{"v":2}' }],
    ['another scope', { scope: 'other' }],
    ['another revision', { rev: 12_345 }],
    ['a revision that is no number', { rev: 'x' }],
    ['a lane that it is not in', { lane: 'sending' }],
    ['a lane that is none', { lane: 'nowhere' }],
    ['another place', { at: 99 }],
    ['another checksum', { sum: 1 }],
    ['no checksum', { sum: undefined }],
    ['an index that it is not in', { idx: ['0/\u0009\0b', 'w:default\u00000' + '2'.padStart(16, '0')] }],
  ]

  for (const [what, fields] of damages) {
    test(`${what}: told, harms no other, kept when written over`, async () => {
      const store = await lab.tab()
      await store.open({ name: `damage-${what}` })
      const lane = { lane: 'waiting' as const }
      await store.commit({
        records: [
          row('a', { ...lane, order: 1 }),
          row('b', { ...lane, order: 2 }),
          row('c', { ...lane, order: 3 }),
        ],
      })
      await store.rawChange('rows', 'notes/b', fields)
      const before = await store.rawGet('rows', 'notes/b')

      const [a, b, c] = await store.read(['a', 'b', 'c'])
      expect(b).toMatchObject({ collection: 'notes', id: 'b', damaged: true })
      expect([a, c].map((each) => 'damaged' in each!)).toEqual([false, false])
      expect((await store.scan()).map(({ id }) => id)).toEqual(['a', 'b', 'c'])
      const first = await store.outbox({ lane: 'waiting', scope: null, after: 0, limit: 2 })
      expect(first.map(({ id }) => id)).toEqual(['a', 'b'])
      const next = await store.outbox({ lane: 'waiting', scope: null, after: first[1]!.order, limit: 2 })
      expect(next.map(({ id }) => id)).toEqual(['c'])

      const write = { records: [row('b', { sync: '{"again":1}' })] }
      const stale = await store.commit(write, [{ collection: 'notes', id: 'b', revision: null }])
      expect(stale.status).toBe('stale')
      const expected = [{ collection: 'notes', id: 'b', revision: b!.revision }]
      expect((await store.commit(write, expected)).status).toBe('committed')
      expect((await store.read(['b']))[0]).toMatchObject({ sync: '{"again":1}' })
      expect(await store.rawAll('aside')).toEqual([before])
      await store.close()
    })
  }

  test('is kept when it is removed', async () => {
    const store = await lab.tab()
    await store.open({ name: 'damage-removed' })
    await store.commit({ records: [row('a')] })
    await store.rawChange('rows', 'notes/a', { doc: '{}' })
    const before = await store.rawGet('rows', 'notes/a')
    await store.commit({ removals: [{ collection: 'notes', id: 'a' }] })
    expect(await store.rawAll('aside')).toEqual([before])
    await store.clear()
    expect(await store.rawAll('aside')).toEqual([])
    await store.close()
  })
})

describe('damaged entries', () => {
  test('are STORAGE_CORRUPT, named, and can be written over', async () => {
    const store = await lab.tab()
    await store.open({ name: 'damage-entries' })
    await store.commit({
      entries: [
        { name: 'cursor', value: 'c1' },
        { name: 'other', value: 'o1' },
      ],
    })
    await store.rawChange('entries', 'cursor', { value: 'c2' })
    const error: unknown = await store.readEntries(['other', 'cursor']).catch((reason: unknown) => reason)
    expect(isSyncError(error, 'STORAGE_CORRUPT')).toBe(true)
    expect(error).toMatchObject({ details: { entry: 'cursor' } })
    expect(await store.readEntries(['other'])).toMatchObject([{ value: 'o1' }])
    await store.commit({ entries: [{ name: 'cursor', value: 'c3' }] })
    expect(await store.readEntries(['cursor'])).toMatchObject([{ value: 'c3' }])
    await store.close()
  })
})
