/** What went wrong, for the user: by its code, never by its message. */
import { type ErrorCode, isSyncError } from '@synclayer/core'

export interface Explanation {
  readonly code: ErrorCode | 'UNKNOWN'
  readonly title: string
  /** What can be done. */
  readonly advice: string
}

type Told = Omit<Explanation, 'code'>

const TOLD_BY_CODE: Partial<Readonly<Record<ErrorCode, Told>>> = {
  STORAGE_FULL: {
    title: 'The disk is full',
    advice: 'Nothing was changed. Free some space on this device, then try again.',
  },
  STORAGE_FAILED: {
    title: 'This device could not store it',
    advice: 'What was stored before is safe. Reload the page; a private window may not allow storing at all.',
  },
  STORAGE_CORRUPT: {
    title: 'The data on this device cannot be read',
    advice: 'Clear the data of this site in the browser, then sign in: everything the server has comes back.',
  },
  NOT_SUPPORTED: {
    title: 'This browser cannot store data',
    advice: 'IndexedDB is missing or switched off. Use a current browser, and no private window.',
  },
  NETWORK: {
    title: 'The server cannot be reached',
    advice: 'Go on working. Everything is sent once there is a connection.',
  },
  TIMEOUT: {
    title: 'The server takes too long',
    advice: 'Go on working. It is tried again by itself.',
  },
  UNAUTHENTICATED: {
    title: 'You need to sign in again',
    advice: 'Go on working. Your changes are sent once you have signed in.',
  },
  FORBIDDEN: {
    title: 'The server does not allow this',
    advice: 'Undo the change, or ask whoever looks after the server.',
  },
  SCOPE_REVOKED: {
    title: 'Your access was withdrawn',
    advice: 'These todos are no longer yours to see. What you had not sent is kept.',
  },
  RATE_LIMITED: {
    title: 'The server asks for patience',
    advice: 'Go on working. It is tried again by itself.',
  },
  BACKEND_FAILED: {
    title: 'The server has a problem',
    advice: 'Go on working. It is tried again by itself.',
  },
  PROTOCOL: {
    title: 'The server answers in a way this app does not understand',
    advice: 'Reload the page to get the newest version of the app.',
  },
  CONSTRAINT: {
    title: 'The server refuses this value',
    advice: 'Change the todo, and it is sent again.',
  },
  INVALID_MUTATION: {
    title: 'The server refuses this change',
    advice: 'Change the todo, and it is sent again.',
  },
  RECORD_TOO_LARGE: {
    title: 'The todo is too long',
    advice: 'Shorten it, and it is sent again.',
  },
  RESOLVER_FAILED: {
    title: 'The edits of two devices could not be merged',
    advice: 'Change the todo, and it is sent again.',
  },
  ID_COLLISION: {
    title: 'The server has another record of that name',
    advice: 'Delete the todo and make it anew.',
  },
  NOT_FOUND: {
    title: 'It is no longer there',
    advice: 'It was deleted meanwhile, perhaps on another device.',
  },
  CLOSED: {
    title: 'This window is signed out',
    advice: 'Sign in again.',
  },
}

/** The store is that of another version of the app now. */
export const OUTDATED: Told = {
  title: 'Another version of this app was opened in another tab',
  advice: 'Reload this page to go on.',
}

export function explainError(error: unknown): Explanation {
  const code = isSyncError(error) ? error.code : 'UNKNOWN'
  return isOutdated(error) ? { code, ...OUTDATED } : explainCode(code)
}

/** Another tab has opened the store with another version of the app, and this one can use it no more. */
export function isOutdated(error: unknown): boolean {
  return isSyncError(error, 'STORAGE_FAILED') && error.details['outdated'] === true
}

export function explainCode(code: ErrorCode | 'UNKNOWN'): Explanation {
  const told = code === 'UNKNOWN' ? undefined : TOLD_BY_CODE[code]
  return {
    code,
    title: told?.title ?? 'Something went wrong',
    advice: told?.advice ?? 'Nothing is lost. Try again, or reload the page.',
  }
}
