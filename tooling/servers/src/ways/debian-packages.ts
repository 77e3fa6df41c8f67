/**
 * Programs from Debian's packages, unpacked beside the system: nothing is installed, no service is started, and no right of
 * root is needed. apt-get fetches them with the machine's own sources, in folders of its own.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Refused } from '../definition.ts'
import { cacheFolder, keepInCache, newCacheFolder } from '../places.ts'

/** `own`: the suite that the machine runs. `sid`: Debian's unstable one, for what the own suite does not have. */
export type Suite = 'own' | 'sid'

export interface Unpacked {
  /** Holds `usr/bin`, `usr/lib`, … */
  readonly folder: string
  /** How to start a program of it, such as `usr/sbin/mysqld`, with the libraries that it was made for. */
  readonly start: (program: string) => {
    readonly command: string
    readonly args: readonly string[]
    readonly env: Readonly<Record<string, string>>
  }
}

/** Unpacks these packages with all that they need, or finds them unpacked. Throws {@link Refused}. */
export async function debianPackages(
  suite: Suite,
  packages: readonly string[],
  say: (line: string) => void,
): Promise<Unpacked> {
  const folder = path.join(cacheFolder(), `${suite}-${packages.join('-')}`)
  if (!existsSync(folder)) await fetchInto(folder, suite, packages, say)
  return unpacked(folder, suite)
}

function unpacked(folder: string, suite: Suite): Unpacked {
  const libraries = ['usr/lib', 'lib'].flatMap((parent) => {
    const full = path.join(folder, parent)
    const names = existsSync(full) ? readdirSync(full).filter((name) => name.includes('-linux-gnu')) : []
    return names.map((name) => path.join(full, name))
  })
  const libraryPath = libraries.join(':')
  return {
    folder,
    start(program) {
      const file = path.join(folder, program)
      // Another suite has another C library, which only its own loader loads.
      if (suite === 'sid') {
        return { command: loaderIn(folder), args: ['--library-path', libraryPath, file], env: {} }
      }
      return { command: file, args: [], env: { LD_LIBRARY_PATH: libraryPath } }
    },
  }
}

function loaderIn(folder: string): string {
  for (const parent of ['usr/lib64', 'usr/lib', 'lib64', 'lib']) {
    const full = path.join(folder, parent)
    const name = existsSync(full) ? readdirSync(full).find((file) => /^ld-linux.*\.so/.test(file)) : undefined
    if (name !== undefined) return path.join(full, name)
  }
  throw new Refused(`The packages in ${folder} bring no loader of programs.`)
}

async function fetchInto(
  folder: string,
  suite: Suite,
  packages: readonly string[],
  say: (line: string) => void,
): Promise<void> {
  if (spawnSync('apt-get', ['--version']).status !== 0) throw new Refused('apt-get is not here.')
  const work = newCacheFolder()
  try {
    const environment = { ...process.env, APT_CONFIG: writeConfiguration(work, suite), LC_ALL: 'C' }
    say(`Fetching ${packages.join(', ')} from Debian's packages (kept in ${cacheFolder()})`)
    await run('apt-get', ['-qq', 'update'], environment)
    const flags = ['--download-only', '--no-install-recommends', '-y', '-qq']
    await run('apt-get', ['install', ...flags, ...packages, 'base-files'], environment)
    const target = path.join(work, 'unpacked')
    mkdirSync(target)
    const archives = path.join(work, 'archives')
    for (const name of readdirSync(archives).filter((file) => file.endsWith('.deb'))) {
      // The own suite's C library is the machine's, which its loader fits.
      if (suite === 'own' && name.startsWith('libc6_')) continue
      await run('dpkg-deb', ['-x', path.join(archives, name), target], environment)
    }
    await run('chmod', ['-R', 'a+rX', target], environment)
    keepInCache(target, folder)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Settings under which apt-get touches nothing of the system's, and takes nothing for installed. */
function writeConfiguration(work: string, suite: Suite): string {
  for (const name of ['state/lists/partial', 'archives/partial']) {
    mkdirSync(path.join(work, name), { recursive: true })
  }
  writeFileSync(path.join(work, 'status'), '')
  const lines = [
    `Dir::State "${path.join(work, 'state')}";`,
    `Dir::State::status "${path.join(work, 'status')}";`,
    `Dir::Cache "${work}";`,
    `Dir::Cache::archives "${path.join(work, 'archives')}";`,
    'APT::Sandbox::User "";',
    'Acquire::Languages "none";',
  ]
  if (suite === 'sid') {
    const sources = path.join(work, 'sources.list')
    writeFileSync(sources, `deb ${trust()}${mirror()} sid main\n`)
    lines.push(`Dir::Etc::sourcelist "${sources}";`, 'Dir::Etc::sourceparts "none";')
  }
  const file = path.join(work, 'apt.conf')
  writeFileSync(file, `${lines.join('\n')}\n`)
  return file
}

/** Which keys the archive is signed with, where they are not among those trusted for every source. */
function trust(): string {
  const files = ['gpg', 'pgp'].map((end) => `/usr/share/keyrings/debian-archive-keyring.${end}`)
  const file = files.find((candidate) => existsSync(candidate))
  return file === undefined ? '' : `[signed-by=${file}] `
}

/** Where this machine has Debian's main archive from. */
function mirror(): string {
  const format = '$(REPO_URI) $(SUITE) $(LABEL) $(COMPONENT)'
  const { stdout } = spawnSync('apt-get', ['indextargets', '--format', format, 'Created-By: Packages'], {
    encoding: 'utf8',
  })
  for (const line of (stdout ?? '').split('\n')) {
    const [address, suite = '', label, component] = line.split(' ')
    if (label === 'Debian' && component === 'main' && !/-(updates|backports)/.test(suite))
      return address ?? ''
  }
  throw new Refused("This machine has no source of Debian's packages.")
}

async function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn(command, args, { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let complaints = ''
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code === 0) return
  throw new Refused(
    `${command} ${args[0] ?? ''} failed: ${complaints.trim().split('\n').slice(-3).join(' ')}`,
  )
}
