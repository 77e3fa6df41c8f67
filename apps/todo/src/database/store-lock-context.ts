import { createContext, useContext } from 'react'
import type { StoreLock } from './store-lock.ts'

const StoreLockContext = createContext<StoreLock | null>(null)

export const StoreLockProvider = StoreLockContext.Provider

/** The lock of the store that is open. */
export function useStoreLock(): StoreLock {
  const lock = useContext(StoreLockContext)
  if (lock === null) throw new Error('No store is open.')
  return lock
}
