// Building, for the scripts that need built packages.
import { run } from './run.mjs'

/** @param {readonly string[]} [filters] turbo's arguments @returns {Promise<number>} an exit code */
export function build(filters = []) {
  return run('turbo', ['run', 'build', '--output-logs=errors-only', ...filters])
}
