// @ts-check
// Processes of this machine: who is who also after a process id was given out again, and ending one with its children.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/**
 * A process for good: the id alone is given out again.
 * @typedef {{ readonly pid: number, readonly started: string }} Identity
 */

/** Who has this id now, or null where nobody has. @param {number} pid @returns {Identity | null} */
export function identify(pid) {
  const started = process.platform === 'linux' ? startedByProc(pid) : startedByPs(pid)
  return started === null ? null : { pid, started }
}

/** @param {Identity} identity */
export function isAlive(identity) {
  return identify(identity.pid)?.started === identity.started
}

/** Ends these and all of their children at once, by SIGKILL. @param {readonly number[]} pids */
export function killTrees(pids) {
  const children = childrenById()
  // Parents first: they would start others in the place of lost children.
  const doomed = [...pids]
  for (const pid of doomed) doomed.push(...(children.get(pid) ?? []))
  for (const pid of doomed) signal(pid, 'SIGKILL')
}

/** Sends a signal, also where the process has ended just now. @param {number} pid @param {NodeJS.Signals} name */
export function signal(pid, name) {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error
  }
}

/** @returns {Map<number, number[]>} */
function childrenById() {
  /** @type {Map<number, number[]>} */
  const children = new Map()
  for (const [pid, parent] of process.platform === 'linux' ? parentsByProc() : parentsByPs()) {
    children.set(parent, [...(children.get(parent) ?? []), pid])
  }
  return children
}

/** The fields of /proc/PID/stat from the third on; the second may hold spaces. @param {number} pid */
function statFields(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return null
  }
}

/** @param {number} pid */
function startedByProc(pid) {
  const fields = statFields(pid)
  // Z: it has ended, and its parent has not asked yet how.
  return fields === null || fields[0] === 'Z' ? null : (fields[19] ?? null)
}

/** @returns {[pid: number, parent: number][]} */
function parentsByProc() {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.flatMap((name) => {
    const fields = statFields(Number(name))
    return fields === null ? [] : [[Number(name), Number(fields[1])]]
  })
}

/** @param {number} pid */
function startedByPs(pid) {
  const { stdout } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' })
  const [, state, started] = /^\s*(\S+)\s+(.+?)\s*$/.exec(stdout ?? '') ?? []
  return state === undefined || state.startsWith('Z') ? null : (started ?? null)
}

/** @returns {[pid: number, parent: number][]} */
function parentsByPs() {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
  return (stdout ?? '').split('\n').flatMap((line) => {
    const [pid, parent] = line.trim().split(/\s+/).map(Number)
    return pid && parent !== undefined ? [[pid, parent]] : []
  })
}
