// @ts-check
// The parent of one server's processes: `node keeper.mjs STATE`. It outlives the tests, so that whatever happens to them
// the server is stopped and its data removed. STATE holds `spec.json` (KeeperSpec); the keeper writes `notes.json` there (KeeperNotes).
//
// Whoever starts it speaks to it by messages: start, kill, stop and end, each answered by `{ done }` or `{ failed, why }`.
//   one's own server     ends with whoever started it
//   a shared server      ends when all its owners have ended, a while after the last; or on SIGTERM
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { alone } from './lock.mjs'
import { hasOwner } from './owners.mjs'
import { identify, killTrees, signal } from './processes.mjs'

/** @typedef {import('./keeper-spec.ts').KeeperSpec} KeeperSpec */
/** @typedef {import('./keeper-spec.ts').Command} Command */

const STOP_MS = 20_000
const OWNERS_ASKED_MS = 500

const state = process.argv[2] ?? ''
/** @type {KeeperSpec} */
const spec = JSON.parse(readFileSync(path.join(state, 'spec.json'), 'utf8'))
const log = openSync(path.join(state, 'log'), 'a')
/** @type {{ command: Command, child: import('node:child_process').ChildProcess, ended: Promise<unknown> }[]} */
let running = []
/** What runs to its end, such as a step of the set-up. @type {Set<import('node:child_process').ChildProcess>} */
const passing = new Set()
let isSetUp = false
/** @type {Promise<void> | null} */
let ending = null

writeNotes()

const commands = { start, kill, stop, end }
process.on('message', (/** @type {keyof typeof commands} */ name) => void carryOut(name))
for (const name of /** @type {const} */ (['SIGTERM', 'SIGINT', 'SIGHUP'])) process.on(name, () => void end())
if (spec.shared === null) process.on('disconnect', () => void end())
else void endWithOwners(spec.shared).catch(endSince)

/** @param {keyof typeof commands} name */
async function carryOut(name) {
  try {
    await commands[name]()
    tell({ done: name })
  } catch (error) {
    tell({ failed: name, why: error instanceof Error ? error.message : String(error) })
  }
  if (name === 'end') process.exit()
}

/** @param {import('./keeper-spec.ts').KeeperNews} news */
function tell(news) {
  if (process.connected) process.send?.(news)
}

async function start() {
  if (!isSetUp) for (const command of spec.setUp) await finish(command)
  isSetUp = true
  for (const command of spec.processes) {
    if (ending !== null) throw new Error('It is being ended.')
    const child = launch(command)
    const ended = once(child, 'exit')
    running.push({ command, child, ended })
    await once(child, 'spawn')
    child.once('exit', () => {
      // Children that it has left behind are still of its group.
      for (const pid of pidsOf([{ child }])) signal(-pid, 'SIGKILL')
      void onExit(child)
    })
    writeNotes()
  }
}

/** At once, as a power failure would. */
async function kill() {
  const killed = running
  running = []
  if (spec.kill !== null) await finish(spec.kill)
  else killTrees(pidsOf(killed))
  await Promise.all(killed.map(({ ended }) => ended))
  writeNotes()
}

/** Politely, the last started first. */
async function stop() {
  const stopped = running.toReversed()
  running = []
  for (const { command, child, ended } of stopped) {
    if (child.exitCode === null && child.signalCode === null)
      signal(child.pid ?? 0, command.stopSignal ?? 'SIGTERM')
    const isLate = await Promise.race([ended.then(() => false), pause(STOP_MS, true, { ref: false })])
    if (isLate) killTrees(pidsOf([{ child }]))
    await ended
  }
  writeNotes()
}

/** Stops it, removes what it has made, and ends the keeper. */
function end() {
  ending ??= clearAway()
  return ending
}

async function clearAway() {
  withdraw()
  killTrees(pidsOf([...passing].map((child) => ({ child }))))
  await stop().catch(note)
  for (const command of spec.atEnd) await finish(command).catch(note)
  rmSync(spec.data, { recursive: true, force: true, maxRetries: 5 })
  closeSync(log)
  rmSync(state, { recursive: true, force: true, maxRetries: 5 })
  if (!process.connected) process.exit()
}

/** Nobody is sent here any more. */
function withdraw() {
  if (spec.shared === null) return
  try {
    const pointer = JSON.parse(readFileSync(spec.shared.pointer, 'utf8'))
    if (pointer.state === state) rmSync(spec.shared.pointer, { force: true })
  } catch {
    // There is none yet, or none any more.
  }
}

/** @param {NonNullable<KeeperSpec['shared']>} shared */
async function endWithOwners({ lock, lingerMs }) {
  let unusedSince = Infinity
  while (ending === null) {
    await pause(OWNERS_ASKED_MS)
    // With the lock: nobody becomes an owner while it ends.
    await alone(lock, async () => {
      const now = performance.now()
      unusedSince = hasOwner(state) ? Infinity : Math.min(unusedSince, now)
      if (now - unusedSince >= lingerMs) await end()
    })
  }
}

/** Such as a folder of notes that somebody has removed: nobody could find the server any more. @param {unknown} error */
async function endSince(error) {
  note(error)
  await end()
}

/** @param {import('node:child_process').ChildProcess} child */
async function onExit(child) {
  if (!running.some((one) => one.child === child)) return
  note(`It ended by itself: ${child.signalCode ?? `exit code ${child.exitCode}`}.`)
  tell({ ended: true })
  // Whoever asks for a shared server next starts another.
  withdraw()
  if (spec.shared !== null) await alone(spec.shared.lock, end)
}

/** Runs a command to its end. @param {Command} command */
async function finish(command) {
  const child = launch(command)
  passing.add(child)
  const [code, signalName] = await once(child, 'exit').finally(() => passing.delete(child))
  if (code !== 0) throw new Error(`${command.command} ended with ${signalName ?? `exit code ${code}`}.`)
}

/** @param {Command} command */
function launch({ command, args, env = {}, user = null, input = '' }) {
  const child = spawn(command, args, {
    cwd: spec.data,
    env: { ...process.env, ...env },
    // Its own process group: Ctrl-C in a terminal ends the tests, and the keeper ends the server.
    detached: true,
    stdio: ['pipe', log, log],
    ...(user === null ? {} : { uid: user.uid, gid: user.gid }),
  })
  // It may end without having read all; its exit code tells more.
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(input)
  return child
}

/** @param {readonly { child: import('node:child_process').ChildProcess }[]} processes */
function pidsOf(processes) {
  return processes.flatMap(({ child }) => (child.pid === undefined ? [] : [child.pid]))
}

/** For whoever has to clear up after a keeper that was killed. */
function writeNotes() {
  const processes = pidsOf(running).flatMap((pid) => identify(pid) ?? [])
  const file = path.join(state, 'notes.json')
  writeFileSync(`${file}.new`, JSON.stringify({ keeper: identify(process.pid), processes }))
  renameSync(`${file}.new`, file)
}

/** @param {unknown} what */
function note(what) {
  writeSync(log, `keeper: ${what instanceof Error ? what.message : String(what)}\n`)
}
