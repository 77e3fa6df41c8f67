/** One page of a feed, written once for all who are at its place. */
import { type Cursor, type PullResponse, utf8ByteLength } from '@synclayer/core/adapter'
import { MAX_SOCKET_PAGE_BYTES } from '@synclayer/core/protocol'
import { changeText } from '../operations/change-text.ts'
import { tagOf } from '../operations/client-tags.ts'

export interface FeedPage {
  /** Where it leads. */
  readonly cursor: Cursor
  /** Its JSON text as the owner of a client tag sees it, from behind its `from`. */
  textFor(tag: string): string
}

/** Room left for what is not known yet: the page's `from` and the frame around it. */
const FRAME_BYTES = 4 * 1024
const MOST_BYTES = MAX_SOCKET_PAGE_BYTES - FRAME_BYTES

/** Undefined where there is more to tell than fits into a page: then the clients are to pull. */
export function createPage(response: PullResponse): FeedPage | undefined {
  if (response.hasMore) return undefined
  const texts: string[] = []
  const tags = new Set<string>()
  let length = 0
  for (const change of response.changes) {
    const text = changeText(change, null)
    length += text.length
    if (length > MOST_BYTES) return undefined
    texts.push(text)
    const tag = tagOf(change)
    if (tag !== undefined) tags.add(tag)
  }
  const { cursor } = response
  const tail = tailOf(response)
  const shared = write(texts, tail)
  if (!fits(shared)) return undefined
  const own = new Map<string, string>()
  return {
    cursor,
    textFor(tag) {
      if (!tags.has(tag)) return shared
      let text = own.get(tag)
      if (text === undefined) {
        text = write(
          response.changes.map((change) => changeText(change, tag)),
          tail,
        )
        own.set(tag, text)
      }
      return text
    },
  }
}

/** The message that carries a page to one subscription. */
export function pageMessage(id: number, from: Cursor, text: string): string {
  return `{"type":"page","id":${id},"page":{"from":${JSON.stringify(from)},${text}}}`
}

function write(changes: readonly string[], tail: string): string {
  return `"changes":[${changes.join(',')}],${tail}`
}

function tailOf({ cursor, epoch, serverTime }: PullResponse): string {
  return `"cursor":${JSON.stringify(cursor)},"epoch":${JSON.stringify(epoch)},"hasMore":false,"serverTime":${serverTime}`
}

function fits(text: string): boolean {
  return text.length * 3 <= MOST_BYTES || utf8ByteLength(text) <= MOST_BYTES
}
