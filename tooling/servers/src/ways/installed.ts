/** Programs that this machine has already. */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, readdirSync } from 'node:fs'
import path from 'node:path'

/** The first of these programs that is on the PATH, or in a folder beside it where daemons are; null where none is. */
export function findProgram(names: readonly string[], folders: readonly string[] = []): string | null {
  const searched = [
    ...folders,
    ...(process.env['PATH'] ?? '').split(path.delimiter),
    '/usr/sbin',
    '/usr/local/sbin',
    '/opt/homebrew/bin',
  ]
  const candidates = searched.flatMap((folder) => names.map((name) => path.join(folder, name)))
  return candidates.find(isExecutable) ?? null
}

/** The folders `parent/VERSION/rest`, the newest version first. */
export function versionedFolders(parent: string, rest: string): readonly string[] {
  return subfolders(parent)
    .toSorted((one, other) => other.localeCompare(one, 'en', { numeric: true }))
    .map((version) => path.join(parent, version, rest))
}

/** What a program prints as its version. */
export function versionOf(program: string): string {
  return spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout ?? ''
}

function subfolders(parent: string): readonly string[] {
  try {
    return readdirSync(parent)
  } catch {
    return []
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
