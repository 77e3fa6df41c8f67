import { describe, expect, test } from 'vitest'
import type { Change, PullResponse, PushResponse } from '../protocol/messages.ts'
import { createModelBackend } from './model-backend.ts'
import { at } from './record-fixtures.ts'

const SIGNAL = new AbortController().signal

/** A backend on which the pushes of client `slow` stall until released. */
function stalling() {
  let release = (): void => undefined
  const released = new Promise<void>((resolve) => (release = resolve))
  const backend = createModelBackend({
    now: () => 1_000,
    stall: ({ clientId }) => (clientId === 'slow' ? released : undefined),
  })
  const adapter = backend.adapter()
  const pull = (cursor: string | null, limit = 10): Promise<PullResponse> =>
    adapter.pull({ scope: 's', collections: [{ name: 'items' }], cursor, limit }, SIGNAL)
  const create = async (clientId: string, recordId: string): Promise<PushResponse> => {
    const { cursor, epoch } = await pull(null, 0)
    const data = { id: recordId }
    const mutation = { id: `${clientId}.1`, collection: 'items', recordId, kind: 'put', data } as const
    const mutations = [{ ...mutation, base: null, time: at(1), schema: 1 }]
    return adapter.push({ scope: 's', clientId, settled: 1, epoch, cursor, mutations }, SIGNAL)
  }
  return { pull, create, release }
}

describe('createModelBackend', () => {
  test.each([1, 10])(
    'a commit that stalls is missed by no reader who passes it, with pages of %i (A1)',
    async (limit) => {
      const { pull, create, release } = stalling()
      let { cursor } = await pull(null, 0)
      const slow = create('slow', 'a')
      await create('quick', 'b')
      const seen: Change[] = []
      const readAll = async (): Promise<void> => {
        for (let more = true; more;) {
          const page = await pull(cursor, limit)
          seen.push(...page.changes)
          cursor = page.cursor
          more = page.hasMore
        }
      }
      await readAll()
      release()
      await slow
      await readAll()
      expect(new Set(seen.map(({ id }) => id))).toEqual(new Set(['a', 'b']))
    },
  )
})
