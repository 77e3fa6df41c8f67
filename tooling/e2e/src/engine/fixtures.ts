/** What the tests of the engine begin with. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SyncEvents, SyncOptions } from '@synclayer/core'
import { type EngineClient, type Note, openClient } from './programs/engine-program.ts'

/** Syncs when told to, and at no other time. */
export const MANUAL: SyncOptions = { auto: false }

export interface Files {
  readonly store: string
  readonly backend: string
}

/** New pairs of files in a folder of the test's own, and how to remove them all. */
export function filesIn(name: string): { files(): Files; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), `synclayer-${name}-`))
  let count = 0
  return {
    files: () => {
      count += 1
      return { store: join(folder, `store-${count}.db`), backend: join(folder, `backend-${count}.db`) }
    },
    remove: () => rmSync(folder, { recursive: true }),
  }
}

/** Notes named `<prefix>-<n>`. */
export function notesOf(prefix: string, many: number): Note[] {
  return Array.from({ length: many }, (_, n) => ({ id: `${prefix}-${n}`, text: `Text ${n}.`, n }))
}

/** Puts notes named `seed-<n>` on the backend. */
export async function seed(backend: string, many: number): Promise<void> {
  const db = await openClient({ backend, sync: MANUAL })
  await db.collection('notes').saveAll(notesOf('seed', many))
  await db.sync()
  await db.close()
}

/** The next event of that name. */
export function next<Name extends keyof SyncEvents>(db: EngineClient, name: Name): Promise<SyncEvents[Name]> {
  return new Promise((resolve) => {
    const stop = db.on(name, (event) => {
      stop()
      resolve(event)
    })
  })
}

/** The client once it is told of changes: listens as soon as it is open, before anything else may take its time. */
export async function connected(opening: Promise<EngineClient>): Promise<EngineClient> {
  const db = await opening
  await next(db, 'realtimeConnected')
  return db
}

/** All events of that name, from now on. */
export function gather<Name extends keyof SyncEvents>(db: EngineClient, name: Name): SyncEvents[Name][] {
  const events: SyncEvents[Name][] = []
  db.on(name, (event) => events.push(event))
  return events
}
