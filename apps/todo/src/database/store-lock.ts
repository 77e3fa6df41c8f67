/**
 * Which windows have a store open. Signing out clears it, and another window that still syncs would fill it again: so
 * whoever signs out waits until the store is its own.
 */
export interface StoreLock {
  /** Of the store. */
  readonly name: string
  /** Runs `act` once no other window has the store open, or after a while all the same: a frozen window syncs no more. */
  alone(act: () => Promise<unknown>): Promise<void>
  release(): void
}

const LONGEST_WAIT_MS = 3_000

export function holdStore(name: string): StoreLock {
  const lockName = `synclayer-todo/open/${name}`
  // Not everywhere: then there is no waiting.
  const locks = navigator.locks as LockManager | undefined
  let release: () => void = () => undefined

  const hold = (): void => {
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    void locks?.request(lockName, { mode: 'shared' }, () => released)
  }
  const wait = async (): Promise<void> => {
    const signal = AbortSignal.timeout(LONGEST_WAIT_MS)
    await locks?.request(lockName, { signal }, () => undefined).catch(() => undefined)
  }
  hold()
  return {
    name,
    async alone(act) {
      release()
      await wait()
      try {
        await act()
      } catch (error) {
        hold()
        throw error
      }
    },
    release: () => release(),
  }
}
