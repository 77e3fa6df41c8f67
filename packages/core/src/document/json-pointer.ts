/** RFC 6901 pointers: how a patch names a place in a document. */
import type { JsonPointer, Path } from '../protocol/identifiers.ts'

/** The pointer to the value those keys lead to. */
export function formatPointer(path: Path): JsonPointer {
  let pointer = ''
  for (const key of path) pointer += `/${escapeKey(key)}`
  return pointer
}

/** One key as it stands in a pointer: `~` as `~0`, `/` as `~1`. */
export function escapeKey(key: string): string {
  return /[~/]/.test(key) ? key.replaceAll('~', '~0').replaceAll('/', '~1') : key
}

/** The keys a pointer names; null where the text is no pointer, or names the whole document. */
export function parsePointer(pointer: string): Path | null {
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) return null
  const keys = pointer.slice(1).split('/')
  return pointer.includes('~') ? keys.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~')) : keys
}
