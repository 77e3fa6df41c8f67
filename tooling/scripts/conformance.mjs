// Runs the conformance suites of one package: `pnpm conformance adapter-sqlite --minutes 10`. What is random, and what
// many clients do at the same time, goes on for so many minutes with a fresh seed; the rest runs once. `--seed` runs
// a seed again that a failure has named.
import { existsSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { repositoryFiles, root } from './lib/repository.mjs'
import { run } from './lib/run.mjs'

const usage = 'pnpm conformance <package> [--minutes N] [--seed N]'

process.exitCode = await main()

async function main() {
  const { values, positionals } = parseArgs({
    options: { minutes: { type: 'string' }, seed: { type: 'string' } },
    allowPositionals: true,
  })
  const [name = ''] = positionals
  // By its folder's name, by the name it is published under, or by a path.
  const folder = [`packages/${name.replace('@synclayer/', '')}`, name].find(
    (candidate) => name !== '' && existsSync(path.join(root, candidate)),
  )
  if (folder === undefined) return complain(`There is no package "${name}".`)
  const files = repositoryFiles(`${folder}/*.test.ts`).filter(
    (file) => /\.conformance\.(server\.)?test\.ts$/.test(file) || file.startsWith('docs/examples/'),
  )
  if (files.length === 0) return complain(`${folder} has no *.conformance.test.ts.`)
  const minutes = Number(values.minutes ?? 0)
  const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000_000))
  if (!(minutes >= 0)) return complain(`--minutes must be a number, and is "${values.minutes}".`)
  if (!(seed >= 0)) return complain(`--seed must be a number, and is "${values.seed}".`)
  console.log(`Seed ${seed}: --seed ${seed} begins there again.`)
  return run('vitest', ['run', '--config=vitest.config.ts', ...files], {
    env: {
      SYNCLAYER_SEED: String(seed),
      ...(minutes > 0 ? { SYNCLAYER_CONFORMANCE_MS: String(minutes * 60_000) } : {}),
    },
  })
}

/** @param {string} reason */
function complain(reason) {
  console.error(`${reason}\n${usage}`)
  return 1
}
