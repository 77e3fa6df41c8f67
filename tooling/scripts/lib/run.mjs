// Runs other programs with this repository's own tools first on the PATH, so that no script needs anything installed
// globally. Nothing here depends on an installed package: it runs on an empty clone.
import { spawn } from 'node:child_process'
import path from 'node:path'
import { root } from './repository.mjs'

/** Our pnpm lives here, so that an empty machine needs npm only, and a second run needs no network. */
export const toolsFolder = path.join(root, '.tools')

const ownPrograms = [path.join(root, 'node_modules', '.bin'), path.join(toolsFolder, 'node_modules', '.bin')]

/** @returns {NodeJS.ProcessEnv} */
function environment() {
  const pathName = Object.keys(process.env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH'
  return {
    TURBO_TELEMETRY_DISABLED: '1',
    // A log is for reading: some tools colour it even where there is no terminal.
    ...(process.stdout.isTTY || process.env['FORCE_COLOR'] !== undefined ? {} : { NO_COLOR: '1' }),
    ...process.env,
    [pathName]: [...ownPrograms, process.env[pathName] ?? ''].join(path.delimiter),
  }
}

/**
 * Runs a program to its end, its output shown as it comes. `quiet`: only its errors are. `held`: it is shown when the program
 * has ended, for programs that run side by side. Never rejects: a program that cannot be started is 127.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, quiet?: boolean, held?: boolean }} [options]
 * @returns {Promise<number>} its exit code
 */
export function run(command, args, { cwd = root, env = {}, quiet = false, held = false } = {}) {
  const shown = held ? 'pipe' : 'inherit'
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...environment(), ...env },
      stdio: ['inherit', quiet ? 'ignore' : shown, shown],
      shell: process.platform === 'win32' && command !== process.execPath,
    })
    /** @type {Buffer[]} */
    const output = []
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => output.push(chunk))
    let interrupted = false
    const forward = (/** @type {NodeJS.Signals} */ signal) => {
      interrupted = true
      child.kill(signal)
    }
    process.once('SIGINT', forward).once('SIGTERM', forward)
    const settle = (/** @type {number} */ code) => {
      process.off('SIGINT', forward).off('SIGTERM', forward)
      process.stdout.write(Buffer.concat(output))
      // Nothing goes on after Ctrl-C; the child had its time to finish.
      if (interrupted) process.exit(code === 0 ? 130 : code)
      resolve(code)
    }
    child.once('error', (error) => {
      console.error(`${command}: ${error.message}`)
      settle(127)
    })
    child.once('close', (code) => settle(code ?? 1))
  })
}

/** Runs one of the scripts beside this folder. @param {string} name @param {string[]} args */
export function runScript(name, ...args) {
  return run(process.execPath, scriptCommand(name, args))
}

/** The same, its output held back until it has ended. @param {string} name @param {string[]} args */
export function runScriptHeld(name, ...args) {
  return run(process.execPath, scriptCommand(name, args), { held: true })
}

/** @param {string} name @param {readonly string[]} args */
function scriptCommand(name, args) {
  return [path.join(root, 'tooling/scripts', name), ...args]
}
