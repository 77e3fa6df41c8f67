/** The backends that can be chosen by name. A driver is loaded only where it is. */
import type { BackendAdapter } from '@synclayer/core/adapter'
import { resolve } from 'node:path'

/** What the choice is made of. */
export interface BackendOptions {
  readonly adapter: string
  readonly path: string
}

export interface Backend {
  readonly adapter: BackendAdapter
  /** Where its data is, for people: without passwords. */
  readonly place: string
}

const BACKENDS: Readonly<Record<string, (options: BackendOptions) => Promise<Backend>>> = {
  sqlite: async ({ path }) => ({
    adapter: (await import('@synclayer/adapter-sqlite')).sqliteAdapter({ path }),
    place: resolve(path),
  }),
}

export const adapterNames: readonly string[] = Object.keys(BACKENDS)

/** The backend that was chosen, not yet open. */
export async function createBackend(options: BackendOptions): Promise<Backend> {
  return BACKENDS[options.adapter]!(options)
}
