import { assert, assertEqual, assertPresent } from '../expect.ts'
import { commit, type StorageSuite } from './storage-suite.ts'

/** Named values. */
export function entryTests({ group, test }: StorageSuite): void {
  group('entries', () => {
    test('are read by name, in the order asked for (ST4)', async ({ open }) => {
      const storage = await open()
      await commit(storage, {
        entries: [
          { name: 'a', value: '1' },
          { name: 'b', value: '' },
        ],
      })
      const entries = await storage.readEntries(['b', 'x', 'a'])
      assertEqual(
        entries.map((entry) => entry?.value),
        ['', undefined, '1'],
      )
      assertEqual(await storage.readEntries([]), [])
    })

    test('are written over and removed; null for an absent one is no error (ST4)', async ({ open }) => {
      const storage = await open()
      await commit(storage, { entries: [{ name: 'a', value: '1' }] })
      await commit(storage, { entries: [{ name: 'a', value: '2' }] })
      assertEqual((await storage.readEntries(['a']))[0]?.value, '2')
      await commit(storage, {
        entries: [
          { name: 'a', value: null },
          { name: 'x', value: null },
        ],
      })
      assertEqual(await storage.readEntries(['a']), [undefined])
      assertEqual(await storage.listEntries(''), [])
    })

    test('have a new revision with every write, also after removal (ST3)', async ({ open }) => {
      const storage = await open()
      const seen = new Set<number>()
      for (const value of ['1', '2', null, '3', '3', null, '4']) {
        await commit(storage, { entries: [{ name: 'a', value }] })
        if (value === null) continue
        const { revision } = assertPresent((await storage.readEntries(['a']))[0])
        assert(!seen.has(revision), `revision ${revision} came twice`)
        seen.add(revision)
      }
    })

    test('are listed by prefix, by name in code point order (ST4)', async ({ open }) => {
      const storage = await open()
      const names = [
        'p/\ue000',
        'p/b',
        'p/😀',
        'p',
        'q',
        'p/',
        'P/a',
        'p0',
        'p/a',
        'p/%',
        'q/p/a',
        'o/z',
        'p/a/1',
      ]
      await commit(storage, { entries: names.map((name) => ({ name, value: `of ${name}` })) })
      const listed = await storage.listEntries('p/')
      const expected = ['p/', 'p/%', 'p/a', 'p/a/1', 'p/b', 'p/\ue000', 'p/😀']
      assertEqual(
        listed.map(({ name }) => name),
        expected,
        'names',
      )
      assertEqual(
        listed.map(({ value }) => value),
        expected.map((name) => `of ${name}`),
        'values',
      )
      assertEqual(
        await storage.readEntries(expected),
        listed.map(({ value, revision }) => ({ value, revision })),
      )
      assertEqual((await storage.listEntries('')).length, names.length, 'all')
      assertEqual(await storage.listEntries('p/zz'), [])
    })
  })
}
