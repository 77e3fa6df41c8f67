import { isSyncError, SyncError } from '@synclayer/core'
import { expect, test } from 'vitest'
import type { Session, SessionStore } from './session-store.ts'
import { createTokenSource } from './token-source.ts'

const session = (token: string, expiresAt: number, name = 'Ada'): Session => ({
  name,
  scopes: [`user:${name}`],
  token,
  expiresAt,
})

const storeOf = (first: Session | null): SessionStore => {
  let current = first
  return {
    get: () => current,
    isNew: () => false,
    set: (next) => {
      current = next
    },
    leave: async (act) => {
      await act()
      current = null
    },
    subscribe: () => () => undefined,
  }
}

const MINUTE = 60_000

test('a good token is used as it is', async () => {
  const auth = createTokenSource({
    sessions: storeOf(session('a', 10 * MINUTE)),
    renew: () => Promise.reject(new Error('not to be asked')),
    now: () => 0,
  })
  expect(await auth({ refused: undefined })).toBe('a')
})

test('one that ends soon, or was refused, is renewed once for all who ask, and kept', async () => {
  for (const [expiresAt, refused] of [
    [MINUTE / 2, undefined],
    [10 * MINUTE, 'a'],
  ] as const) {
    const sessions = storeOf(session('a', expiresAt))
    const asked: string[] = []
    const renew = (token: string): Promise<Session> => {
      asked.push(token)
      return Promise.resolve(session('b', 20 * MINUTE))
    }
    const auth = createTokenSource({ sessions, renew, now: () => 0 })
    expect(await Promise.all([auth({ refused }), auth({ refused })])).toEqual(['b', 'b'])
    expect(asked).toEqual(['a'])
    expect(sessions.get()?.token).toBe('b')
  }
})

test('without a network a token is used to its end, and what fails then is the network, not the sign-in', async () => {
  const offline = new SyncError('NETWORK', 'offline')
  const parts = {
    sessions: storeOf(session('a', MINUTE / 2)),
    renew: () => Promise.reject(offline),
  }
  expect(await createTokenSource({ ...parts, now: () => 0 })({ refused: undefined })).toBe('a')
  await expect(createTokenSource({ ...parts, now: () => MINUTE })({ refused: undefined })).rejects.toSatisfy(
    (error) => isSyncError(error, 'NETWORK'),
  )
})

test('whoever signs out while it is renewed stays signed out', async () => {
  const sessions = storeOf(session('a', 0))
  const auth = createTokenSource({
    sessions,
    renew: async () => {
      await sessions.leave(() => Promise.resolve())
      return session('b', 20 * MINUTE)
    },
    now: () => 0,
  })
  expect(await auth({ refused: undefined })).toBeNull()
  expect(sessions.get()).toBeNull()
})

test('nobody has no token', async () => {
  const auth = createTokenSource({
    sessions: storeOf(null),
    renew: () => Promise.reject(new Error('not to be asked')),
    now: () => 0,
  })
  expect(await auth({ refused: undefined })).toBeNull()
})
