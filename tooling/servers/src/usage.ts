/** Notes which file of tests used which server, for the table at the end of `npm test`. */
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Kind, RunningServer } from './definition.ts'
import { ServerMissing } from './server-missing.ts'

/** Ignored by git; a run of `npm test` begins it anew. */
const USAGE_FOLDER: string = path.join(import.meta.dirname, '../../../.reports/servers')

/** One file of tests and one server. */
export interface Usage {
  /** An absolute path. */
  readonly file: string
  readonly server: string
  /** What it was; left out where there was none. */
  readonly found?: {
    readonly product: string
    readonly version: string
    readonly kind: Kind
    readonly way: string
  }
  /** Why there was none. */
  readonly missing?: string
}

/** Passes on what was asked for, and notes how that went. */
export async function noteUse<Found extends RunningServer>(
  name: string,
  asked: Promise<Found>,
): Promise<Found> {
  const file = await testFile()
  try {
    const found = await asked
    const { product, version, kind, way } = found
    if (file !== undefined) write({ file, server: name, found: { product, version, kind, way } })
    return found
  } catch (error) {
    if (file !== undefined && error instanceof ServerMissing)
      write({ file, server: name, missing: error.why })
    throw error
  }
}

async function testFile(): Promise<string | undefined> {
  if (process.env['VITEST'] === undefined) return undefined
  const { expect } = await import('vitest')
  return expect.getState().testPath
}

function write(usage: Usage): void {
  mkdirSync(USAGE_FOLDER, { recursive: true })
  const name = createHash('sha256').update(`${usage.server} ${usage.file}`).digest('hex').slice(0, 16)
  writeFileSync(path.join(USAGE_FOLDER, `${name}.json`), JSON.stringify(usage))
}
