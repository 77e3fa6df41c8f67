import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the repository, with slashes: from `src/` and from `dist/` the way up is the same. */
export const root: string = join(dirname(fileURLToPath(import.meta.url)), '../../..').replaceAll('\\', '/')
