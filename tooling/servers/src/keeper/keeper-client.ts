/** Starts a keeper and gives it orders. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { KeeperNews, KeeperOrder, KeeperSpec } from './keeper-spec.ts'

export interface Keeper {
  /** The folder of its notes. */
  readonly state: string
  readonly pid: number
  /** Has it done; rejects, with the end of the log, where it fails. One order at a time. */
  readonly order: (order: KeeperOrder) => Promise<void>
  /** Aborted when a process ends without having been told to. */
  readonly ended: AbortSignal
  /** The last lines that the server has written. */
  readonly log: () => string
  /** Leaves a shared server to itself. */
  readonly letGo: () => void
}

const KEEPER = path.join(import.meta.dirname, 'keeper.mjs')
const LOG_LINES = 15

/** Starts a keeper that keeps its notes in the folder `state`, which it removes at the end. */
export function startKeeper(state: string, spec: KeeperSpec): Keeper {
  mkdirSync(state, { recursive: true, mode: 0o700 })
  writeFileSync(path.join(state, 'spec.json'), JSON.stringify(spec), { mode: 0o600 })
  const child = spawn(process.execPath, [KEEPER, state], {
    // A process group of its own: Ctrl-C is for us, and it ends what it keeps when we have ended.
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    // What the tests' runner has set up is not for it.
    env: withoutNodeOptions(),
  })
  const ended = new AbortController()
  child.on('message', (news: KeeperNews) => {
    if ('ended' in news) ended.abort()
  })
  const log = (): string => lastLines(path.join(state, 'log'))
  return {
    state,
    pid: child.pid ?? 0,
    order: (order) => give(child, order, log),
    ended: ended.signal,
    log,
    letGo() {
      child.disconnect()
      child.unref()
    },
  }
}

function give(child: ChildProcess, order: KeeperOrder, log: () => string): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (why: string | null): void => {
      child.off('message', onNews).off('exit', onExit)
      if (why === null) resolve()
      else reject(new Error(`${why}\n${log()}`.trimEnd()))
    }
    const onNews = (news: KeeperNews): void => {
      if ('done' in news && news.done === order) settle(null)
      if ('failed' in news && news.failed === order) settle(news.why)
    }
    const onExit = (): void => settle(order === 'end' ? null : 'Its keeper has ended.')
    if (child.exitCode !== null || child.signalCode !== null) return onExit()
    child.on('message', onNews).once('exit', onExit)
    child.send(order, (error) => {
      if (error !== null && order !== 'end') settle(error.message)
    })
  })
}

function lastLines(file: string): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-LOG_LINES).join('\n')
  } catch {
    return ''
  }
}

function withoutNodeOptions(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, ...env } = process.env
  return env
}
