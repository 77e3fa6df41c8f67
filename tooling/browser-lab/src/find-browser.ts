/** Where a Chromium is on this machine, and how to get one where there is none. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { chromium } from 'playwright-core'

/** Names the executable to use, before all else. */
const VARIABLE = 'SYNCLAYER_CHROMIUM'

/**
 * The executable of a Chromium that is here: what SYNCLAYER_CHROMIUM names, one that Playwright has installed, or one of
 * the system. Null where there is none. Throws where SYNCLAYER_CHROMIUM names no file.
 */
export function installedBrowser(): string | null {
  const named = process.env[VARIABLE]
  if (named !== undefined && named !== '') {
    if (existsSync(named)) return named
    throw new Error(`${VARIABLE} names no file: ${named}`)
  }
  return [chromium.executablePath(), ...systemPaths()].find((candidate) => existsSync(candidate)) ?? null
}

/**
 * The executable of a Chromium; where there is none it is installed, by Playwright or else by apt-get. `say` is told what
 * is done. Throws, with what to do by hand, where nothing works.
 */
export async function findBrowser(say: (line: string) => void = () => undefined): Promise<string> {
  const found = installedBrowser()
  if (found !== null) return found
  for (const { what, commands } of installers()) {
    say(`No Chromium is here. ${what}`)
    const isDone = commands.every(([command, ...args]) => run(command, args))
    const installed = installedBrowser()
    if (isDone && installed !== null && starts(installed)) return installed
    say('That did not work.')
  }
  throw new Error(missingText())
}

/** What to do by hand. */
export function missingText(): string {
  return [
    'There is no Chromium, which the tests in a browser need. Do one of these, then run this again:',
    '- node tooling/scripts/browser.mjs, which installs one where it can',
    '- Debian: apt-get install chromium',
    '- Fedora: dnf install chromium',
    '- macOS: brew install --cask google-chrome',
    '- Windows: winget install Google.Chrome',
    `- or let ${VARIABLE} name the executable of any Chromium, Chrome or Edge`,
  ].join('\n')
}

type Command = readonly [command: string, ...args: readonly string[]]

interface Installer {
  readonly what: string
  readonly commands: readonly Command[]
}

function installers(): readonly Installer[] {
  const require = createRequire(import.meta.url)
  const cli = path.join(path.dirname(require.resolve('playwright-core/package.json')), 'cli.js')
  const byPlaywright: Installer = {
    what: 'Installing the one of Playwright (playwright-core install chromium)',
    commands: [
      [process.execPath, cli, 'install', 'chromium'],
      // A new Chromium may lack libraries of the system, which only root can install.
      ...(isRoot() ? ([[process.execPath, cli, 'install-deps', 'chromium']] as const) : []),
    ],
  }
  const byApt: Installer = {
    what: 'Installing the one of the system (apt-get install chromium)',
    commands: [
      ['apt-get', 'update'],
      ['apt-get', 'install', '-y', '--no-install-recommends', 'chromium'],
    ],
  }
  return isRoot() && existsSync('/usr/bin/apt-get') ? [byPlaywright, byApt] : [byPlaywright]
}

function isRoot(): boolean {
  return process.platform === 'linux' && process.getuid?.() === 0
}

function run(command: string, args: readonly string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'], env }).status === 0
}

/** False where libraries are missing. On Windows asking for the version opens a window instead. */
function starts(executable: string): boolean {
  if (process.platform === 'win32') return true
  return spawnSync(executable, ['--version'], { stdio: 'ignore', timeout: 30_000 }).status === 0
}

function systemPaths(): readonly string[] {
  switch (process.platform) {
    case 'darwin':
      return ['Google Chrome', 'Chromium', 'Microsoft Edge'].map(
        (name) => `/Applications/${name}.app/Contents/MacOS/${name}`,
      )
    case 'win32': {
      const parts = ['Google/Chrome/Application/chrome.exe', 'Microsoft/Edge/Application/msedge.exe']
      const tops = ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap(
        (name) => process.env[name] ?? [],
      )
      return tops.flatMap((top) => parts.map((part) => path.join(top, part)))
    }
    default:
      return ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'].map(
        (name) => `/usr/bin/${name}`,
      )
  }
}
