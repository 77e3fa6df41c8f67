/** The server of a benchmark, in a process of its own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface ServerProcess {
  readonly url: string
  readonly pid: number
  stop(): Promise<void>
}

/** Starts a server over the file; resolves once it answers. Its process may be given options of Node. */
export async function startServer(
  backend: string,
  durability: 'process' | 'power',
  nodeOptions: readonly string[] = [],
): Promise<ServerProcess> {
  const program = fileURLToPath(new URL('programs/serve.js', import.meta.url))
  const child = spawn(process.execPath, [...nodeOptions, program, backend, durability], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    ended.then(() => {
      throw new Error('The server has ended before it was ready.')
    }),
  ])) as [string]
  return {
    url: line.replace('ready ', ''),
    pid: child.pid!,
    async stop() {
      child.stdin.end()
      await ended
    },
  }
}
