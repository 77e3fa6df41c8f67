import type { Change, Version } from '@synclayer/core/adapter'
import { assert, assertEqual } from '../expect.ts'
import type { RunSettings } from '../run-settings.ts'
import { forEachSeed, TEST_TIMEOUT_MS } from '../runner.ts'
import { type AdapterSuiteOptions, type BenchTest, onBench } from './bench.ts'
import { fill } from './fill.ts'
import { runStorm, type StormOptions } from './storm.ts'
import { turn } from './test-client.ts'

/** How long one storm lasts; then another begins, with the next seed, on a fresh backend. */
const STORM_MS = 5_000

/** Writers and readers at the same time, with tiny pages: the naive sequence cursor fails here (A1). */
export function concurrentTests(
  test: BenchTest,
  suite: AdapterSuiteOptions,
  { ms, seed }: Required<RunSettings>,
): void {
  const storms = (
    title: string,
    share: number,
    options: Pick<StormOptions, 'faults' | 'purges'> = {},
  ): void => {
    const rounds = Math.max(1, Math.round((ms * share) / STORM_MS))
    const stormMs = (ms * share) / rounds
    const seeds = Array.from({ length: rounds }, (_, round) => seed + round)
    const body = (): Promise<void> =>
      forEachSeed(seeds, (_random, each) =>
        onBench(suite, (bench) => runStorm(bench, { ...options, ms: stormMs, seed: each })),
      )
    suite.test(title, body, TEST_TIMEOUT_MS + ms * 4)
  }

  storms('misses nothing while writers write (A1, A2)', 0.6)
  storms('applies once what is sent twice at once, or again after its answer was lost (A1, A3)', 0.25, {
    faults: true,
  })
  storms('brings nothing back, and hides nothing, while deletes are purged (A1, A4)', 0.15, { purges: true })

  test('a record alone in its order: each of its versions is seen in commit order or passed over (A1)', async (bench) => {
    const reader = bench.client({ id: 'reader' }, await bench.second())
    await reader.enter()
    const writer = bench.client({ id: 'writer' })
    const versions: Version[] = []
    const changes: Change[] = []
    const writing = (async () => {
      for (let n = 0; n < 60; n++) {
        const base = versions.at(-1) ?? null
        versions.push(await writer.write({ recordId: 'a', base, data: { id: 'a', n } }))
      }
    })()
    while (versions.length < 60) {
      changes.push(...(await reader.pull(1)).changes)
      await turn()
    }
    await writing
    changes.push(...(await reader.pullAll(() => 1)))
    const places = changes.map(({ version }) => versions.indexOf(version))
    assertEqual(
      places,
      places.toSorted((a, b) => a - b),
      'places of the versions seen',
    )
    assertEqual(places.at(-1), 59, 'place of the last version seen')
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

  test('one large push is seen whole by whoever follows in pages of one (A1, A8)', async (bench) => {
    const other = await bench.second()
    const count = Math.min(bench.adapter.capabilities.maxBatch, 400)
    const reader = bench.client({ id: 'reader' }, other)
    await reader.enter()
    const large = fill(bench.client({ id: 'large' }), count)
    const small = bench.client({ id: 'small' }, other)
    for (let n = 0; n < 10; n++) {
      await small.write({ recordId: `small${n}` })
      await reader.pull(1)
    }
    await large
    await reader.pullAll(() => 1)
    assertEqual(reader.view.size, count + 10, 'records')
  })
}
