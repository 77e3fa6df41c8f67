import type { ForeignCommit } from '@synclayer/core/storage'
import type Database from 'better-sqlite3'

const POLL_MS = 50

/** Tells when other connections have committed. */
export interface ChangeWatch {
  readonly add: (listener: (commit: ForeignCommit) => void) => () => void
  /** What is committed from here on is told. */
  readonly begin: () => void
  readonly stop: () => void
}

/**
 * Asks SQLite for its `data_version`, which changes with the commits of other connections alone: about two microseconds,
 * twenty times a second, and only while someone listens. A timer of this kind keeps no process alive.
 */
export function watchChanges(
  database: () => Database.Database | null,
  /** What those commits are told as. */
  commit: ForeignCommit = {},
): ChangeWatch {
  const listeners = new Set<(commit: ForeignCommit) => void>()
  let timer: NodeJS.Timeout | null = null
  let watched: {
    readonly database: Database.Database
    readonly ask: Database.Statement
    version: unknown
  } | null = null

  function poll(): void {
    const current = database()
    if (current === null) return
    if (watched?.database !== current) {
      const ask = current.prepare('PRAGMA data_version').pluck()
      watched = { database: current, ask, version: ask.get() }
      return
    }
    let version: unknown
    try {
      version = watched.ask.get()
    } catch {
      // A call on the storage itself will tell what is wrong; here is nobody to tell.
      return
    }
    if (version === watched.version) return
    watched.version = version
    for (const listener of listeners) listener(commit)
  }

  function stop(): void {
    if (timer !== null) clearInterval(timer)
    timer = null
    watched = null
  }

  return {
    add(listener) {
      const registered = (commit: ForeignCommit): void => listener(commit)
      listeners.add(registered)
      if (timer === null) {
        timer = setInterval(poll, POLL_MS).unref()
        poll()
      }
      return () => {
        listeners.delete(registered)
        if (listeners.size === 0) stop()
      }
    },
    begin() {
      if (timer !== null) poll()
    },
    stop() {
      listeners.clear()
      stop()
    },
  }
}
