import { expect, test } from 'vitest'
import { SyncError } from '../errors/sync-error.ts'
import type { BackendAdapter } from '../ports/adapter.ts'
import type { Storage } from '../ports/storage.ts'
import type { PushRequest } from '../protocol/messages.ts'
import { openMemoryStorage } from '../storage-memory/memory-storage.ts'
import { createMemoryStore } from '../storage-memory/memory-store.ts'
import { createModelBackend } from '../testing/model-backend.ts'
import { createTestLayer, testDeps } from '../testing/test-deps.ts'
import { createVirtualTime } from '../testing/virtual-time.ts'

test('a push tells nothing settled that another process on the store has just sent (A3, I3)', async () => {
  const time = createVirtualTime()
  const backend = createModelBackend({ now: () => time.clock.now() })
  const memory = createMemoryStore()
  const pushes: PushRequest[] = []
  let beforeFreezing: (() => Promise<void>) | null = null
  const open = (seed: number, storage: Storage, losesAnswers: boolean) => {
    const inner = backend.adapter()
    const adapter: BackendAdapter = {
      ...inner,
      async push(request, signal) {
        pushes.push(request)
        const response = await inner.push(request, signal)
        if (losesAnswers) throw new SyncError('NETWORK', 'The answer was lost.')
        return response
      },
    }
    const options = { storage, collections: ['todos'], adapter, sync: { auto: false } } as const
    return createTestLayer(options, testDeps({ seed, time }))
  }
  const shared = openMemoryStorage(memory)
  const one = await open(1, openMemoryStorage(memory), true)
  const two = await open(
    2,
    {
      ...shared,
      capabilities: { ...shared.capabilities, crossProcess: true },
      async outbox(request) {
        const rows = await shared.outbox(request)
        const act = request.lane === 'sending' ? beforeFreezing : null
        beforeFreezing = null
        await act?.()
        return rows
      },
    },
    false,
  )
  await two.sync()
  beforeFreezing = async () => {
    await one.collection('todos').save({ id: 'a' })
    await expect(one.sync()).rejects.toMatchObject({ code: 'NETWORK' })
    await one.collection('todos').save({ id: 'b' })
  }
  await two.sync()
  const [first, second] = pushes
  expect(first!.mutations.map(({ recordId }) => recordId)).toEqual(['a'])
  expect(second!.mutations.map(({ recordId }) => recordId)).toEqual(['b'])
  expect(second!.settled).toBe(first!.settled)
  await Promise.all([one.close(), two.close()])
})
