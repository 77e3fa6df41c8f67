/** A network, as a platform would tell of it, that goes and comes when the test says so. */
import type { Connectivity } from '../ports/connectivity.ts'

export interface FakeConnectivity extends Connectivity {
  emit(event: 'online' | 'offline' | 'visible'): void
}

/** Connectivity that is online until told otherwise. */
export function fakeConnectivity(): FakeConnectivity {
  const listeners = new Set<(event: 'online' | 'offline' | 'visible') => void>()
  let online = true
  return {
    get online() {
      return online
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    emit(event) {
      if (event !== 'visible') online = event === 'online'
      for (const listener of listeners) listener(event)
    },
  }
}
