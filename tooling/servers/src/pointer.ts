/** The file that says where a shared server is. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { RunningServer } from './definition.ts'
import { type Identity, isAlive } from './keeper/processes.mjs'

export interface Pointer {
  readonly server: RunningServer
  readonly keeper: Identity
  /** The folder of the keeper's notes. */
  readonly state: string
  /** The URLs of the servers it was started on, by their names. */
  readonly needs: Readonly<Record<string, string>>
}

export function pointerFile(folder: string, name: string): string {
  return path.join(folder, `${name}.json`)
}

/** Null where the server does not run. */
export function readPointer(folder: string, name: string): Pointer | null {
  try {
    const pointer = JSON.parse(readFileSync(pointerFile(folder, name), 'utf8')) as Pointer
    return isAlive(pointer.keeper) ? pointer : null
  } catch {
    return null
  }
}

export function writePointer(folder: string, pointer: Pointer): void {
  const file = pointerFile(folder, pointer.server.name)
  writeFileSync(`${file}.new`, JSON.stringify(pointer), { mode: 0o600 })
  renameSync(`${file}.new`, file)
}
