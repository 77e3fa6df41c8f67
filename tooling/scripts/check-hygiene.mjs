// Finds what must never be committed: addresses of package registries, paths of one machine, tests that are switched
// off, singled out or retried, and notes of unfinished work.
import { spawnSync } from 'node:child_process'
import { homedir } from 'node:os'
import { readText, repositoryFiles, root } from './lib/repository.mjs'

const self = 'tooling/scripts/check-hygiene.mjs'
const binary = /\.(png|jpg|jpeg|gif|ico|webp|woff2?|db|gz|zip)$/
const code = /\.(ts|tsx|mts|js|mjs|cjs|jsx|vue|svelte)$/

/** @type {{ what: string, files: RegExp, pattern: RegExp }[]} */
const rules = [
  {
    what: 'address of a package registry',
    files: /./,
    pattern: any(
      String.raw`https?://(registry|npm|pypi|proxy|repo1?|mirrors?|deb|packages)\.[\w-]`,
      ...ownRegistry(),
    ),
  },
  { what: 'tarball address in the lockfile', files: /^pnpm-lock\.yaml$/, pattern: /tarball:|https?:/ },
  {
    what: 'path of one machine',
    files: /./,
    pattern: any(...ownPaths(), String.raw`(?<![\w.*-])/(home|Users|root)/\w`, String.raw`file:///\w`),
  },
  {
    what: 'test switched off, singled out or retried',
    files: /\.(test|test-d|bench)\.tsx?$|^packages\/conformance\/src\/|\.config\.ts$/,
    pattern: /\b(describe|test|it|suite)\.(\w+\.)*(skip|only|todo|fails|skipIf|runIf)\b|\bretry:\s*[1-9]/,
  },
  { what: 'unfinished work', files: code, pattern: /\b(TODO|FIXME|XXX|HACK)\b/ },
]

const complaints = repositoryFiles('.')
  .filter((file) => file !== self && !binary.test(file))
  .flatMap(check)
for (const complaint of complaints) console.error(complaint)
process.exitCode = complaints.length === 0 ? 0 : 1

/** @param {string} file */
function check(file) {
  const applicable = rules.filter(({ files }) => files.test(file))
  return readText(file)
    .split('\n')
    .flatMap((line, index) =>
      applicable
        .filter(({ pattern }) => pattern.test(line))
        .map(({ what }) => `${file}:${index + 1}: ${what}: ${line.trim().slice(0, 120)}`),
    )
}

/** The registry this machine's npm uses, which may be a private mirror. */
function ownRegistry() {
  const { stdout } = spawnSync('npm', ['config', 'get', 'registry'], { cwd: root, encoding: 'utf8' })
  const host = /^https?:\/\/([^/\s]+)/m.exec(stdout ?? '')?.[1]
  return host === undefined ? [] : [literal(host)]
}

/** This clone and its user's home, unless they are as short as `/src`, which says nothing. */
function ownPaths() {
  const paths = [root, homedir()].filter((folder) => folder.split(/[\\/]/).filter(Boolean).length > 1)
  return paths.map((folder) => String.raw`(?<![\w.*-])${literal(folder)}`)
}

/** @param {string} text */
function literal(text) {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`)
}

/** @param {string[]} sources */
function any(...sources) {
  return new RegExp(sources.join('|'), 'i')
}
