import type { BackendAdapter } from '@synclayer/core/adapter'

/** A fresh, empty backend for one test, and the ways the suite may handle it. Adapters are handed over unopened. */
export interface AdapterUnderTest {
  readonly adapter: BackendAdapter
  /** Another adapter on the same backend, as another process would have one. Without it those tests use one adapter. */
  readonly second?: () => BackendAdapter | Promise<BackendAdapter>
  /**
   * Saves the backend as it is now, as an operator's backup would. What it answers puts that state back, all adapters
   * being closed by then, and gives an adapter on it. It may be called more than once. Leave it out where the backend
   * cannot be restored; the tests then say so.
   */
  readonly backup?: () => Promise<() => Promise<BackendAdapter>>
  /**
   * The longest client ids taken, where a server between keeps room for its own: longer ones must then be refused as
   * PROTOCOL. 128 characters when left out, the most that core allows.
   */
  readonly maxClientIdLength?: number
  /** Removes the backend. Adapters are closed before. */
  readonly close: () => Promise<void>
}
