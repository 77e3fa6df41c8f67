/** Programs that a package of npm brings. It is installed beside the repository, only where it is needed. */
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Refused } from '../definition.ts'
import { cacheFolder, keepInCache, newCacheFolder } from '../places.ts'

/** The folder of the installed package. Throws {@link Refused}. */
export async function npmPackage(
  name: string,
  version: string,
  say: (line: string) => void,
): Promise<string> {
  const folder = path.join(cacheFolder(), `npm-${name.replaceAll(/[^\w-]+/g, '-')}-${version}`)
  if (!existsSync(folder)) install(folder, `${name}@${version}`, say)
  return path.join(folder, 'node_modules', name)
}

function install(folder: string, wanted: string, say: (line: string) => void): void {
  const work = newCacheFolder()
  say(`Fetching ${wanted} from npm (kept in ${cacheFolder()})`)
  try {
    writeFileSync(path.join(work, 'package.json'), '{ "private": true }')
    const flags = ['--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error']
    const { status, stderr, error } = spawnSync('npm', ['install', ...flags, wanted], {
      cwd: work,
      encoding: 'utf8',
      shell: process.platform === 'win32',
    })
    if (status !== 0) {
      throw new Refused(`npm could not install ${wanted}: ${error?.message ?? stderr.trim().split('\n')[0]}`)
    }
    // Servers do not run as root.
    spawnSync('chmod', ['-R', 'a+rX', work])
    keepInCache(work, folder)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}
