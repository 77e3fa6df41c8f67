/** Chromium keeps large values in files of their own. One that is missing must harm no other row, and can be mended (ST6). */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { callsTo, launchBrowser, servePage } from '@synclayer/browser-lab'
import { expect, test } from 'vitest'
import { row } from './testing/storage-lab.ts'
import type { StoragePage } from './testing/storage-page.ts'

test('a large value whose file is missing is told as damaged, harms no other, and can be written over', async () => {
  const profile = mkdtempSync(path.join(tmpdir(), 'synclayer-lost-'))
  const served = await servePage({ entry: path.join(import.meta.dirname, 'testing/storage-page.ts') })
  const large = JSON.stringify({ text: randomBytes(300_000).toString('base64') })
  const lane = 'waiting'
  const before = await launchBrowser({ profile })
  try {
    const store = callsTo<StoragePage>(await before.newPage(served.url))
    await store.open({ name: 'lost' })
    const others = Array.from({ length: 20 }, (_, at) =>
      row(`n${at + 10}`, { lane, order: (at + 10) * 100 - 50 }),
    )
    await store.commit({
      records: [...others, row('n15-large', { document: large, keys: [[7]], lane, order: 1_500 })],
      entries: [
        { name: 'large', value: large },
        { name: 'small', value: '1' },
      ],
    })
    await store.close()
  } finally {
    await before.close()
  }
  const folder = path.join(profile, 'Default/IndexedDB')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true })
  const ofLargeValues = files.filter((file) => file.isFile() && file.parentPath.includes('.blob'))
  expect(ofLargeValues.length).toBe(2)
  for (const file of ofLargeValues) rmSync(path.join(file.parentPath, file.name))

  const browser = await launchBrowser({ profile })
  try {
    const store = callsTo<StoragePage>(await browser.newPage(served.url))
    await store.open({ name: 'lost' })
    const damaged = { id: 'n15-large', damaged: true }
    const ids = Array.from({ length: 20 }, (_, at) => `n${at + 10}`)
    const withLost = [...ids.slice(0, 6), 'n15-large', ...ids.slice(6)]

    expect(await store.read(['n10', 'n15-large', 'n11'])).toMatchObject([
      { id: 'n10' },
      damaged,
      { id: 'n11' },
    ])
    expect((await store.read(withLost))[6]).toMatchObject(damaged)
    expect((await store.scan()).map(({ id }) => id)).toEqual(withLost)
    expect(await store.query(null, true)).toEqual(withLost.toReversed())
    expect(await store.query('size')).toEqual([...ids, 'n15-large'])
    expect(await store.query('size', true)).toEqual(['n15-large', ...ids])
    const waiting = await store.outbox({ lane, scope: null, after: 1_400, limit: 3 })
    expect(waiting.map(({ id }) => id)).toEqual(['n15', 'n15-large', 'n16'])
    await expect(store.readEntries(['small', 'large'])).rejects.toMatchObject({
      code: 'STORAGE_CORRUPT',
      details: { entry: 'large' },
    })
    expect(await store.readEntries(['small'])).toMatchObject([{ value: '1' }])

    const [lost] = await store.read(['n15-large'])
    const write = {
      records: [row('n15-large', { sync: '{"again":1}' })],
      entries: [{ name: 'large', value: '2' }],
    }
    const expecting = (revision: number) => [{ collection: 'notes', id: 'n15-large', revision }]
    expect((await store.commit(write, expecting(lost!.revision + 1))).status).toBe('stale')
    expect((await store.commit(write, expecting(lost!.revision))).status).toBe('committed')
    expect(await store.read(['n15-large'])).toMatchObject([{ sync: '{"again":1}' }])
    expect(await store.readEntries(['large'])).toMatchObject([{ value: '2' }])
    expect((await store.query('size')).length).toBe(21)
  } finally {
    await browser.close()
    await served.close()
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  }
}, 120_000)
