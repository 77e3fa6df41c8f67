/** Which client the components below use. */
import { SyncError } from '@synclayer/core'
import { createContext, createElement, type ReactElement, type ReactNode, useContext } from 'react'
import type { AnyClient, RegisteredClient } from './register.ts'

const ClientContext = createContext<AnyClient | null>(null)

export interface SyncLayerProviderProps {
  /** What `createSyncLayer` gave. The app opens and closes it. */
  readonly client: AnyClient
  readonly children?: ReactNode
}

/** Gives a client to the components below. */
export function SyncLayerProvider({ client, children }: SyncLayerProviderProps): ReactElement {
  return createElement(ClientContext.Provider, { value: client }, children)
}

/**
 * The client of the nearest `SyncLayerProvider`; throws INVALID_OPTION where there is none. It has the type the app
 * registered (see `Register`); where there are several kinds, say which: `useSyncLayer<typeof db>()`.
 */
export function useSyncLayer<Client extends AnyClient = RegisteredClient>(): Client {
  const client = useContext(ClientContext)
  if (client === null) {
    const message = 'This component needs a client. Wrap the app in <SyncLayerProvider client={db}>.'
    throw new SyncError('INVALID_OPTION', message, { details: { option: 'client' } })
  }
  return client as Client
}
