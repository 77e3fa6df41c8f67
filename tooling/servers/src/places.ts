/** Where things are kept: what is downloaded, what runs, and the data of what runs. */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  statfsSync,
  writeFileSync,
} from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import path from 'node:path'
import type { SystemUser } from './keeper/keeper-spec.ts'

/** Ignored by git. What runs is written there, so that every clone has servers of its own. */
export const STATE_FOLDER: string = path.join(import.meta.dirname, '../../../.servers')

/** `TMPFS_MAGIC` of Linux: a file system in memory. */
const TMPFS = 0x01021994

/** Kept between runs and shared by all clones. Other users may read it: servers do not run as root. */
export function cacheFolder(): string {
  return path.join(isRoot() ? '/var/cache' : userCache(), 'synclayer-servers')
}

/** A new folder in the cache, to make something in; its maker removes it, or gives it to {@link keepInCache}. */
export function newCacheFolder(): string {
  mkdirSync(cacheFolder(), { recursive: true })
  return mkdtempSync(path.join(cacheFolder(), 'fetching-'))
}

/** Gives a finished folder of the cache its name: all or nothing. Where another process was quicker, its folder is as good. */
export function keepInCache(made: string, folder: string): void {
  try {
    renameSync(made, folder)
  } catch (error) {
    if (!existsSync(folder)) throw error
  }
}

/**
 * A new folder for a server's data, on a disk and never in memory: durability has to cost what it costs. Belongs to the user
 * that the server runs as.
 */
export function newDataFolder(name: string, user: SystemUser | null): string {
  const folder = mkdtempSync(path.join(diskFolder(), `synclayer-${name}-`))
  chmodSync(folder, 0o700)
  if (user !== null) chownSync(folder, user.uid, user.gid)
  return folder
}

/** Writes a file of a server's data, for the user that the server runs as. */
export function writeDataFile(folder: string, name: string, text: string, user: SystemUser | null): void {
  const file = path.join(folder, name)
  const parent = path.dirname(file)
  if (parent !== folder) {
    mkdirSync(parent, { recursive: true, mode: 0o700 })
    if (user !== null) chownSync(parent, user.uid, user.gid)
  }
  writeFileSync(file, text, { mode: 0o600 })
  if (user !== null) chownSync(file, user.uid, user.gid)
}

/** Whom servers run as that refuse root: the first of these users that is known here. Null where we are not root. */
export function unprivilegedUser(...names: readonly string[]): SystemUser | null {
  if (!isRoot()) return null
  for (const name of [...names, 'nobody']) {
    const [uid, gid] = [idOf('-u', name), idOf('-g', name)]
    if (uid !== null && gid !== null) return { uid, gid }
  }
  throw new Error('There is no user "nobody" here, whom servers could run as that refuse root.')
}

function isRoot(): boolean {
  return process.getuid?.() === 0
}

function diskFolder(): string {
  const folder = tmpdir()
  return process.platform === 'linux' && statfsSync(folder).type === TMPFS ? '/var/tmp' : folder
}

function userCache(): string {
  const named = process.env['XDG_CACHE_HOME']
  if (named !== undefined && path.isAbsolute(named)) return named
  return path.join(homedir(), process.platform === 'darwin' ? 'Library/Caches' : '.cache')
}

function idOf(flag: string, name: string): number | null {
  const { status, stdout } = spawnSync('id', [flag, name], { encoding: 'utf8' })
  return status === 0 ? Number(stdout) : null
}
