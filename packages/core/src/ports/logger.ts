export type LogLevel = 'debug' | 'info' | 'warning' | 'error'

/** Where the engine's log goes. A logger that throws is ignored. */
export interface Logger {
  log(level: LogLevel, message: string, details?: Readonly<Record<string, unknown>>): void
}
