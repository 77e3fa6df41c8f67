/** Adapters broken on purpose: the suite must find each out, by the test that is there for it. */
import type { BackendAdapter } from '@synclayer/core/adapter'
import { createModelBackend } from '@synclayer/core/testing'
import { describe, expect, test } from 'vitest'
import { TEST_TIMEOUT_MS } from '../runner.ts'
import { adapterConformance } from './adapter-conformance.ts'
import { FEED_MUTANTS } from './mutants/feed.ts'
import type { Break, Mutants } from './mutants/mutant.ts'
import { VALUE_MUTANTS } from './mutants/values.ts'
import { WRITE_MUTANTS } from './mutants/writes.ts'

const MUTANTS: Mutants = { ...FEED_MUTANTS, ...WRITE_MUTANTS, ...VALUE_MUTANTS }

const MOST_STORMS = 24
const STORM_MS = 600
const LONGEST_STORM_MS = 4_000

describe('adapterConformance', () => {
  for (const [name, mutant] of Object.entries(MUTANTS)) {
    test(
      `finds out an adapter that ${name}`,
      async () => {
        // What a storm meets is a matter of chance, and of how busy the machine is: it may take a few, and longer ones.
        let outcomes: readonly string[] = []
        for (let storm = 1; storm <= MOST_STORMS && !outcomes.includes('failed'); storm++) {
          const ms = Math.min(LONGEST_STORM_MS, storm * STORM_MS)
          const named = collect(mutant.break, { ms }).filter(({ title }) => mutant.failing.test(title))
          expect(named.length).toBeGreaterThan(0)
          outcomes = await outcomesOf(named)
        }
        expect(outcomes).toContain('failed')
      },
      3 * TEST_TIMEOUT_MS,
    )
  }

  test('finds out a backend that cannot tell that it was restored', async () => {
    const named = collect(() => () => ({}), { unnoticed: true }).filter(({ title }) =>
      /once new writes have passed/.test(title),
    )
    expect(await outcomesOf(named)).toEqual(['failed'])
  })

  test(
    'passes the adapter that the others were made of',
    async () => {
      const named = collect(() => () => ({})).filter(({ title }) =>
        Object.values(MUTANTS).some(({ failing }) => failing.test(title)),
      )
      for (const { body } of named) await expect(body()).resolves.toBeUndefined()
    },
    TEST_TIMEOUT_MS,
  )
})

interface CollectedTest {
  readonly title: string
  readonly body: () => Promise<void>
}

/** The tests of the suite on a broken adapter, to be run one by one. */
function collect(
  breakIt: Break,
  { ms = STORM_MS, unnoticed = false }: { readonly ms?: number; readonly unnoticed?: boolean } = {},
): CollectedTest[] {
  const tests: CollectedTest[] = []
  adapterConformance({
    describe: (_name, body) => body(),
    test: (title, body) => tests.push({ title, body }),
    concurrent: { ms },
    patienceMs: 300,
    create: async () => {
      const backend = createModelBackend({ now: () => Date.now() })
      const breakOne = breakIt()
      const adapter = (): BackendAdapter => {
        const whole = backend.adapter()
        return { ...whole, ...breakOne(whole) }
      }
      return {
        adapter: adapter(),
        second: adapter,
        backup: async () => {
          const copy = backend.backup()
          return async () => {
            backend.restore(copy, { unnoticed })
            return adapter()
          }
        },
        close: async () => {},
      }
    },
  })
  return tests
}

function outcomesOf(tests: readonly CollectedTest[]): Promise<readonly string[]> {
  return Promise.all(
    tests.map(({ body }) =>
      body().then(
        () => 'passed',
        () => 'failed',
      ),
    ),
  )
}
