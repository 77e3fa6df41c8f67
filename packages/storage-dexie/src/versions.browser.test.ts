/** Two versions of an app in two tabs: a collection is in one of them at a time (ST10). */
import type { Calls } from '@synclayer/browser-lab'
import { isSyncError } from '@synclayer/core'
import type { CollectionSchema } from '@synclayer/core/storage'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createStorageLab, row, type StorageLab } from './testing/storage-lab.ts'
import type { StoragePage } from './testing/storage-page.ts'

// A machine may be busy with other tests.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

type Tab = Calls<StoragePage>

let lab: StorageLab

beforeAll(async () => {
  lab = await createStorageLab()
})
afterAll(() => lab.close())

/** A tab with the collection `notes` as told, and with `others`, which is the same in all of them. */
async function openTab(name: string, notes: Partial<CollectionSchema>): Promise<Tab> {
  const tab = await lab.tab()
  await open(tab, name, notes)
  return tab
}

function open(tab: Tab, name: string, notes: Partial<CollectionSchema>): Promise<void> {
  const collections = [
    { name: 'notes', indexes: ['size'], ...notes },
    { name: 'others', indexes: [], version: 1 },
  ]
  return tab.open({ name }, { collections })
}

const OTHER = row('o', { collection: 'others', keys: [] })
/** All that a storage can be asked of `notes`. */
function callsOn(tab: Tab): Readonly<Record<string, () => Promise<unknown>>> {
  const note = { collection: 'notes', id: 'a' }
  return {
    // The first that is asked: nothing is known yet when the browser says that the row is there.
    'commit of a row that is not as new as expected': () =>
      tab.commit({ records: [row('a')] }, [{ ...note, revision: null }]),
    'commit of a new row': () => tab.commit({ records: [row('z')] }, [{ ...note, id: 'z', revision: null }]),
    'commit over a row': () => tab.commit({ records: [row('a', { sync: '{"former":1}' })] }),
    'commit that would be stale': () => tab.commit({ records: [row('a')] }, [{ ...note, revision: 7 }]),
    'commit of a removal': () => tab.commit({ removals: [note] }),
    'commit of others as well': () => tab.commit({ records: [OTHER, row('z')] }),
    read: () => tab.read(['a']),
    'read of what is not there': () => tab.read(['nothing']),
    'query by id': () => tab.query(null),
    'query by index': () => tab.query('size'),
    'count by id': () => tab.count(null),
    'count by index': () => tab.count('size'),
    scan: () => tab.scan(),
  }
}

/** The calls on `notes` that are not refused as outdated. */
async function answeredBy(tab: Tab): Promise<readonly string[]> {
  const answered: string[] = []
  for (const [what, call] of Object.entries(callsOn(tab))) {
    const error: unknown = await call().catch((reason: unknown) => reason)
    if (!isOutdated(error)) answered.push(what)
  }
  return answered
}

function isOutdated(error: unknown): boolean {
  if (!isSyncError(error, 'STORAGE_FAILED') || error.retryable) return false
  return error.details['outdated'] === true && error.details['collection'] === 'notes'
}

async function expectWorking(tab: Tab, sync: string): Promise<void> {
  const commit = (): Promise<unknown> => tab.commit({ records: [row('a', { sync })] })
  expect(await commit()).toEqual({ status: 'committed' })
  expect(await tab.read(['a'])).toMatchObject([{ sync }])
  expect([await tab.query(null), await tab.query('size')]).toEqual([['a'], ['a']])
  expect([await tab.count(null), await tab.count('size')]).toEqual([1, 1])
  expect(await tab.scan()).toHaveLength(1)
}

describe('a collection that another tab opens', () => {
  test.each([
    ['with a later version', { version: 1 }, { version: 2 }],
    ['with an earlier version', { version: 2 }, { version: 1 }],
    ['with one more index', { version: 1 }, { version: 1, indexes: ['size', 'due'] }],
    ['with another index', { version: 1 }, { version: 1, indexes: ['due'] }],
  ])('%s is out of reach for who had it before; nothing of it changes', async (what, before, after) => {
    const former = await openTab(what, before)
    await former.commit({ records: [row('a', { sync: 'before' }), OTHER] })
    const later = await openTab(what, after)
    expect(await answeredBy(former)).toEqual([])
    expect(await later.scan()).toMatchObject([{ id: 'a', sync: 'before' }])
    await former.close()
    await later.close()
  })

  test('is that of the other alone: other collections and entries go on, and so does the other', async () => {
    const former = await openTab('goes-on', { version: 1 })
    const later = await openTab('goes-on', { version: 2 })
    await expectWorking(later, 'later')
    expect(await answeredBy(former)).toEqual([])
    expect(await former.commit({ records: [OTHER] })).toEqual({ status: 'committed' })
    expect(await former.read(['o'], 'others')).toMatchObject([{ id: 'o' }])
    expect(await former.commit({ entries: [{ name: 'n', value: '1' }] })).toEqual({ status: 'committed' })
    expect(await former.readEntries(['n'])).toMatchObject([{ value: '1' }])
    // Whoever opens it as the other has it finds nothing to say against it, and neither does the other.
    await former.close()
    await open(former, 'goes-on', { version: 2 })
    await expectWorking(former, 'reloaded')
    await expectWorking(later, 'again')
    await former.close()
    await later.close()
  })

  test('does not come back to who had it by a third that opens it as before', async () => {
    const first = await openTab('back', { version: 1 })
    const second = await openTab('back', { version: 2 })
    const third = await openTab('back', { version: 1 })
    expect(await answeredBy(first)).toEqual([])
    expect(await answeredBy(second)).toEqual([])
    await expectWorking(third, 'third')
    for (const tab of [first, second, third]) await tab.close()
  })

  test('is told to the others, who need not do anything to learn of it', async () => {
    const former = await openTab('told', { version: 1 })
    const same = await openTab('told', { version: 1 })
    const later = await openTab('told', { version: 2 })
    await expect.poll(() => former.heard(), { timeout: 10_000 }).toEqual([null])
    for (const tab of [former, same, later]) await tab.close()
  })
})

describe('a version that is not said', () => {
  test('changes nothing, and takes whatever the store has', async () => {
    const silent = await openTab('silent', {})
    await silent.commit({ records: [row('a')] })
    const one = await openTab('silent', { version: 1 })
    await expectWorking(silent, 'silent')
    await expectWorking(one, 'one')
    const silentToo = await openTab('silent', {})
    await expectWorking(one, 'one again')
    const two = await openTab('silent', { version: 2 })
    expect(await answeredBy(one)).toEqual([])
    await expectWorking(silent, 'silent')
    await expectWorking(silentToo, 'silent too')
    for (const tab of [silent, one, silentToo, two]) await tab.close()
  })
})

test('a store from before there were versions has no version until one is said', async () => {
  const tab = await openTab('old', { version: 1 })
  await tab.commit({ records: [row('a')] })
  await tab.close()
  await tab.rawForgetVersions()
  await open(tab, 'old', {})
  const versioned = await openTab('old', { version: 3 })
  await expectWorking(versioned, 'versioned')
  await expectWorking(tab, 'not said')
  const later = await openTab('old', { version: 4 })
  expect(await answeredBy(versioned)).toEqual([])
  for (const each of [tab, versioned, later]) await each.close()
})

test('no commit of a former tab comes after the other has opened, at whatever moment that is', async () => {
  const former = await openTab('race', { version: 1 })
  await former.commit({ records: [row('n', { sync: '0' })] })
  const counting = former.increment('n', 1_000_000).catch((error: unknown) => error)
  await expect
    .poll(async () => (await former.read(['n']))[0], { timeout: 10_000 })
    .not.toMatchObject({ sync: '0' })
  const later = await openTab('race', { version: 2 })
  const found = await later.read(['n'])
  expect(isOutdated(await counting)).toBe(true)
  expect(await later.read(['n'])).toEqual(found)
  await former.close()
  await later.close()
})
