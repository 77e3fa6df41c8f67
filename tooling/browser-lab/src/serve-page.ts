/** Bundles a page from its sources and serves it on loopback. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { build, defaultClientConditions, type PluginOption } from 'vite'

export interface PageOptions {
  /** The page's module, .ts or .tsx: an absolute path. */
  readonly entry: string
  /** On which port; a free one unless told. The same port is the same origin, and so the same stored data. */
  readonly port?: number
  /** The markup within `<body>`, before the module runs. Empty unless told. */
  readonly body?: string
  /** What libraries take NODE_ENV for; `development`, the default, has their warnings. */
  readonly mode?: 'development' | 'production'
  /** Packages as they are in `src` (the default), or as they were built into `dist`. */
  readonly packages?: 'source' | 'built'
  /** More plugins of Vite: of Vue, Svelte, Solid, … */
  readonly plugins?: readonly PluginOption[]
  /** More headers for every answer, such as a content security policy. */
  readonly headers?: Readonly<Record<string, string>>
}

export interface ServedPage {
  /** The page's address. */
  readonly url: string
  readonly origin: string
  readonly port: number
  readonly close: () => Promise<void>
}

interface File {
  readonly type: string
  readonly content: string | Uint8Array
}

/** Bundles the page and serves it on 127.0.0.1 until it is closed. */
export async function servePage(options: PageOptions): Promise<ServedPage> {
  const files = await bundle(options)
  const server = createServer((request, response) => {
    const file = files.get(new URL(request.url ?? '/', 'http://page').pathname)
    answer(response, file, options.headers)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const origin = `http://127.0.0.1:${port}`
  return {
    url: `${origin}/`,
    origin,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        // A browser keeps its connections open.
        server.closeAllConnections()
      }),
  }
}

async function bundle(options: PageOptions): Promise<ReadonlyMap<string, File>> {
  const { entry, body = '', mode = 'development', packages = 'source', plugins = [] } = options
  const conditions = packages === 'source' ? ['@synclayer/source'] : []
  const result = await build({
    configFile: false,
    root: path.dirname(entry),
    base: '/',
    mode,
    logLevel: 'warn',
    publicDir: false,
    plugins: [...plugins],
    define: { 'process.env.NODE_ENV': JSON.stringify(mode) },
    // Vite would go by the NODE_ENV of the tests.
    oxc: { jsx: { development: mode === 'development' } },
    resolve: { conditions: [...conditions, ...defaultClientConditions] },
    build: {
      write: false,
      target: 'es2023',
      minify: mode === 'production',
      sourcemap: mode === 'development' ? 'inline' : false,
      chunkSizeWarningLimit: Infinity,
      modulePreload: false,
      rolldownOptions: {
        input: { page: entry },
        output: { entryFileNames: '[name].js' },
        // On a busy machine it would warn of how long its plugins took.
        checks: { pluginTimings: false },
      },
    },
  })
  const files = new Map<string, File>()
  const outputs = (Array.isArray(result) ? result : [result]).flatMap((each) =>
    'output' in each ? each.output : [],
  )
  for (const output of outputs) {
    const content = output.type === 'chunk' ? output.code : output.source
    files.set(`/${output.fileName}`, { type: typeOf(output.fileName), content })
  }
  const styles = [...files.keys()].filter((name) => name.endsWith('.css'))
  files.set('/', { type: 'text/html', content: documentOf(body, styles) })
  return files
}

function documentOf(body: string, styles: readonly string[]): string {
  const links = styles.map((name) => `<link rel="stylesheet" href="${name}">`).join('')
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>SyncLayer</title><link rel="icon" href="data:,">${links}
<script type="module" src="/page.js"></script></head><body>${body}</body></html>`
}

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
}

function typeOf(name: string): string {
  return TYPES[path.extname(name)] ?? 'application/octet-stream'
}

function answer(response: ServerResponse, file: File | undefined, headers: PageOptions['headers']): void {
  if (file === undefined) {
    response.writeHead(404, headers).end()
    return
  }
  response.writeHead(200, {
    'content-type': file.type.startsWith('text/') ? `${file.type}; charset=utf-8` : file.type,
    'cache-control': 'no-store',
    ...headers,
  })
  response.end(file.content)
}
