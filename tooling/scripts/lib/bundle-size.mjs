// How many bytes a browser loads for what an app imports: bundled from the built packages, minified, compressed.
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, defaultClientConditions } from 'vite'
import { root } from './repository.mjs'

/**
 * @typedef {object} Size
 * @property {number} minified bytes
 * @property {number} compressed bytes of gzip, level 9
 */

const entry = 'virtual:measured'

/**
 * Only code of ours is counted: whatever else it imports comes from the app, or is no part of a browser's bundle.
 * @param {string} code what the app imports
 * @param {(name: string) => boolean} isCounted whether the import of this name is a part of the bundle
 * @returns {Promise<Size>}
 */
export async function bundleSize(code, isCounted) {
  const result = await build({
    configFile: false,
    root: path.join(root, 'tooling/e2e'),
    logLevel: 'error',
    publicDir: false,
    mode: 'production',
    plugins: [virtualModule(code)],
    // Packages as they are published, and never their sources.
    resolve: { conditions: [...defaultClientConditions] },
    build: {
      write: false,
      target: 'es2023',
      minify: true,
      modulePreload: false,
      rolldownOptions: {
        input: entry,
        preserveEntrySignatures: 'strict',
        external: (name) =>
          /^[^./\0]/.test(name) && name !== entry && !path.isAbsolute(name) && !isCounted(name),
      },
    },
  })
  const outputs = (Array.isArray(result) ? result : [result]).flatMap((each) =>
    'output' in each ? each.output : [],
  )
  const chunks = loadedAtOnce(outputs.filter((output) => output.type === 'chunk'))
  return {
    minified: sumOf(chunks.map(({ code }) => Buffer.byteLength(code))),
    compressed: sumOf(chunks.map(({ code }) => gzipSync(code, { level: 9 }).length)),
  }
}

/**
 * The entry and what it imports. What is imported only when it is needed is left out.
 * @template {{ fileName: string, isEntry: boolean, imports: string[] }} Chunk
 * @param {readonly Chunk[]} chunks
 */
function loadedAtOnce(chunks) {
  const loaded = chunks.filter(({ isEntry }) => isEntry)
  for (const { imports } of loaded)
    loaded.push(...chunks.filter((chunk) => imports.includes(chunk.fileName) && !loaded.includes(chunk)))
  return loaded
}

/** @param {string} code @returns {import('vite').Plugin} */
function virtualModule(code) {
  return {
    name: 'measured',
    enforce: 'pre',
    resolveId: (name) => (name === entry ? `\0${entry}` : null),
    load: (id) => (id === `\0${entry}` ? code : null),
  }
}

/** @param {readonly number[]} numbers */
function sumOf(numbers) {
  return numbers.reduce((sum, number) => sum + number, 0)
}
