/** What lives as long as the page: made once, given to every component. */
import { createContext, useContext, useSyncExternalStore } from 'react'
import { type Announcer, createAnnouncer } from './notices/announcer.ts'
import { createNoticeStore, type NoticeStore } from './notices/notice-store.ts'
import { createOutdatedFlag, type OutdatedFlag } from './notices/outdated-flag.ts'
import { createKeptValue, type KeptValue } from './platform/kept-value.ts'
import { createSessionStore, type SessionStore } from './session/session-store.ts'

export interface Services {
  readonly device: string
  readonly sessions: SessionStore
  /** Whether this device syncs, as its user wishes, in all of its windows. */
  readonly connection: KeptValue<'online' | 'offline'>
  readonly theme: KeptValue<'system' | 'light' | 'dark'>
  readonly notices: NoticeStore
  readonly announcer: Announcer
  readonly outdated: OutdatedFlag
}

export function createServices(device: string): Services {
  return {
    device,
    sessions: createSessionStore(device),
    connection: createKeptValue(`connection/${device}`, ['online', 'offline']),
    theme: createKeptValue('theme', ['system', 'light', 'dark']),
    notices: createNoticeStore(),
    announcer: createAnnouncer(),
    outdated: createOutdatedFlag(),
  }
}

const ServicesContext = createContext<Services | null>(null)

export const ServicesProvider = ServicesContext.Provider

export function useServices(): Services {
  const services = useContext(ServicesContext)
  if (services === null) throw new Error('The app is not inside its ServicesProvider.')
  return services
}

/** The current value of a store, again after each change. */
export function useStore<Value>(store: { get(): Value; subscribe(listener: () => void): () => void }): Value {
  return useSyncExternalStore(store.subscribe, store.get)
}
