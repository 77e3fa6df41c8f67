// Who may import whom. The levels of core are what keeps its decisions pure and its parts apart; the packages around
// it may only use what it publishes. Tests may import anything within their package.

const { readdirSync } = require('node:fs')
const { join } = require('node:path')

const test = String.raw`\.(test|test-d)\.tsx?$`
const testing = '^packages/[^/]+/src/testing/'
const core = '^packages/core/src'

/** Folders of core, lowest first. A folder may import those of lower levels and itself, never its siblings. */
const levels = [
  ['shared'],
  ['errors'],
  ['protocol'],
  ['ports'],
  ['document'],
  ['clock', 'outbox', 'conflict', 'query', 'crypto'],
  ['storage-memory', 'store'],
  ['leadership'],
  ['sync'],
  ['client'],
]

const known = [...levels.flat(), 'testing']
for (const entry of readdirSync(join(__dirname, 'packages/core/src'), { withFileTypes: true })) {
  if (entry.isDirectory() && !known.includes(entry.name)) {
    throw new Error(`.dependency-cruiser.cjs: give packages/core/src/${entry.name} a level`)
  }
}

const coreRules = levels.flatMap((folders, level) =>
  folders.map((folder) => {
    const allowed = [...levels.slice(0, level).flat(), folder]
    return {
      name: `core-${folder}`,
      severity: 'error',
      comment: `core/src/${folder} may import only: ${allowed.join(', ')}`,
      from: { path: `${core}/${folder}/`, pathNot: test },
      to: { path: `${core}/`, pathNot: `${core}/(${allowed.join('|')})/` },
    }
  }),
)

module.exports = {
  forbidden: [
    ...coreRules,
    {
      name: 'core-testing-is-for-tests',
      severity: 'error',
      comment: 'Only tests and the ./testing entry may import core/src/testing.',
      from: { path: core, pathNot: [test, `${core}/testing/`] },
      to: { path: `${core}/testing/` },
    },
    {
      name: 'core-has-no-dependency',
      severity: 'error',
      comment: 'Core runs everywhere and brings nothing along (ciphers aside).',
      from: { path: core, pathNot: test },
      to: { pathNot: [`${core}/`, 'node_modules/@noble/'] },
    },
    {
      name: 'packages-use-the-public-core',
      severity: 'error',
      comment: 'Storages, adapters and the conformance suites import only the published entries of core.',
      from: { path: '^(packages/(?!core/)|apps/|tooling/)', pathNot: test },
      to: {
        path: `${core}/`,
        pathNot: `${core}/(index|adapter|protocol|storage|encryption|testing/index)\\.ts$`,
      },
    },
    {
      name: 'production-is-not-test-code',
      severity: 'error',
      comment: 'Published code imports neither tests, nor what is for tests, nor the testing entry of core.',
      from: { path: '^packages/(?!conformance/)[^/]+/src', pathNot: [test, testing] },
      to: { path: [test, testing, '^packages/conformance/'] },
    },
    {
      name: 'no-deep-imports',
      severity: 'error',
      comment: 'A package reaches another by its name, never by a path.',
      from: { path: '^(packages|apps|tooling)/([^/]+)/' },
      to: { path: '^(packages|apps|tooling)/[^/]+/', pathNot: '^$1/$2/', dependencyTypes: ['local'] },
    },
    {
      name: 'no-cycle',
      severity: 'error',
      from: {},
      to: { circular: true, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@synclayer/source', 'import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.cjs'],
    },
  },
}
