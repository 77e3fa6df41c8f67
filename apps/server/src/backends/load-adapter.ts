/** Loads the adapter that was chosen, and with it its driver. */
import { type BackendAdapter, didYouMean, SyncError } from '@synclayer/core/adapter'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { backendNames, backendRow } from './backend-table.ts'

/** Makes an adapter of its options. Those who write one check them by code. */
export type AdapterFactory = (options: Readonly<Record<string, unknown>>) => BackendAdapter

/**
 * The factory of the adapter with that name: of the table, else a package or a file. It is looked for from one folder after
 * the other.
 *
 * Throws INVALID_OPTION where there is none, saying what to install.
 */
export async function loadAdapter(name: string, folders: readonly string[]): Promise<AdapterFactory> {
  const module = backendRow(name)?.adapter ?? name
  try {
    const exported: unknown = await import(pathToFileURL(locate(module, folders)).href)
    return factoryOf(exported as Readonly<Record<string, unknown>>, name)
  } catch (error) {
    if (!isMissing(error)) throw error
    throw new SyncError('INVALID_OPTION', missingText(name, folders), {
      cause: error,
      details: { option: 'adapter' },
    })
  }
}

/** A file is meant as seen from the last folder: where the server was started. */
function locate(module: string, folders: readonly string[]): string {
  const isFile = /^(\.{0,2}\/|[a-z]:\\)/i.test(module)
  let missing: unknown
  for (const folder of isFile ? folders.slice(-1) : folders) {
    try {
      return createRequire(join(folder, 'server.js')).resolve(module)
    } catch (error) {
      if (!isMissing(error)) throw error
      missing = error
    }
  }
  throw missing
}

const MISSING: readonly unknown[] = ['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND']

function isMissing(error: unknown): boolean {
  return error instanceof Error && MISSING.includes((error as { code?: unknown }).code)
}

function missingText(name: string, folders: readonly string[]): string {
  const row = backendRow(name)
  const where = `It was looked for from ${folders.join(' and ')} on.`
  if (row === undefined) {
    const wanted = didYouMean(name, backendNames)
    return `There is no adapter ${name}, nor a package or a file of that name with all it needs. ${where}${wanted}`
  }
  const { adapter, driver } = row
  return `The adapter ${name} needs packages that are not installed: npm install ${adapter} ${driver}\n${where}`
}

/** The default export, else the one function whose name ends in `Adapter`. */
function factoryOf(module: Readonly<Record<string, unknown>>, name: string): AdapterFactory {
  const named = Object.keys(module).filter((key) => key.endsWith('Adapter'))
  const found = [module['default'], ...(named.length === 1 ? [module[named[0]!]] : [])].find(
    (value) => typeof value === 'function',
  )
  if (found !== undefined) return found as AdapterFactory
  throw new SyncError(
    'INVALID_OPTION',
    `${name} exports no adapter: neither a function by default, nor one function whose name ends in "Adapter".`,
    { details: { option: 'adapter' } },
  )
}
