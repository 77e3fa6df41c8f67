/** Ends a keeper from outside, and clears up after one that was killed. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { KeeperSpec } from './keeper-spec.ts'
import { type Identity, isAlive, killTrees, signal } from './processes.mjs'

/** What a keeper notes about itself and the processes it has started. */
export interface KeeperNotes {
  readonly keeper: Identity
  readonly processes: readonly Identity[]
}

const ASKED_AGAIN_MS = 20
const END_MS = 30_000

/** Has a keeper end its server and remove the data, and waits for that, also where others use the server. */
export async function endKeeper(state: string, keeper: Identity): Promise<void> {
  if (isAlive(keeper)) signal(keeper.pid, 'SIGTERM')
  const deadline = performance.now() + END_MS
  while (isAlive(keeper) && performance.now() < deadline) await pause(ASKED_AGAIN_MS)
  if (isAlive(keeper)) killTrees([keeper.pid])
  clearUpAfter(state)
}

/** Ends what killed keepers have left behind in the folder where the folders of their notes are. */
export function clearUp(folder: string): void {
  if (!existsSync(folder)) return
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) clearUpAfter(path.join(folder, entry.name))
  }
}

function clearUpAfter(state: string): void {
  const notes = read<KeeperNotes>(path.join(state, 'notes.json'))
  const spec = read<KeeperSpec>(path.join(state, 'spec.json'))
  // Without notes it is just about to begin.
  if (notes === null || spec === null || isAlive(notes.keeper)) return
  killTrees(notes.processes.filter(isAlive).map(({ pid }) => pid))
  for (const { command, args, env } of spec.atEnd) {
    spawnSync(command, args, { env: { ...process.env, ...env }, stdio: 'ignore' })
  }
  rmSync(spec.data, { recursive: true, force: true, maxRetries: 5 })
  rmSync(state, { recursive: true, force: true, maxRetries: 5 })
}

function read<Content>(file: string): Content | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Content
  } catch {
    return null
  }
}
