// @ts-check
// Who still uses a shared server: a file for each process, which says which process that is.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { identify, isAlive } from './processes.mjs'

/** An owner that does not end: the server goes on until it is told to end. */
const KEPT = 'kept'

/** @param {string} state the server's folder */
function ownersFolder(state) {
  return path.join(state, 'owners')
}

/** @param {string} state @param {number | 'kept'} owner a process id */
export function addOwner(state, owner) {
  mkdirSync(ownersFolder(state), { recursive: true })
  const identity = owner === KEPT ? null : identify(owner)
  if (owner !== KEPT && identity === null) return
  writeFileSync(path.join(ownersFolder(state), String(owner)), JSON.stringify(identity))
}

/** False when all have ended, which it forgets then. @param {string} state */
export function hasOwner(state) {
  mkdirSync(ownersFolder(state), { recursive: true })
  return (
    readdirSync(ownersFolder(state)).filter((name) => {
      const file = path.join(ownersFolder(state), name)
      const isThere = name === KEPT || isAlive(readIdentity(file))
      if (!isThere) rmSync(file, { force: true })
      return isThere
    }).length > 0
  )
}

/** @param {string} file @returns {import('./processes.mjs').Identity} */
function readIdentity(file) {
  return JSON.parse(readFileSync(file, 'utf8'))
}

/** @param {string} state @param {number | 'kept'} owner */
export function removeOwner(state, owner) {
  rmSync(path.join(ownersFolder(state), String(owner)), { force: true })
}
