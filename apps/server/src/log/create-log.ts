/** The log: JSON, one entry a line, for programs; readable lines where it goes to a terminal. */
import type { Logger, LogLevel } from '@synclayer/core/adapter'
import { type DestinationStream, type LevelWithSilent, pino } from 'pino'
import { hidePasswords } from '../hide-passwords.ts'
import { describeError } from './describe-error.ts'

export const LOG_LEVELS = ['debug', 'info', 'warning', 'error', 'off'] as const
export type LogLevelOption = (typeof LOG_LEVELS)[number]

const PINO_LEVELS = {
  debug: 'debug',
  info: 'info',
  warning: 'warn',
  error: 'error',
  off: 'silent',
} as const satisfies Record<LogLevel | LogLevelOption, LevelWithSilent>

/** Names under which a token, a secret or a document could stand. None should; if one does, it is not written. */
const NEVER_WRITTEN = ['token', 'secret', 'authorization', 'data', 'patch', 'document']

/** A log that writes each entry at once, so that none is lost when the process ends. */
export function createLog(
  level: LogLevelOption,
  destination: DestinationStream = pino.destination({ sync: true }),
): Logger {
  const log = pino(
    {
      level: PINO_LEVELS[level],
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: describeError },
      redact: { paths: NEVER_WRITTEN.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '…' },
    },
    { write: (line) => destination.write(hidePasswords(line)) },
  )
  return {
    log: (entryLevel, message, details) => log[PINO_LEVELS[entryLevel]]({ ...details }, message),
  }
}
