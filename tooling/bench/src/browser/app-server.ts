/** The reference server with the todo app, as people start it, in a process of its own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface AppServer {
  readonly url: string
  stop(): Promise<void>
}

const PROGRAM = fileURLToPath(new URL('../../../../apps/server/bin/synclayer-server.js', import.meta.url))
const APP = fileURLToPath(new URL('../../../../apps/todo/dist', import.meta.url))

/** Starts it over the file, without a limit that a benchmark would reach. */
export async function startAppServer(path: string): Promise<AppServer> {
  const options = ['--path', path, '--app', APP, '--demo-sign-in', '--port', '0', '--max-rate', '100000']
  const child = spawn(process.execPath, [PROGRAM, ...options], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  for await (const line of createInterface({ input: child.stdout })) {
    const { msg, url } = JSON.parse(line) as { readonly msg: string; readonly url: string }
    if (msg !== 'Serving') continue
    child.stdout.resume()
    return {
      url,
      async stop() {
        child.kill('SIGTERM')
        await ended
      },
    }
  }
  throw new Error('The server has ended before it served anything.')
}
