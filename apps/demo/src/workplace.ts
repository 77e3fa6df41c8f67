/** Where the databases lie: a folder that is gone again at the end, however the end comes. */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Workplace {
  readonly folder: string
  files(): readonly { readonly path: string; readonly bytes: number }[]
  remove(): void
}

export function createWorkplace(): Workplace {
  const folder = mkdtempSync(join(tmpdir(), 'synclayer-demo-'))
  return {
    folder,
    files: () =>
      readdirSync(folder)
        .filter((name) => name.endsWith('.db'))
        .sort()
        .map((name) => join(folder, name))
        .map((path) => ({ path, bytes: sizeOf(path) + sizeOf(`${path}-wal`) })),
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  }
}

/** What a database that is open has not moved to its file yet lies beside it. */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
