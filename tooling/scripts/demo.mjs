// `npm run demo`: from an empty clone to the demonstration in the terminal, in one command. Arguments are passed on.
import path from 'node:path'
import { bootstrapOrExplain } from './bootstrap.mjs'
import { build } from './lib/build.mjs'
import { root } from './lib/repository.mjs'
import { run } from './lib/run.mjs'

const app = 'demo'

process.exitCode = await start()

async function start() {
  if (!(await bootstrapOrExplain())) return 1
  console.log(`Building @synclayer/${app} and what it needs`)
  const built = await build([`--filter=@synclayer/${app}...`])
  if (built !== 0) return built
  return run(process.execPath, ['dist/main.js', ...process.argv.slice(2)], {
    cwd: path.join(root, 'apps', app),
  })
}
