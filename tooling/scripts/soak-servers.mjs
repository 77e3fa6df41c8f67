// Kills clients, the reference server and the database at random, for as long as told, and judges what is left:
// `npm run soak:servers -- --adapter postgres --minutes 5`. All databases one after the other where none is named;
// `--seed` draws again what a run before has drawn.
import { existsSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { build } from './lib/build.mjs'
import { repositoryFiles, root } from './lib/repository.mjs'
import { run } from './lib/run.mjs'

const folder = 'tooling/e2e/src/databases'
const usage = 'npm run soak:servers -- [--adapter NAME] [--minutes N] [--seed N]'

process.exitCode = await main()

async function main() {
  const { values } = parseArgs({
    options: { adapter: { type: 'string' }, minutes: { type: 'string' }, seed: { type: 'string' } },
  })
  const files =
    values.adapter === undefined ? repositoryFiles(`${folder}/*.server.test.ts`) : [testOf(values.adapter)]
  const minutes = Number(values.minutes ?? 5)
  const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000_000))
  if (!files.every((file) => existsSync(path.join(root, file))))
    return complain(`No database is tested with the adapter "${values.adapter}".`)
  if (!(minutes > 0)) return complain(`--minutes must be a number, and is "${values.minutes}".`)
  if (!(seed >= 0)) return complain(`--seed must be a number, and is "${values.seed}".`)
  if ((await build(['--filter=@synclayer/e2e...', '--filter=synclayer-server...'])) !== 0) return 1
  console.log(`Seed ${seed}: --seed ${seed} draws the same again.`)
  const args = [
    '--config=tooling/e2e/vitest.config.ts',
    '--no-file-parallelism',
    '--testNamePattern',
    'all killed',
  ]
  return run('vitest', ['run', ...args, ...files], {
    env: { SYNCLAYER_SEED: String(seed), SYNCLAYER_WIRE_MS: String(minutes * 60_000) },
  })
}

/** @param {string} adapter */
function testOf(adapter) {
  return `${folder}/${adapter}.server.test.ts`
}

/** @param {string} reason */
function complain(reason) {
  console.error(`${reason}\n${usage}`)
  return 1
}
