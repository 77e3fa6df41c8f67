/** A built single-page app, at the same address as what it syncs with. */
import { SyncError } from '@synclayer/core/adapter'
import { realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type AppFile, createAppFiles } from './app-files.ts'
import { cacheControlOf, securityHeaders } from './app-headers.ts'
import { appPath, isPagePath } from './app-path.ts'

/** Answers a request for a file of the app, or for the page that shows it. */
export type AnswerOfApp = (request: Request) => Promise<Response>

const START_PAGE = ['index.html']

/** Throws INVALID_OPTION where there is no app in the folder. */
export async function openApp(folder: string): Promise<AnswerOfApp> {
  const files = createAppFiles(await checkFolder(folder))

  return async (request) => {
    const { host, pathname } = new URL(request.url)
    const fixed = securityHeaders(host)
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return refusal(405, 'There is nothing to be sent here', { ...fixed, Allow: 'GET, HEAD' })
    }
    const named = appPath(pathname)
    const file = named === null ? null : await files.read(named)
    if (named !== null && file !== null) return answerWith(request, named, file, fixed)
    const page = isPagePath(pathname) && wantsPage(request) ? await files.read(START_PAGE) : null
    if (page !== null) return answerWith(request, START_PAGE, page, fixed)
    return refusal(404, 'There is no such file', fixed)
  }
}

async function checkFolder(folder: string): Promise<string> {
  try {
    const found = await realpath(folder)
    if ((await stat(join(found, ...START_PAGE))).isFile()) return found
  } catch {
    // Told below: whatever is wrong with it, there is no page to show.
  }
  throw new SyncError(
    'INVALID_OPTION',
    `The option --app names ${folder}, where no index.html is: give the folder of a built app.`,
    { details: { option: 'app' } },
  )
}

/** A browser that goes somewhere, and not a script that looks for a file. */
function wantsPage({ headers }: Request): boolean {
  return headers.get('accept')?.includes('text/html') ?? false
}

function answerWith(
  request: Request,
  names: readonly string[],
  file: AppFile,
  fixed: Readonly<Record<string, string>>,
): Response {
  const gzipped = acceptsGzip(request.headers.get('accept-encoding')) ? file.gzipped : null
  const tag = `"${file.hash}${gzipped === null ? '' : '-gzip'}"`
  const headers = new Headers({ ...fixed, 'Cache-Control': cacheControlOf(names.join('/')), ETag: tag })
  if (file.gzipped !== null) headers.set('Vary', 'Accept-Encoding')
  if (isKnown(request.headers.get('if-none-match'), tag)) return new Response(null, { status: 304, headers })
  const bytes = gzipped ?? file.bytes
  headers.set('Content-Type', file.mediaType)
  headers.set('Content-Length', `${bytes.length}`)
  if (gzipped !== null) headers.set('Content-Encoding', 'gzip')
  return new Response(request.method === 'HEAD' ? null : new Uint8Array(bytes), { headers })
}

/** Whether the browser has it already, as it says in `If-None-Match`. */
function isKnown(tags: string | null, tag: string): boolean {
  if (tags === null) return false
  return tags.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === tag)
}

function acceptsGzip(accepted: string | null): boolean {
  return /(?:^|,)\s*gzip\s*(?:,|;\s*q=(?!0(?:\.0*)?\s*(?:,|$))|$)/i.test(accepted ?? '')
}

function refusal(status: number, reason: string, headers: Readonly<Record<string, string>>): Response {
  return new Response(`${reason}\n`, {
    status,
    headers: { ...headers, 'Cache-Control': 'no-store', 'Content-Type': 'text/plain; charset=utf-8' },
  })
}
