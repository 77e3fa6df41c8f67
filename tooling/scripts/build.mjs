// Builds all packages, or those named by turbo filters (`npm run build -- --filter=@synclayer/core...`), each after
// what it needs. Unchanged packages come from turbo's cache.
import { build } from './lib/build.mjs'

process.exitCode = await build(process.argv.slice(2))
