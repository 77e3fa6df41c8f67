import type { BackendAdapter } from '@synclayer/core/adapter'
import { resolve } from 'node:path'
import { hidePasswords } from '../hide-passwords.ts'
import type { BackendOptions } from '../options/backend.ts'
import { loadAdapter } from './load-adapter.ts'

export interface Backend {
  readonly adapter: BackendAdapter
  /** Where its data is, for people: without passwords. */
  readonly place: string
}

/** The backend that was chosen, not yet open. Throws INVALID_OPTION where it is not installed, or refuses its options. */
export async function createBackend(chosen: BackendOptions): Promise<Backend> {
  const { adapter: name, path, url, options } = chosen
  const create = await loadAdapter(name, [import.meta.dirname, process.cwd()])
  const adapter = create({
    ...options,
    ...(path === null ? {} : { path }),
    ...(url === null ? {} : { url }),
  })
  return { adapter, place: placeOf(chosen) }
}

function placeOf({ adapter, path, url }: BackendOptions): string {
  if (url !== null) return hidePasswords(url)
  return path === null ? adapter : resolve(path)
}
