// `npm run pnpm -- <arguments>`: the pinned pnpm, for those who do not have it, such as `npm run pnpm -- install`.
import { providePnpm, runPnpm } from './bootstrap.mjs'

await providePnpm()
process.exitCode = await runPnpm(process.argv.slice(2))
