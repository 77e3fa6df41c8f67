import { isSyncError } from '@synclayer/core/storage'
import { describe, expect, test } from 'vitest'
import { type DexieStorageOptions, dexieStorage } from './index.ts'

describe('dexieStorage', () => {
  const wrong: readonly (readonly [option: string, options: unknown])[] = [
    ['options', undefined],
    ['options', 'app'],
    ['name', {}],
    ['name', { name: ' ' }],
    ['name', { name: 7 }],
    ['persist', { name: 'app', persist: 'yes' }],
    ['blockedTimeoutMs', { name: 'app', blockedTimeoutMs: -1 }],
    ['blockedTimeoutMs', { name: 'app', blockedTimeoutMs: Infinity }],
    ['path', { path: 'app.db', name: 'app' }],
  ]

  for (const [option, options] of wrong) {
    test(`refuses ${JSON.stringify(options)} at once, naming "${option}"`, () => {
      let error: unknown
      try {
        dexieStorage(options as DexieStorageOptions)
      } catch (reason) {
        error = reason
      }
      expect(isSyncError(error, 'INVALID_OPTION')).toBe(true)
      expect(error).toMatchObject({ details: { option } })
    })
  }

  test('is told by its database, so that tabs can agree over it', () => {
    expect(dexieStorage({ name: 'app' }).identity).toBe('synclayer:app')
  })

  test('where there is no IndexedDB, as in Node, opening is NOT_SUPPORTED', async () => {
    const storage = dexieStorage({ name: 'app' })
    const error: unknown = await storage
      .open({ collections: [], durability: 'process' })
      .catch((reason: unknown) => reason)
    expect(isSyncError(error, 'NOT_SUPPORTED')).toBe(true)
    await storage.close()
  })
})
