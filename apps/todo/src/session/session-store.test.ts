// @vitest-environment happy-dom
import { beforeEach, describe, expect, test } from 'vitest'
import { createSessionStore, parseSession, type Session, sessionOf } from './session-store.ts'

const session: Session = { name: 'Ada', scopes: ['user:Ada'], token: 'a.b.c', expiresAt: 1 }

beforeEach(() => localStorage.clear())

/** What another window of the device does is told by an event that the window itself does not get. */
function tellOthers(device: string): void {
  dispatchEvent(new StorageEvent('storage', { key: `synclayer-todo/session/${device}` }))
}

describe('createSessionStore', () => {
  test('keeps who is signed in, for each device by itself', () => {
    createSessionStore('first').set(session)
    expect(createSessionStore('first').get()).toEqual(session)
    expect(sessionOf('first')).toEqual(session)
    expect(createSessionStore('second').get()).toBeNull()
  })

  test('tells the device apart on which nobody ever was, and one that was left', async () => {
    const store = createSessionStore('second')
    expect(store.isNew()).toBe(true)
    store.set(session)
    await store.leave(() => Promise.resolve())
    expect(store.get()).toBeNull()
    expect(createSessionStore('second').isNew()).toBe(false)
  })

  test('follows the other windows, and says so once for each change', () => {
    const [here, there] = [createSessionStore('first'), createSessionStore('first')]
    let told = 0
    here.subscribe(() => {
      told += 1
    })
    there.set(session)
    tellOthers('first')
    tellOthers('first')
    expect(here.get()).toEqual(session)
    expect(told).toBe(1)
  })

  test('who leaves signs out the other windows first, and stays where it fails', async () => {
    const store = createSessionStore('first')
    store.set(session)
    const leaving = store.leave(() => {
      expect(sessionOf('first')).toBeNull()
      expect(store.get()).toEqual(session)
      return Promise.reject(new Error('unsent'))
    })
    await expect(leaving).rejects.toThrow('unsent')
    expect(store.get()).toEqual(session)
    expect(sessionOf('first')).toEqual(session)
  })
})

test.each([null, '', 'null', '[]', '{', '{"name":"Ada"}', JSON.stringify({ ...session, scopes: [] })])(
  '%j is no session',
  (text) => {
    expect(parseSession(text)).toBeNull()
  },
)
