/** Whether the platform believes there is a network. A hint: it only brings a round forward. */
export interface Connectivity {
  readonly online: boolean
  /** Tells of changes, and of the app becoming visible again. Returns how to stop. */
  subscribe(listener: (event: 'online' | 'offline' | 'visible') => void): () => void
}
