// Runs one TypeScript module on the sources of the packages, for check-docs.mjs. Vite compiles it, since the oldest
// Node supported does not run TypeScript itself.
import path from 'node:path'
import { defaultServerConditions, runnerImport } from 'vite'

const conditions = ['@synclayer/source', ...defaultServerConditions]
await runnerImport(path.resolve(process.argv[2] ?? ''), {
  configFile: false,
  logLevel: 'error',
  // Otherwise Node loads what has been built before, where there is something.
  environments: { inline: { resolve: { conditions, noExternal: [/^@synclayer\//] } } },
})
