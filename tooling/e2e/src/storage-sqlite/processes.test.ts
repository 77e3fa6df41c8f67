import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { noteRow, openStore } from './programs/store-program.ts'

const execute = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'synclayer-processes-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Programs are built with this package. */
function program(name: string): string {
  return fileURLToPath(new URL(`../../dist/storage-sqlite/programs/${name}.js`, import.meta.url))
}

describe('sqliteStorage in several processes', () => {
  test('processes can create one store at the same moment (ST1)', async () => {
    for (let round = 0; round < 5; round++) {
      const path = join(folder, `created-${round}.db`)
      const start = String(Date.now() + 500)
      const runs = Array.from({ length: 5 }, () =>
        execute(process.execPath, [program('create'), path, start]),
      )
      await Promise.all(runs)
      const storage = await openStore(path)
      expect(await storage.scan({ collection: 'notes', after: null, limit: 9 })).toHaveLength(runs.length)
      await storage.close()
    }
  })

  test('two processes that add to one row 1,000 times each lose nothing (ST2)', async () => {
    const path = join(folder, 'increment.db')
    const storage = await openStore(path)
    await storage.commit({ records: [noteRow('n', '0')] })
    let told = 0
    const stop = storage.changes?.(() => (told += 1))
    const runs = [1, 2].map(() => execute(process.execPath, [program('increment'), path, '1000']))
    while ((await storage.listEntries('ready/')).length < runs.length) await delay(5)
    await storage.commit({ entries: [{ name: 'go', value: '' }] })
    const results = await Promise.all(runs)
    expect(await storage.read([{ collection: 'notes', id: 'n' }])).toMatchObject([{ sync: '2000' }])
    // Had they never met, the test would show nothing.
    expect(results.reduce((sum, { stdout }) => sum + Number(stdout), 0)).toBeGreaterThan(0)
    expect(told).toBeGreaterThan(0)
    stop?.()
    await storage.close()
  })
})

const KILLS = 20

describe('sqliteStorage in a process that is killed', () => {
  test('keeps every acknowledged commit and no part of another (ST1)', async () => {
    const path = join(folder, 'killed.db')
    const progress: number[] = []
    for (let kill = 0; kill < KILLS; kill++) {
      const acknowledged = await runUntilKilled(path, 5 + 17 * kill)
      const storage = await openStore(path)
      const n = Number((await storage.readEntries(['n']))[0]?.value ?? 0)
      expect(n).toBeGreaterThanOrEqual(acknowledged)
      expect(n).toBeLessThanOrEqual(Math.max(acknowledged, progress.at(-1) ?? 0) + 1)
      const rows = await storage.scan({ collection: 'notes', after: null, limit: 100 })
      const found = rows.map((row) => [row.id, 'damaged' in row ? 'damaged' : row.sync])
      const shared = Array.from({ length: 40 }, (_, index) => [`shared-${index}`, String(n)])
      const own = [n - 1, n].filter((each) => each > 0).map((each) => [`own-${each}`, String(each)])
      const byId = ([left]: string[], [right]: string[]): number => (left! < right! ? -1 : 1)
      expect(found).toEqual(n === 0 ? [] : [...shared, ...own].sort(byId))
      await storage.close()
      progress.push(n)
    }
    expect(progress.at(-1)).toBeGreaterThan(KILLS)
  })
})

/** Runs the stream of commits for a while, kills it, and answers the last commit it had acknowledged. */
async function runUntilKilled(path: string, commitCount: number): Promise<number> {
  const child = spawn(process.execPath, [program('commit-stream'), path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = new Promise((resolve) => child.once('close', resolve))
  let last = 0
  let seen = 0
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line)
    seen += 1
    if (seen === commitCount) child.kill('SIGKILL')
  }
  await closed
  expect(child.signalCode).toBe('SIGKILL')
  return last
}

describe('sqliteStorage on a disk that is full', () => {
  test('is STORAGE_FULL, keeps what was acknowledged, writes no part of the rest, and goes on (ST1, ST7)', async () => {
    const path = join(folder, 'full.db')
    // The limit on the size of files stands for a disk: the system refuses the write in the middle of a batch. Node ignores
    // the signal that comes with it only when told to before it starts.
    const script = `trap '' XFSZ; ulimit -f 20000; exec "$0" "$@"`
    const { stdout } = await execute('bash', ['-c', script, process.execPath, program('fill-disk'), path])
    const { code, acknowledged, count, entry } = JSON.parse(stdout) as Record<string, unknown>
    expect(code).toBe('STORAGE_FULL')
    expect(acknowledged).toBeGreaterThan(5)
    expect(entry).toBe(acknowledged)
    expect(count).toBe((acknowledged as number) * 20)
    // Here is room again.
    const storage = await openStore(path)
    expect(await storage.count({ collection: 'notes', index: null })).toBe(count)
    expect(await storage.commit({ records: [noteRow('after', 'x')] })).toEqual({ status: 'committed' })
    await storage.close()
  })
})
