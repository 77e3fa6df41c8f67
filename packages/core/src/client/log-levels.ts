/** Levels of the log, and the logger that keeps to one. */
import type { Logger, LogLevel } from '../ports/logger.ts'

const SEVERITY = { debug: 0, info: 1, warning: 2, error: 3 } as const satisfies Record<LogLevel, number>

/** True when `value` names a level. */
export function isLogLevel(value: unknown): value is LogLevel {
  return typeof value === 'string' && Object.hasOwn(SEVERITY, value)
}

/** A logger that passes on what is at least as severe as `level`; `off` passes nothing. One that throws is ignored. */
export function leveledLogger(target: Logger, level: LogLevel | 'off'): Logger {
  const least = level === 'off' ? Number.POSITIVE_INFINITY : SEVERITY[level]
  return {
    log(messageLevel, message, details) {
      if (SEVERITY[messageLevel] < least) return
      try {
        target.log(messageLevel, message, details)
      } catch {
        // There is nobody left to tell.
      }
    },
  }
}
