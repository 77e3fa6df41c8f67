import type { Change, Version } from '@synclayer/core/adapter'
import { assert, assertEqual, assertPresent } from '../expect.ts'
import { type SeededRandom, seededRandom } from '../runner.ts'
import type { Bench, BenchTest } from './bench.ts'
import { acceptedVersion, type TestClient } from './test-client.ts'
import { assertSameView } from './resume.ts'

const WRITERS = 6
const PUSHES = 12
const RECORDS = 40

/** Writers and readers at the same time, with tiny pages: the naive sequence cursor fails here (A1). */
export function concurrentTests(test: BenchTest): void {
  test('misses nothing while writers write (A1)', async (bench) => {
    const others = [bench.adapter, await bench.second(), await bench.second()]
    const running = { writing: true }
    const readers = [1, 2, 3, 5].map((size, n) => follow(bench, n, size, others[n % 3], running))
    const writers = Array.from({ length: WRITERS }, (_, n) => writeMuch(bench, n, others[n % 3]))
    const committed = new Set((await Promise.all(writers)).flat())
    running.writing = false
    const followed = await Promise.all(readers)
    const truth = bench.client({ id: 'truth' })
    await truth.pullAll(() => 50)
    for (const { reader, changes } of followed) {
      assertSameView(reader, truth, reader.id)
      assertOnceEach(changes, reader.id)
      for (const { version } of changes) {
        assert(committed.has(version), `${reader.id} saw the version ${version}, which nobody was told of`)
      }
    }
  })

  test('a record alone in its order: each of its versions is seen in commit order or passed over (A1)', async (bench) => {
    const other = await bench.second()
    const running = { writing: true }
    const following = follow(bench, 0, 1, other, running)
    const writer = bench.client({ id: 'writer' })
    const versions: Version[] = []
    for (let n = 0; n < 60; n++) {
      versions.push(
        await writer.write({ recordId: 'a', base: versions.at(-1) ?? null, data: { id: 'a', n } }),
      )
    }
    running.writing = false
    const { changes } = await following
    const places = changes.map(({ version }) => versions.indexOf(version))
    assertEqual(
      places,
      places.toSorted((a, b) => a - b),
      'places of the versions seen',
    )
    assertEqual(places.at(-1), 59, 'place of the last version seen')
  })

  test('newcomers in the middle of it all end with the same (A1)', async (bench) => {
    const other = await bench.second()
    const writers = Array.from({ length: 4 }, (_, n) => writeMuch(bench, n, n % 2 === 0 ? other : undefined))
    const newcomers = Array.from({ length: 5 }, async (_, n) => {
      await new Promise((resolve) => setTimeout(resolve, n * 4))
      const reader = bench.client({ id: `newcomer${n}` }, n % 2 === 0 ? undefined : other)
      await reader.pullAll(() => 2)
      return reader
    })
    await Promise.all(writers)
    const truth = bench.client({ id: 'truth' })
    await truth.pullAll()
    for (const reader of await Promise.all(newcomers)) {
      await reader.pullAll(() => 3)
      assertSameView(reader, truth, reader.id)
    }
  })

  test('several scopes at once do not disturb each other (A1)', async (bench) => {
    const other = await bench.second()
    const scopes = ['one', 'two', 'three', 'four']
    await Promise.all(
      scopes.map(async (scope, n) => {
        const adapter = n % 2 === 0 ? undefined : other
        const writer = bench.client({ id: 'writer', scope }, adapter)
        const reader = bench.client({ id: 'reader', scope }, adapter)
        for (let round = 0; round < 10; round++) {
          await writer.write({ recordId: `r${round}`, data: { id: `r${round}`, scope } })
          await reader.pull(1)
        }
        await reader.pullAll(() => 1)
        assertEqual(reader.view.size, 10, `records of ${scope}`)
        assert(
          [...reader.view.values()].every(({ data }) => (data as { scope: string }).scope === scope),
          `A record of another scope in ${scope}`,
        )
      }),
    )
  })
}

interface Followed {
  readonly reader: TestClient
  readonly changes: readonly Change[]
}

/** Follows the feed in pages of `size` until the writers are done and the head is reached. */
async function follow(
  bench: Bench,
  n: number,
  size: number,
  adapter: Bench['adapter'] | undefined,
  running: { readonly writing: boolean },
): Promise<Followed> {
  const reader = bench.client({ id: `reader${n}` }, adapter)
  await reader.enter()
  const changes: Change[] = []
  for (;;) {
    const last = !running.writing
    const page = await reader.pull(size)
    changes.push(...page.changes)
    if (!page.hasMore && last) return { reader, changes }
    // Lets writers in, and lets the reader arrive in the midst of their commits.
    await new Promise((resolve) => setTimeout(resolve, 0))
  }
}

/** Creates, changes and deletes records that other writers change too; answers every version that was accepted. */
async function writeMuch(
  bench: Bench,
  n: number,
  adapter: Bench['adapter'] | undefined,
): Promise<readonly Version[]> {
  const random = seededRandom(n + 1)
  const writer = bench.client({ id: `writer${n}` }, adapter)
  const versions: Version[] = []
  const known = new Map<string, Version | null>()
  for (let round = 0; round < PUSHES; round++) {
    const mutations = chooseRecords(random).map((recordId) => {
      const base = known.get(recordId) ?? null
      const kind = base !== null && random.chance(0.25) ? 'delete' : 'put'
      return writer.edit({ recordId, kind, base, data: { id: recordId, by: writer.id, round } })
    })
    const results = await writer.push(mutations)
    for (const [index, { recordId }] of mutations.entries()) {
      const result = assertPresent(results[index])
      if (result.status === 'conflict') known.set(recordId, result.current?.version ?? null)
      else versions.push(acceptedVersion(result))
      if (result.status === 'accepted') known.set(recordId, result.version)
    }
  }
  return versions
}

function chooseRecords(random: SeededRandom): readonly string[] {
  const chosen = new Set<string>()
  while (chosen.size < 4) chosen.add(`r${random.whole(RECORDS)}`)
  return [...chosen]
}

function assertOnceEach(changes: readonly Change[], who: string): void {
  const seen = new Set<string>()
  for (const { collection, id, version } of changes) {
    const key = `${collection} ${id} ${version}`
    assert(!seen.has(key), `${who} was given ${key} twice`)
    seen.add(key)
  }
}
