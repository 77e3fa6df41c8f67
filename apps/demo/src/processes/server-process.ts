/** The reference server in a process of its own, as `npx synclayer-server` would start it. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { endProcess } from './end-process.ts'

export interface ServerProcess {
  readonly pid: number
  readonly url: string
  /** Resolves once the process is gone. */
  readonly ended: Promise<void>
  end(): Promise<void>
}

interface LogEntry {
  readonly level: string
  readonly url?: string
}

const PROGRAM = fileURLToPath(import.meta.resolve('synclayer-server/bin/synclayer-server.js'))

/** Resolves once it serves. Rejects, with what it said, where it ends before. */
export async function startServer(
  path: string,
  onStart: (end: () => Promise<void>) => void,
): Promise<ServerProcess> {
  // On this machine only, on any port that is free.
  const args = [PROGRAM, '--path', path, '--host', '127.0.0.1', '--port', '0']
  const child = spawn(process.execPath, args, {
    env: withoutSettings(process.env),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const end = (): Promise<void> => endProcess(child, () => child.kill('SIGINT'))
  onStart(end)
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { level, url: told } = JSON.parse(line) as LogEntry
      if (told !== undefined) resolve(told)
      if (level === 'error') console.error(line)
    })
    void ended.then(() => reject(new Error(`The server has ended: ${errors}`)))
  })
  return { pid: child.pid ?? 0, url, ended, end }
}

/** Settings for a server of the user's own are none of the demonstration's. */
function withoutSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('SYNCLAYER_')))
}
