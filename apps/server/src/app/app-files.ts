/** The files of a built app, read when they are asked for, so that a new build is served without a restart. */
import { createHash } from 'node:crypto'
import { readFile, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import { isCompressible, mediaTypeOf } from './media-types.ts'

const compress = promisify(gzip)

export interface AppFile {
  readonly mediaType: string
  readonly bytes: Buffer
  /** Smaller, or null where compression is of no use. */
  readonly gzipped: Buffer | null
  /** Names the content. */
  readonly hash: string
}

export interface AppFiles {
  /** The file of these names, none of which may be `..`; null where there is none. */
  read(names: readonly string[]): Promise<AppFile | null>
}

interface Kept {
  readonly changedAtMs: number
  readonly size: number
  readonly file: AppFile
}

/** Shorter texts are not worth compressing. */
const LEAST_COMPRESSED = 1_024

/** Once more than this is kept in memory, all of it is forgotten, and read again when asked for. */
const MOST_KEPT_BYTES = 64 * 1024 * 1024

const ABSENT: ReadonlySet<string | undefined> = new Set([
  'ENOENT',
  'ENOTDIR',
  'ENAMETOOLONG',
  'ELOOP',
  'EACCES',
])

/** `folder` is to be as `realpath` gives it. */
export function createAppFiles(folder: string): AppFiles {
  const kept = new Map<string, Kept>()
  let keptBytes = 0

  const keep = (path: string, one: Kept): void => {
    if (keptBytes > MOST_KEPT_BYTES) {
      kept.clear()
      keptBytes = 0
    }
    kept.set(path, one)
    keptBytes += one.size
  }
  const look = async (names: readonly string[]): Promise<AppFile | null> => {
    const path = await realpath(join(folder, ...names))
    // A link may lead anywhere.
    if (!path.startsWith(folder + sep)) return null
    const state = await stat(path)
    if (!state.isFile()) return null
    const known = kept.get(path)
    if (known?.changedAtMs === state.mtimeMs && known.size === state.size) return known.file
    const file = await describe(names.at(-1) ?? '', await readFile(path))
    keep(path, { changedAtMs: state.mtimeMs, size: state.size, file })
    return file
  }

  return {
    read: (names) =>
      look(names).catch((error: unknown) => {
        if (ABSENT.has((error as NodeJS.ErrnoException).code)) return null
        throw error
      }),
  }
}

async function describe(name: string, bytes: Buffer): Promise<AppFile> {
  const mediaType = mediaTypeOf(name)
  const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 22)
  const isWorthIt = isCompressible(mediaType) && bytes.length >= LEAST_COMPRESSED
  const gzipped = isWorthIt ? await compress(bytes, { level: constants.Z_BEST_COMPRESSION }) : null
  return { mediaType, bytes, gzipped, hash }
}
