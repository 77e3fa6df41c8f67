/** Being asked to stop. */

/** A process that was ended by a signal ends with 128 and the signal's number. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/** Programs that start others pass a signal on which the terminal has sent already: that is no second one. */
const PASSED_ON_WITHIN_MS = 250

/** Calls `stop` at the first signal, and ends the process at the second. */
export function onStopSignals(stop: (signal: string) => void): void {
  let first: { readonly signal: string; readonly at: number } | undefined
  for (const [signal, code] of Object.entries(EXIT_CODES)) {
    process.on(signal, () => {
      const now = performance.now()
      if (first === undefined) {
        first = { signal, at: now }
        stop(signal)
      } else if (signal !== first.signal || now - first.at > PASSED_ON_WITHIN_MS) process.exit(code)
    })
  }
}
