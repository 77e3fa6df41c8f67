/** A program in a process of its own: what it says is read line by line; it is stopped by its own handle alone. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly errors: string
}

export interface Child {
  readonly process: ChildProcess
  /** Resolves once the process is gone and all it said was read. */
  readonly ended: Promise<Ending>
  /** Resolves with the first line that `matches`; rejects where the program ends without one. */
  line(matches: (line: string) => boolean): Promise<string>
  /** Gives the program a line. */
  tell(line: string): void
  kill(): void
}

const children = new Set<Child>()

/** Starts a program as built, by its path without the ending; `onLine` is told all it says. */
export function start(
  name: string,
  args: readonly string[],
  onLine: (line: string) => void = () => undefined,
): Child {
  const path = fileURLToPath(new URL(`../dist/${name}.js`, import.meta.url))
  return startFile(path, args, { name, onLine })
}

/** How a program of any place is started. */
export interface StartOptions {
  /** What to call it where it fails. */
  readonly name: string
  readonly onLine: (line: string) => void
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
}

/** Starts a program by its file. */
export function startFile(
  path: string,
  args: readonly string[],
  { name, onLine, ...place }: StartOptions,
): Child {
  const started = spawn(process.execPath, [path, ...args], { stdio: ['pipe', 'pipe', 'pipe'], ...place })
  const waiting = new Set<{
    readonly matches: (line: string) => boolean
    found(line: string): void
    failed(): void
  }>()
  let errors = ''
  started.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  // A program that is gone reads no more.
  started.stdin.on('error', () => undefined)
  createInterface({ input: started.stdout }).on('line', (line) => {
    onLine(line)
    for (const one of waiting) {
      if (!one.matches(line)) continue
      waiting.delete(one)
      one.found(line)
    }
  })
  const ended = new Promise<Ending>((resolve) => {
    started.once('close', (code, signal) => {
      children.delete(child)
      for (const one of waiting) one.failed()
      resolve({ code, signal, errors })
    })
  })
  const child: Child = {
    process: started,
    ended,
    line: (matches) =>
      new Promise((found, reject) => {
        const failed = (): void =>
          reject(new Error(`${name} ended without saying what was awaited: ${errors}`))
        waiting.add({ matches, found, failed })
      }),
    tell: (line) => void started.stdin.write(`${line}\n`),
    kill: () => void started.kill('SIGKILL'),
  }
  children.add(child)
  return child
}

/** Runs a program to its end and answers what it said. Throws where it failed. */
export async function run(name: string, ...args: readonly string[]): Promise<readonly string[]> {
  const lines: string[] = []
  const { code, signal, errors } = await start(name, args, (line) => lines.push(line)).ended
  if (code !== 0) throw new Error(`${name} ended with ${signal ?? code}: ${errors}`)
  return lines
}

/** Ends what a failed test has left running. */
export async function endChildren(): Promise<void> {
  const left = [...children]
  for (const child of left) child.kill()
  await Promise.all(left.map(({ ended }) => ended))
}
