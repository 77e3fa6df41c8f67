/** How long to wait after so many failures in a row: twice as long each time, and never all at the same moment. */
export function growingWaitMs(failures: number, random: number, baseMs: number, mostMs: number): number {
  const bound = Math.min(mostMs, baseMs * 2 ** Math.min(failures, 30))
  return bound / 2 + (bound / 2) * random
}
