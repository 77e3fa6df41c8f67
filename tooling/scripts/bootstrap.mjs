// Makes an empty clone ready on a machine that has only Node and npm: fetches the pinned pnpm, installs what the
// lockfile names, and makes sure that the native SQLite module loads. A second call finds all that done and is quick.
// Uses nothing but Node's own modules.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { readJson, readText, root, workspaces } from './lib/repository.mjs'
import { run, toolsFolder } from './lib/run.mjs'

const stampFile = path.join(root, 'node_modules', '.synclayer-installed')

/** Throws {@link Missing} with what to do about it when something is missing. */
export async function bootstrap() {
  checkNode()
  await providePnpm()
  await install()
  await provideSqlite()
}

/** Something the machine lacks; its message says what to do. */
export class Missing extends Error {}

function checkNode() {
  const wanted = readJson('package.json').engines.node.replace('>=', '')
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const [wantedMajor, wantedMinor] = wanted.split('.').map(Number)
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return
  throw new Missing(
    `Node ${process.versions.node} is too old: install Node ${wanted} or newer, then run this again.`,
  )
}

/** Fetches the pinned pnpm, unless it is here already. */
export async function providePnpm() {
  const version = readJson('package.json').packageManager.replace('pnpm@', '')
  const manifest = path.join(toolsFolder, 'node_modules/pnpm/package.json')
  if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version === version) return
  console.log(`Fetching pnpm ${version} (kept in .tools)`)
  mkdirSync(toolsFolder, { recursive: true })
  const npmScript = process.env['npm_execpath'] ?? ''
  const [command, first] = /npm-cli\.c?js$/.test(npmScript) ? [process.execPath, [npmScript]] : ['npm', []]
  const flags = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error']
  const code = await run(command, [...first, 'install', '--prefix', toolsFolder, ...flags, `pnpm@${version}`])
  if (code !== 0) {
    throw new Missing(
      `npm could not fetch pnpm ${version}: check that this machine reaches its npm registry (npm ping), then run this again.`,
    )
  }
}

async function install() {
  const stamp = installStamp()
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return
  console.log('Installing dependencies (pnpm install --frozen-lockfile)')
  // confirmModulesPurge: never stop to ask a question, also where there is a terminal.
  const code = await runPnpm(['install', '--frozen-lockfile', '--config.confirmModulesPurge=false'])
  if (code !== 0) {
    throw new Missing(
      [
        'The dependencies could not be installed; pnpm says why above.',
        '- ERR_PNPM_OUTDATED_LOCKFILE: a package.json changed; run "npm run pnpm -- install" and commit pnpm-lock.yaml.',
        '- better-sqlite3 failed to build: see below.',
        compilerHelp,
      ].join('\n'),
    )
  }
  writeFileSync(stampFile, stamp)
}

/** Changes whenever the installed packages may have to. */
function installStamp() {
  const manifests = workspaces().map((workspace) => `${workspace.folder}/package.json`)
  const hash = createHash('sha256')
  for (const file of ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', ...manifests]) {
    hash.update(`${file}\0${readText(file)}\0`)
  }
  return `${hash.digest('hex')} ${process.platform}-${process.arch} node-${process.versions.modules}\n`
}

async function provideSqlite() {
  if (sqliteLoads()) return
  console.log('Building better-sqlite3 for this Node')
  if ((await runPnpm(['rebuild', 'better-sqlite3'])) === 0 && sqliteLoads()) return
  throw new Missing(`better-sqlite3 does not load on this machine.\n${compilerHelp}`)
}

function sqliteLoads() {
  const program = "new (require('better-sqlite3'))(':memory:').close()"
  return spawnSync(process.execPath, ['-e', program], { cwd: root }).status === 0
}

/** @param {readonly string[]} args @returns {Promise<number>} pnpm's exit code */
export function runPnpm(args) {
  const script = path.join(toolsFolder, 'node_modules/pnpm/bin/pnpm.cjs')
  return run(process.execPath, [script, ...args], { env: nodeHeaders() })
}

/** Where Node's own headers lie beside it, node-gyp is told so, and downloads nothing. */
function nodeHeaders() {
  const prefix = path.resolve(process.execPath, '../..')
  return existsSync(path.join(prefix, 'include/node/node.h')) ? { npm_config_nodedir: prefix } : {}
}

const compilerHelp = [
  'better-sqlite3 is a native module: where no prebuilt binary can be downloaded it is compiled, which needs',
  'Python 3, make and a C++ compiler:',
  '- Debian, Ubuntu: apt-get install python3 make g++',
  '- Fedora: dnf install python3 make gcc-c++',
  '- macOS: xcode-select --install',
  '- Windows: the "Desktop development with C++" workload of the Visual Studio Build Tools',
  'Then run this again.',
].join('\n')

/** Runs {@link bootstrap}; says what is missing and gives false when it cannot finish. */
export async function bootstrapOrExplain() {
  try {
    await bootstrap()
    return true
  } catch (error) {
    if (!(error instanceof Missing)) throw error
    console.error(`\n${error.message}\n`)
    return false
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = (await bootstrapOrExplain()) ? 0 : 1
}
