/** Which backend is served, where its data is, and what else its adapter is told. */
import { SyncError } from '@synclayer/core/adapter'
import { type BackendRow, backendRow } from '../backends/backend-table.ts'
import { hidePasswords } from '../hide-passwords.ts'
import type { Given, GivenOptions } from './given-options.ts'

export interface BackendOptions {
  /** A name of the table, a package, or a file. */
  readonly adapter: string
  /** Null where the data is in no file. */
  readonly path: string | null
  /** Null where the data is on no server. */
  readonly url: string | null
  /** What else the adapter takes. */
  readonly options: Readonly<Record<string, unknown>>
  /** Whoever may list the processes of this machine can read a password. */
  readonly showsPassword: boolean
}

const DEFAULT_PATH = 'synclayer.db'

type BackendOptionName = 'adapter' | 'path' | 'url' | 'adapter-options'

/** Throws INVALID_OPTION for the first that will not do. An address is in no message: it may hold a password. */
export function readBackend(given: GivenOptions<BackendOptionName>): BackendOptions {
  const adapter = given.option('adapter')?.text ?? 'sqlite'
  const row = backendRow(adapter)
  const [path, url] = [given.option('path'), given.option('url')]
  if (row !== undefined) checkPlace(adapter, row, path, url)
  return {
    adapter,
    path: row?.place === 'url' ? null : (path?.text ?? (row === undefined ? null : DEFAULT_PATH)),
    url: url?.text ?? null,
    options: readOptions(given.option('adapter-options')),
    showsPassword: url?.from === '--url' && hidePasswords(url.text) !== url.text,
  }
}

function checkPlace(
  adapter: string,
  { place, example }: BackendRow,
  path: Given | undefined,
  url: Given | undefined,
): void {
  if (place === 'path') {
    if (url === undefined) return
    throw refusal(
      'url',
      `${url.from} is of no use to ${adapter}, which keeps its data in a file: name the adapter that the address is for, by --adapter.`,
    )
  }
  // In the environment it may be there whatever is chosen: a container sets it.
  if (path?.from === '--path')
    throw refusal('path', `--path is of no use to ${adapter}: its data is at --url.`)
  if (url !== undefined) return
  throw refusal(
    'url',
    `The adapter ${adapter} needs the address of its database: set SYNCLAYER_URL, or give --url, such as ${example}`,
  )
}

function readOptions(given: Given | undefined): BackendOptions['options'] {
  if (given === undefined) return {}
  let value: unknown
  try {
    value = JSON.parse(given.text)
  } catch {
    // Told below, without the text: some of it may be secret.
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as BackendOptions['options']
  throw refusal('adapter-options', `${given.from} must be a JSON object, such as {"maxConnections": 20}.`)
}

function refusal(option: string, message: string): SyncError {
  return new SyncError('INVALID_OPTION', message, { details: { option } })
}
