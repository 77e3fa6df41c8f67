import type { BackendAdapter } from '@synclayer/core/adapter'
import Database from 'better-sqlite3'
import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { createFollower, createPusher, creation, openBackend, versionOf } from './programs/backend-program.ts'

const execute = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'synclayer-backend-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Programs are built with this package. */
function program(name: string): string {
  return fileURLToPath(new URL(`../../dist/adapter-sqlite/programs/${name}.js`, import.meta.url))
}

function run(name: string, ...args: readonly string[]): Promise<{ readonly stdout: string }> {
  return execute(process.execPath, [program(name), ...args], { maxBuffer: 64 * 1024 * 1024 })
}

const RECORDS = 100_037
const WRITERS = 4

describe('sqliteAdapter in several processes', () => {
  test('100,037 records by four writers: readers miss none and get no version twice (A1)', async () => {
    const path = join(folder, 'crowd.db')
    const adapter = await openBackend(path)
    const share = Math.floor(RECORDS / WRITERS)
    const shares = Array.from({ length: WRITERS }, (_, n) =>
      n === 0 ? RECORDS - share * (WRITERS - 1) : share,
    )
    const writers = shares.map((count, n) => run('write-records', path, `writer${n}`, String(count)))
    const state = { writing: true }
    const sizes = [() => 1 + Math.floor(Math.random() * 1_000), () => 1_000, randomlyTiny, randomlyTiny]
    const readers = sizes.map((size) => follow(adapter, size, state))
    await delay(300)
    writeFileSync(`${path}.go`, '')
    const changed = (await Promise.all(writers)).reduce((sum, { stdout }) => sum + Number(stdout), 0)
    state.writing = false
    const stored = storedVersions(path)
    expect(stored.size).toBe(RECORDS)
    expect(changed).toBeGreaterThan(50)
    for (const follower of await Promise.all(readers)) {
      expect(follower.twice).toEqual([])
      expect(follower.seen.size).toBe(RECORDS)
      expect(missing(stored, follower.seen)).toEqual([])
      // The feed is compacted, so a reader may have passed over states that were replaced, and over no others.
      expect(follower.changeCount).toBeGreaterThanOrEqual(RECORDS)
      expect(follower.changeCount).toBeLessThanOrEqual(RECORDS + changed)
    }
    expect(headOf(path)).toBe(RECORDS + changed)
    const newcomer = await createFollower(adapter, 'everything')
    await newcomer.pullToHead(() => 977)
    expect([newcomer.changeCount, missing(stored, newcomer.seen)]).toEqual([RECORDS, []])
    await adapter.close()
  }, 240_000)

  test('the same mutations by three processes at the same moment are applied once (A3, A10)', async () => {
    const path = join(folder, 'twins.db')
    const adapter = await openBackend(path)
    const rounds = 150
    const follower = await createFollower(adapter, 'head')
    const twins = [1, 2, 3].map(() => run('push-same', path, String(rounds)))
    await delay(300)
    writeFileSync(`${path}.go`, '')
    const [first, ...others] = (await Promise.all(twins)).map(({ stdout }) => JSON.parse(stdout) as string[])
    expect(new Set(first).size).toBe(rounds * 5)
    for (const versions of others) expect(versions).toEqual(first)
    expect(headOf(path)).toBe(rounds * 5)
    await follower.pullToHead(() => 7)
    expect([...follower.seen.values()]).toEqual(first)
    await adapter.close()
  })
})

const KILLS = 25

describe('sqliteAdapter in a process that is killed', () => {
  test('keeps what was acknowledged, and sending the rest again applies it once (A1, A3, A10)', async () => {
    const path = join(folder, 'killed.db')
    const acknowledged = new Map<string, string>()
    const adapter = await openBackend(path)
    const follower = await createFollower(adapter, 'head')
    let next = 0
    for (let kill = 0; kill < KILLS; kill++) {
      const [last, versions] = await runUntilKilled(path, next, 2 + ((kill * 7) % 20))
      for (const [id, version] of versions) acknowledged.set(id, version)
      next = last + 1
      await follower.pullToHead(() => 2)
      expect(missing(acknowledged, follower.seen)).toEqual([])
      // Of the push that nobody heard the answer of, all three are there or none: every other one is a group.
      const unheard = [0, 1, 2].filter((index) => follower.seen.has(`killed-${next * 3 + index}`)).length
      expect([0, 3]).toContain(unheard)
    }
    const pusher = await createPusher(adapter, 'killed')
    for (let n = 0; n <= next; n++) {
      const group = n % 2 === 0 ? {} : { group: `g${n}` }
      const batch = [0, 1, 2].map((index) => ({ ...creation('killed', n * 3 + index), ...group }))
      for (const [index, result] of (await pusher.push(batch)).entries()) {
        const id = batch[index]!.recordId
        expect(versionOf(result)).toBe(acknowledged.get(id) ?? versionOf(result))
      }
    }
    await follower.pullToHead(() => 3)
    expect(follower.twice).toEqual([])
    expect([follower.seen.size, headOf(path)]).toEqual([(next + 1) * 3, (next + 1) * 3])
    await adapter.close()
  })
})

type Follower = Awaited<ReturnType<typeof createFollower>>

async function follow(
  adapter: BackendAdapter,
  size: () => number,
  state: { readonly writing: boolean },
): Promise<Follower> {
  const follower = await createFollower(adapter, 'head')
  for (;;) {
    const last = !state.writing
    await follower.pullToHead(size)
    if (last) return follower
    await delay(5)
  }
}

/** Now and then a run of tiny pages, so that readers often stand in the midst of what is written. */
function randomlyTiny(): number {
  return Math.random() < 0.5 ? 1 + Math.floor(Math.random() * 3) : 1 + Math.floor(Math.random() * 400)
}

/** Runs the stream for some pushes, kills it, and answers the last push it heard the answer of, and all versions. */
async function runUntilKilled(
  path: string,
  from: number,
  pushCount: number,
): Promise<readonly [number, ReadonlyMap<string, string>]> {
  const child = spawn(process.execPath, [program('push-stream'), path, 'killed', String(from)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = new Promise((resolve) => child.once('close', resolve))
  const answered = new Map<string, string>()
  let last = from - 1
  let seen = 0
  for await (const line of createInterface({ input: child.stdout })) {
    const { n, versions } = JSON.parse(line) as { readonly n: number; readonly versions: readonly string[] }
    last = n
    for (const [index, version] of versions.entries()) answered.set(`killed-${n * 3 + index}`, version)
    seen += 1
    if (seen === pushCount) child.kill('SIGKILL')
  }
  await closed
  expect(child.signalCode).toBe('SIGKILL')
  return [last, answered]
}

/** What is stored, past the adapter. */
function storedVersions(path: string): ReadonlyMap<string, string> {
  const database = new Database(path, { readonly: true })
  const rows = database.prepare<[], [string, string]>('SELECT id, version FROM synclayer_record').raw().all()
  database.close()
  return new Map(rows)
}

function headOf(path: string): unknown {
  const database = new Database(path, { readonly: true })
  const head: unknown = database.prepare('SELECT head FROM synclayer_feed').pluck().get()
  database.close()
  return head
}

/** Records a reader does not have in the version that is stored. */
function missing(stored: ReadonlyMap<string, string>, seen: ReadonlyMap<string, string>): readonly string[] {
  return [...stored].filter(([id, version]) => seen.get(id) !== version).map(([id]) => id)
}
