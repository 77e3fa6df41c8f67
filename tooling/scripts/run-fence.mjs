// Runs one TypeScript module on the sources of the packages, for check-docs.mjs. Vite compiles it, since the oldest
// Node supported does not run TypeScript itself.
import path from 'node:path'
import { defaultServerConditions, runnerImport } from 'vite'

const conditions = ['@synclayer/source', ...defaultServerConditions]
await runnerImport(path.resolve(process.argv[2] ?? ''), {
  configFile: false,
  logLevel: 'error',
  environments: { inline: { resolve: { conditions } } },
})
