/** Ends a process that we started, by its own handle. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

const PATIENCE_MS = 3_000

/** Asks it to end, and ends it where it does not. Resolves once it is gone. */
export async function endProcess(child: ChildProcess, ask: () => unknown): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
  ask()
  await gone
  clearTimeout(timer)
}
