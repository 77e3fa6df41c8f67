import { createModelBackend } from '@synclayer/core/testing'
import { describe, test } from 'vitest'
import { adapterConformance } from './adapter-conformance.ts'

// The suite against the model of the contract: what fails here is wrong in one of the two.
adapterConformance({
  describe,
  test,
  // One thread and no server: what can go wrong here does so at once.
  concurrent: { ms: 2_000 },
  create: async () => {
    const backend = createModelBackend({ now: () => Date.now() })
    return {
      adapter: backend.adapter(),
      second: () => backend.adapter(),
      backup: async () => {
        const copy = backend.backup()
        return async () => {
          backend.restore(copy)
          return backend.adapter()
        }
      },
      close: async () => {},
    }
  },
})
