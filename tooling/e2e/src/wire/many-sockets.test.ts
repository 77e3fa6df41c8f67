import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { endChildren } from '../child.ts'
import { follow, type Follower, openFollower } from './follower.ts'
import { creation, headOf, push } from './requests.ts'
import { startServer } from './server-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'synclayer-many-sockets-'))
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(endChildren)

const SOCKETS = 1_000
const AT_ONCE = 50
const KIB = 1024

test('one change reaches a thousand sockets, each of which costs little', async () => {
  const server = await startServer({ file: join(folder, 'backend.db') })
  await push(server.url, 'warm', [creation('warm', 1)])
  const { cursor } = await headOf(server.url)
  const warm = await openFollower(server.url, null)
  await follow(warm, 1, cursor)
  const before = await server.memory()

  const followers: Follower[] = []
  while (followers.length < SOCKETS) {
    const opened = Array.from({ length: AT_ONCE }, async () => {
      const follower = await openFollower(server.url, null)
      await follow(follower, 1, cursor)
      return follower
    })
    followers.push(...(await Promise.all(opened)))
  }
  const after = await server.memory()

  const begun = performance.now()
  const told = Promise.all(followers.map((follower) => follower.next(({ type }) => type === 'page')))
  await push(server.url, 'one', [creation('one', 1)])
  const pages = await told
  const ms = performance.now() - begun
  const perSocket = (what: 'resident' | 'heap'): string =>
    ((after[what] - before[what]) / SOCKETS / KIB).toFixed(1)
  process.stdout.write(
    `${SOCKETS} sockets: ${perSocket('resident')} KiB of the process each, ${perSocket('heap')} KiB of them in the heap; ` +
      `one change reached all in ${ms.toFixed(0)} ms\n`,
  )
  for (const page of pages) {
    expect(page).toMatchObject({
      type: 'page',
      page: { from: cursor, changes: [{ id: 'one-1' }], hasMore: false },
    })
  }
  expect(after.resident - before.resident).toBeLessThan(SOCKETS * 64 * KIB)

  // None of it stays when they are gone.
  for (const { socket } of followers) socket.terminate()
  await push(server.url, 'two', [creation('two', 1)])
  await warm.next((message) => message.type === 'page' && message.page.changes[0]?.id === 'two-1')
  // The server hears of each by itself.
  await expect
    .poll(async () => (await server.memory()).heap - before.heap, { timeout: 30_000 })
    .toBeLessThan(4 * KIB * KIB)
  warm.socket.close()
  expect(await server.stop()).toMatchObject({ code: 0, errors: '' })
})
