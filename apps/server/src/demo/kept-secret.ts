/** The secret that a server makes for itself, kept where only its user reads it, so that tokens outlive the process. */
import { SyncError } from '@synclayer/core/adapter'
import { randomBytes } from 'node:crypto'
import { linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { checkSecret } from '../options/access.ts'

const SECRET_BYTES = 32
const FOR_ITS_USER_ALONE = 0o600

/** The secret of the file, which is made where it is missing. Throws INVALID_OPTION where it cannot be had, or others may read it. */
export function keptSecret(path: string): string {
  try {
    makeUnlessThere(path)
    const secret = readFileSync(path, 'utf8').trimEnd()
    // Windows keeps no such bits.
    const isOpen = process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0
    if (!isOpen) return checkSecret(secret, path)
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error)) throw error
    const cause = { cause: error }
    throw new SyncError('INVALID_OPTION', `The secret of the tokens cannot be kept: ${error.message}.`, cause)
  }
  throw new SyncError(
    'INVALID_OPTION',
    `Others may read the secret of the tokens, ${path}: remove the file, and a new one is made. Then everyone signs in again.`,
  )
}

/** Whole or not at all, also where two servers begin at once. */
function makeUnlessThere(path: string): void {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  writeFileSync(draft, `${randomBytes(SECRET_BYTES).toString('hex')}\n`, {
    mode: FOR_ITS_USER_ALONE,
    flag: 'wx',
  })
  try {
    linkSync(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft)
  }
}
