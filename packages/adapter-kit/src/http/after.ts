/** A timer that keeps no process alive. Gives what calls it off. */
export function after(delayMs: number, task: () => void): () => void {
  const timer = setTimeout(task, delayMs) as unknown as number | { unref?(): void }
  if (typeof timer === 'object') timer.unref?.()
  return () => clearTimeout(timer as Parameters<typeof clearTimeout>[0])
}
