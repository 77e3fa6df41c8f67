/** `synclayer-server`, as built, in a folder of its own. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Ending, endChildren, startFile } from '../child.ts'

const PROGRAM = fileURLToPath(new URL('../../../../apps/server/bin/synclayer-server.js', import.meta.url))

export interface Outcome extends Ending {
  readonly lines: readonly string[]
}

/** An entry of the log. */
export interface Entry {
  readonly level: string
  readonly msg: string
  readonly [name: string]: unknown
}

export interface RunningServer {
  readonly url: string
  readonly port: number
  readonly entries: readonly Entry[]
  /** Resolves with the first entry from now on that has the message, and in which that text stands. */
  entry(message: string, text?: string): Promise<Entry>
  signal(name: NodeJS.Signals): void
  /** Sends a signal, SIGTERM unless told, and resolves once it is gone. */
  stop(name?: NodeJS.Signals): Promise<Outcome>
}

export interface Place {
  readonly folder: string
  /** Runs it to its end. */
  run(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Outcome>
  /** Starts it on any free port; resolves once it serves. */
  serve(args?: readonly string[], env?: NodeJS.ProcessEnv): Promise<RunningServer>
  remove(): Promise<void>
}

export function createPlace(): Place {
  const folder = mkdtempSync(join(tmpdir(), 'synclayer-server-'))
  const started = (args: readonly string[], env: NodeJS.ProcessEnv, onLine: (line: string) => void) =>
    startFile(PROGRAM, args, {
      name: 'synclayer-server',
      cwd: folder,
      // None of the settings of whoever runs the tests.
      env: { PATH: process.env['PATH'], ...env },
      onLine,
    })
  return {
    folder,
    async run(args, env = {}) {
      const lines: string[] = []
      const ending = await started(args, env, (line) => lines.push(line)).ended
      return { ...ending, lines }
    },
    async serve(args = [], env = {}) {
      const lines: string[] = []
      const child = started(['--port', '0', ...args], env, (line) => lines.push(line))
      const entry = async (message: string, text = ''): Promise<Entry> =>
        JSON.parse(
          await child.line((line) => line.includes(`"msg":"${message}"`) && line.includes(text)),
        ) as Entry
      const { url } = (await entry('Serving')) as Entry & { readonly url: string }
      const signal = (name: NodeJS.Signals): void => void child.process.kill(name)
      return {
        url,
        port: Number(new URL(url).port),
        get entries() {
          return lines.map((line) => JSON.parse(line) as Entry)
        },
        entry,
        signal,
        async stop(name = 'SIGTERM') {
          signal(name)
          return { ...(await child.ended), lines }
        },
      }
    },
    async remove() {
      await endChildren()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
