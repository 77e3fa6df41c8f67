/** What may ask for a token: the app's own page, and programs; never a page of somebody else. */
import { SyncError } from '@synclayer/core/adapter'

const MOST_BYTES = 1_024

/** Throws FORBIDDEN for a page of another origin. */
export function refuseForeignPages({ headers, url }: Request): void {
  const origin = headers.get('origin')
  if (origin === null) return
  if (URL.canParse(origin) && new URL(origin).host === new URL(url).host) return
  throw new SyncError('FORBIDDEN', 'Only the app of this server may ask here')
}

/** The body. Throws PROTOCOL where it is too long, or no JSON: a page cannot send that elsewhere unasked. */
export async function readSmallJson(request: Request): Promise<unknown> {
  if (!/^application\/json\s*(?:;|$)/i.test(request.headers.get('content-type') ?? '')) {
    throw new SyncError('PROTOCOL', 'A body of application/json is expected')
  }
  const pieces: Uint8Array[] = []
  let length = 0
  const body: AsyncIterable<Uint8Array> | readonly Uint8Array[] = request.body ?? []
  for await (const piece of body) {
    length += piece.length
    if (length > MOST_BYTES) throw new SyncError('PROTOCOL', 'The body is too long')
    pieces.push(piece)
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString('utf8'))
  } catch (cause) {
    throw new SyncError('PROTOCOL', 'The body is no JSON', { cause })
  }
}

/** The bearer token, or null. */
export function tokenOf({ headers }: Request): string | null {
  return /^Bearer +(\S+) *$/i.exec(headers.get('authorization') ?? '')?.[1] ?? null
}
