/** The backend itself, without a client: for what only whoever runs it does. */
import { randomBytes } from 'node:crypto'
import type { BackendAdapter } from '@synclayer/core/adapter'
import Database from 'better-sqlite3'
import { backendAt } from './programs/engine-program.ts'

/** Opens the adapter of the file, gives it to `use`, and closes it. */
export async function withBackend<T>(path: string, use: (adapter: BackendAdapter) => Promise<T>): Promise<T> {
  const adapter = backendAt(path)
  await adapter.open({
    collections: ['notes', 'counters', 'accounts'],
    scopes: ['default'],
    logger: { log: () => undefined },
    clock: { now: () => Date.now() },
    random: { bytes: (length) => randomBytes(length), next: () => Math.random() },
    traffic: { sent: () => undefined, received: () => undefined },
  })
  try {
    return await use(adapter)
  } finally {
    await adapter.close()
  }
}

/** Copies the file as it is now, whoever has it open. */
export async function backUp(path: string, copy: string): Promise<void> {
  const database = new Database(path, { readonly: true })
  await database.backup(copy)
  database.close()
}

/** What a statement finds in the file. */
export function ask(path: string, sql: string): unknown[] {
  const database = new Database(path, { readonly: true })
  try {
    return database.prepare(sql).pluck().all()
  } finally {
    database.close()
  }
}
