import { describe, expect, test } from 'vitest'
import { SyncError } from '../errors/sync-error.ts'
import type { BackendAdapter } from '../ports/adapter.ts'
import type { Storage } from '../ports/storage.ts'
import type { PushRequest } from '../protocol/messages.ts'
import { openMemoryStorage } from '../storage-memory/memory-storage.ts'
import { createMemoryStore } from '../storage-memory/memory-store.ts'
import { createModelBackend } from '../testing/model-backend.ts'
import { createTestLayer, testDeps } from '../testing/test-deps.ts'
import { createVirtualTime } from '../testing/virtual-time.ts'

describe('two processes on one store', () => {
  test('that pull at once both go on: neither fails, and nothing is taken twice (W24, ST2, W29)', async () => {
    const time = createVirtualTime()
    const backend = createModelBackend({ now: () => time.clock.now() })
    const memory = createMemoryStore()
    let meanwhile: (() => Promise<unknown>) | null = null
    const open = (seed: number, storage = openMemoryStorage(memory)) => {
      const inner = backend.adapter()
      const adapter: BackendAdapter = {
        ...inner,
        async pull(request, signal) {
          const page = await inner.pull(request, signal)
          const act = seed === 2 && request.limit > 0 ? meanwhile : null
          if (act !== null) meanwhile = null
          await act?.()
          return page
        },
      }
      const options = { storage, collections: ['todos'], adapter, sync: { auto: false } } as const
      return createTestLayer(options, testDeps({ seed, time }))
    }
    const writer = await open(3, openMemoryStorage(createMemoryStore()))
    const [one, two] = [await open(1), await open(2)]
    await one.sync()
    await writer.collection('todos').saveAll([{ id: 'a' }, { id: 'b' }])
    await writer.sync()
    meanwhile = () => one.sync()
    expect(await two.sync()).toMatchObject({ pulled: 0 })
    expect(one.metrics()).toMatchObject({ sync: { failures: 0 } })
    expect(await two.collection('todos').count()).toBe(2)
    await writer.collection('todos').save({ id: 'c' })
    await writer.sync()
    expect(await two.sync()).toMatchObject({ pulled: 1 })
    await Promise.all([one.close(), two.close(), writer.close()])
  })

  test('count what is unsent without ever being below nothing (ST2)', async () => {
    const time = createVirtualTime()
    const backend = createModelBackend({ now: () => time.clock.now() })
    const memory = createMemoryStore()
    const open = (seed: number) => {
      const storage = openMemoryStorage(memory)
      const options = { storage, collections: ['todos'], adapter: backend.adapter(), sync: { auto: false } }
      return createTestLayer(options, testDeps({ seed, time }))
    }
    const [one, two] = [await open(1), await open(2)]
    await one.collection('todos').save({ id: 'a' })
    await two.sync()
    expect(two.status.pending).toBe(0)
    await Promise.all([one.close(), two.close()])
  })

  test('a push tells nothing settled that another process on the store has just sent (A3, I3, W29)', async () => {
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
})
