/**
 * Who is signed in on this device, for all windows of the browser that are this device. The token is kept in
 * localStorage: README.md says what that means, and why it is no cookie here.
 */
export interface Session {
  readonly name: string
  readonly scopes: readonly string[]
  readonly token: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

export interface SessionStore {
  /** The same object until it changes. */
  get(): Session | null
  /** Whether nobody was ever signed in here: it is another thing to have signed out. */
  isNew(): boolean
  set(session: Session): void
  /** Signs out the other windows, runs `act`, then signs out this one; where `act` fails, all are signed in as before. */
  leave(act: () => Promise<void>): Promise<void>
  /** Called after every change, of other windows too. Returns how to stop. */
  subscribe(listener: () => void): () => void
}

/** In place of a session. */
const SIGNED_OUT = 'null'

/** `device` tells the devices of one browser apart. */
export function createSessionStore(device: string): SessionStore {
  const key = sessionKey(device)
  const listeners = new Set<() => void>()
  let text = localStorage.getItem(key)
  let session = parseSession(text)

  const read = (): void => {
    const next = localStorage.getItem(key)
    if (next === text) return
    text = next
    session = parseSession(next)
    for (const listener of listeners) listener()
  }
  addEventListener('storage', (event) => {
    // Null: everything was cleared.
    if (event.key === key || event.key === null) read()
  })
  return {
    get: () => session,
    isNew: () => text === null,
    set(next) {
      localStorage.setItem(key, JSON.stringify(next))
      read()
    },
    async leave(act) {
      localStorage.setItem(key, SIGNED_OUT)
      try {
        await act()
      } catch (error) {
        if (text !== null) localStorage.setItem(key, text)
        throw error
      }
      read()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

/** Whoever is signed in on that device of this browser. */
export function sessionOf(device: string): Session | null {
  return parseSession(localStorage.getItem(sessionKey(device)))
}

function sessionKey(device: string): string {
  return `synclayer-todo/session/${device}`
}

/** What is no session is none: anything may be in there. */
export function parseSession(text: string | null): Session | null {
  if (text === null) return null
  try {
    const { name, scopes, token, expiresAt } = (JSON.parse(text) ?? {}) as Record<keyof Session, unknown>
    const isSession =
      typeof name === 'string' &&
      Array.isArray(scopes) &&
      scopes.length > 0 &&
      scopes.every((scope) => typeof scope === 'string') &&
      typeof token === 'string' &&
      typeof expiresAt === 'number'
    return isSession ? { name, scopes: scopes as string[], token, expiresAt } : null
  } catch {
    return null
  }
}
