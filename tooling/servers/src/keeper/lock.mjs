// @ts-check
// One at a time among all processes. The lock is SQLite's on a file: it is let go of when its holder ends, however it ends.
import { setTimeout as pause } from 'node:timers/promises'
import Database from 'better-sqlite3'

const ASKED_AGAIN_MS = 20

/**
 * Runs `work` while no other holds the lock. The file is made where there is none, and stays.
 * @template T
 * @param {string} file
 * @param {() => T | Promise<T>} work
 * @returns {Promise<T>}
 */
export async function alone(file, work) {
  const database = new Database(file, { timeout: 0 })
  try {
    while (!isTaken(database)) await pause(ASKED_AGAIN_MS)
    return await work()
  } finally {
    database.close()
  }
}

/** @param {import('better-sqlite3').Database} database */
function isTaken(database) {
  try {
    // Nothing is ever written: no journal is left behind by a process that ends here.
    database.pragma('journal_mode = memory')
    database.exec('BEGIN EXCLUSIVE')
    return true
  } catch (error) {
    if (/** @type {{ code?: string }} */ (error).code?.startsWith('SQLITE_BUSY')) return false
    throw error
  }
}
