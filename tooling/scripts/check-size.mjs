// Keeps the size of the packages in sight: what each adds to a bundle, minified and compressed, is compared with the table of
// docs/reference/size.md. What has grown fails. After an intended change: `--write`. Needs a build.
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { bundleSize } from './lib/bundle-size.mjs'
import { publishedPackages, readText, root } from './lib/repository.mjs'
import { readSizes, withSizes } from './lib/size-table.mjs'

const page = 'docs/reference/size.md'

/** A fix costs less; compressors of different versions of Node differ by less. */
const TOLERANCE = 1.03

/** What is wished for the client, in compressed bytes. */
const AIM = 25_000

const client = 'client: `createSyncLayer`, `collection`, `dexieStorage`, `restAdapter`'

const sizes = new Map([
  [
    client,
    await sizeOf(
      `export { createSyncLayer, collection } from '@synclayer/core'
       export { dexieStorage } from '@synclayer/storage-dexie'
       export { restAdapter } from '@synclayer/adapter-rest'`,
      ['@synclayer/core', '@synclayer/storage-dexie', '@synclayer/adapter-rest'],
    ),
  ],
])
for (const { name, manifest } of publishedPackages()) {
  if (manifest.exports?.['.'] === undefined) continue
  sizes.set(`\`${name}\``, await sizeOf(`export * from '${name}'`, [name]))
}

if (process.argv.includes('--write')) writeFileSync(path.join(root, page), withSizes(readText(page), sizes))
else process.exitCode = check()

function check() {
  const recorded = readSizes(readText(page))
  const complaints = [...sizes].flatMap(([name, { compressed }]) => {
    const before = recorded.get(name)
    if (before === undefined) return [`${name} is not in the table`]
    return compressed > before * TOLERANCE ? [`${name} has grown from ${before} to ${compressed} bytes`] : []
  })
  const gone = [...recorded.keys()].filter((name) => !sizes.has(name))
  complaints.push(...gone.map((name) => `${name} is in the table, and there is no such thing`))
  for (const complaint of complaints) console.error(complaint)
  if (complaints.length > 0) console.error(`After an intended change: npm run check:size -- --write`)
  const { compressed } = sizes.get(client) ?? { compressed: 0 }
  if (compressed > AIM)
    console.log(
      `The client has ${compressed} bytes compressed: ${(compressed / AIM).toFixed(1)} times the aim of ${AIM}.`,
    )
  return complaints.length === 0 ? 0 : 1
}

/** @param {string} code @param {readonly string[]} counted */
function sizeOf(code, counted) {
  return bundleSize(code, (name) => counted.some((one) => name === one || name.startsWith(`${one}/`)))
}
