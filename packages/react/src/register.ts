/** How an app says once, for all hooks, which client it has. */
import type { SyncLayer } from '@synclayer/core'

/**
 * Empty, to be merged with the type of the app's client:
 *
 *   declare module '@synclayer/react' { interface Register { client: typeof db } }
 */
export interface Register {}

/** The registered client; one with any collections where none was registered. */
export type RegisteredClient = ClientOf<Register>

export type ClientOf<Registered> = Registered extends { readonly client: infer Client extends AnyClient }
  ? Client
  : SyncLayer

/** A client with whatever collections. */
export type AnyClient = Pick<SyncLayer, 'status' | 'outbox' | 'on'>
