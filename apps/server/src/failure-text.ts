/** Why the server could not begin, and what to do about it. */
import { isSyncError } from '@synclayer/core/adapter'

const CURES: Readonly<Record<string, string>> = {
  EADDRINUSE:
    'The port is in use: by another program, or by another server like this one. --port 0 takes any that is free.',
  EACCES: 'This user may not listen on that port: those below 1024 are for administrators.',
  EADDRNOTAVAIL: 'This machine has no such address: give one of its own as --host.',
  ENOTFOUND: 'No machine has that name: give an address of this one as --host.',
}

export function failureText(error: unknown): string {
  if (!isSyncError(error)) return error instanceof Error ? (error.stack ?? error.message) : String(error)
  const hint =
    error.code === 'INVALID_OPTION' ? 'synclayer-server --help shows all options.' : cureOf(error.cause)
  return hint === undefined ? error.message : `${error.message}\n${hint}`
}

function cureOf(cause: unknown): string | undefined {
  const code = cause instanceof Error ? (cause as NodeJS.ErrnoException).code : undefined
  return code === undefined ? undefined : CURES[code]
}
