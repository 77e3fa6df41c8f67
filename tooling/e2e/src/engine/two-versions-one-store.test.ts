import { collection, createSyncLayer } from '@synclayer/core'
import { sqliteStorage } from '@synclayer/storage-sqlite'
import { afterAll, afterEach, expect, test } from 'vitest'
import { type Child, endChildren, start } from '../child.ts'
import { filesIn, MANUAL } from './fixtures.ts'
import { backendAt } from './programs/engine-program.ts'

const { files, remove } = filesIn('versions')
afterAll(remove)
afterEach(endChildren)

interface Note {
  readonly id: string
  readonly text?: string
  readonly body?: string
  readonly times?: number
}

/** Upgrades, a release that is taken back, and the upgrade after it. */
const VERSIONS = [1, 2, 1, 2] as const
/** So many notes of its own each version saves before the next is started beside it. */
const SAVES = 150

/** The newest version, with every document it has. */
async function readAll(store: string | null, backend: string): Promise<readonly Note[]> {
  const db = await createSyncLayer({
    ...(store === null ? {} : { storage: sqliteStorage({ path: store }) }),
    adapter: backendAt(backend),
    collections: {
      notes: collection<Note>({
        version: 2,
        migrate: { 2: ({ text, times = 0, ...rest }: Note) => ({ ...rest, body: text, times: times + 1 }) },
      }),
    },
    sync: MANUAL,
    logger: 'off',
  })
  await db.sync()
  const documents = await db.collection('notes').getAll()
  await db.close()
  return documents
}

test('processes of two versions that take a store from each other lose no note, and none is left in the wrong shape (R7, R8, ST10, I2)', async () => {
  const { store, backend } = files()
  const saved = new Set<string>()
  const running: Child[] = []
  let former: { readonly child: Child; readonly outdated: Promise<string> } | null = null
  for (const [turn, version] of VERSIONS.entries()) {
    const name = `v${version}-${turn}`
    let own = 0
    let isEnough = (): void => undefined
    const enough = new Promise<void>((resolve) => (isEnough = resolve))
    const child = start('engine/programs/run-version', [store, backend, String(version), name], (line) => {
      if (!line.startsWith('saved ')) return
      saved.add(line.slice('saved '.length))
      own += 1
      if (own === SAVES) isEnough()
    })
    const outdated = child.line((line) => line === 'outdated')
    // The last one is never told so.
    outdated.catch(() => undefined)
    await child.line((line) => line === 'ready')
    await former?.outdated
    await enough
    former = { child, outdated }
    running.push(child)
  }
  // One is killed, the others end in good order.
  const [first, ...others] = running
  first!.kill()
  expect(await first!.ended).toMatchObject({ signal: 'SIGKILL' })
  for (const child of others) child.tell('end')
  for (const child of others) expect(await child.ended).toMatchObject({ code: 0, errors: '' })

  const here = await readAll(store, backend)
  expect(here.filter(({ text, body }) => text !== undefined || body === undefined)).toEqual([])
  expect(here.filter(({ id, times }) => times !== (id.startsWith('v1') ? 1 : undefined))).toEqual([])
  // A save that was under way when its process was killed may be there too.
  const ids = new Set(here.map(({ id }) => id))
  expect([...saved].filter((id) => !ids.has(id))).toEqual([])
  expect(saved.size).toBeGreaterThanOrEqual(SAVES * VERSIONS.length)
  expect(await readAll(null, backend)).toEqual(here)
}, 120_000)
