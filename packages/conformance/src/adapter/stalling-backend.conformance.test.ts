import { createModelBackend } from '@synclayer/core/testing'
import { describe, test } from 'vitest'
import { seededRandom } from '../runner.ts'
import { adapterConformance } from './adapter-conformance.ts'

const random = seededRandom(1)

// The suite against a backend whose transactions overlap: positions are taken early, become visible late and out of
// order, and readers are held back behind the first that is not. It is sound, and must be found so.
adapterConformance({
  describe,
  test,
  concurrent: { ms: 2_000 },
  create: async () => {
    const backend = createModelBackend({
      now: () => Date.now(),
      stall: () => (random.chance(0.3) ? delay(random.whole(4)) : undefined),
    })
    return { adapter: backend.adapter(), second: () => backend.adapter(), close: async () => {} }
  },
})

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
