import { SyncError, type SyncStatus } from '@synclayer/core'
import { describe, expect, test } from 'vitest'
import { describeStatus, tellAgo } from './describe-status.ts'

const idle: SyncStatus = {
  phase: 'idle',
  pending: 0,
  parked: 0,
  lastSyncAt: 1,
  progress: null,
  lastError: null,
}

describe('describeStatus', () => {
  test.each([
    [{}, true, 'fine', 'All saved'],
    [{ pending: 2 }, true, 'busy', 'Sending…'],
    [{ parked: 2 }, true, 'warning', '2 refused'],
    [{ lastSyncAt: null }, true, 'busy', 'Connecting…'],
    [{ progress: { done: 1, remaining: 2 } }, true, 'busy', 'Fetching todos…'],
    [{ phase: 'syncing' }, true, 'fine', 'All saved'],
    [{ phase: 'paused' }, true, 'away', 'Working offline'],
    [{ phase: 'offline' }, true, 'away', 'Offline'],
    [{}, false, 'away', 'Offline'],
    [{ phase: 'needsAuth' }, false, 'warning', 'Sign in to sync'],
    [{ phase: 'stalled' }, true, 'warning', 'Sync is stuck'],
    [{ lastError: new SyncError('BACKEND_FAILED', 'x') }, true, 'warning', 'The server has a problem'],
  ] as const)('%j, online %j: %s, %s', (changes, isOnline, tone, label) => {
    expect(describeStatus({ ...idle, ...changes }, isOnline)).toMatchObject({ tone, label })
  })

  test('says how much waits wherever something waits', () => {
    expect(describeStatus({ ...idle, phase: 'paused', pending: 1 }, true).detail).toContain('1 change waits')
    expect(describeStatus({ ...idle, phase: 'offline', pending: 3 }, true).detail).toContain('3 changes wait')
    expect(describeStatus({ ...idle, phase: 'needsAuth', pending: 3 }, true).detail).toContain('3 changes')
  })
})

test('times are told as one would', () => {
  expect(tellAgo(0, 30_000, 'en')).toBe('now')
  expect(tellAgo(0, 120_000, 'en')).toBe('2 minutes ago')
  expect(tellAgo(0, 7_200_000, 'en')).toBe('2 hours ago')
  expect(tellAgo(0, 86_400_000, 'en')).toBe('yesterday')
  expect(tellAgo(10_000, 0, 'en')).toBe('now')
})
