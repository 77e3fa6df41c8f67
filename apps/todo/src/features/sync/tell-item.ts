import type { OutboxItem } from '@synclayer/core'

const VERB_BY_KIND = { put: 'New', patch: 'Edited', delete: 'Deleted' } as const satisfies Record<
  OutboxItem['kind'],
  string
>

/** `New: Buy milk`. Of what was deleted here nothing but the fact is left. */
export function tellItem({ kind, document }: OutboxItem): string {
  const text = (document as { readonly text?: unknown } | null)?.text
  return typeof text === 'string' ? `${VERB_BY_KIND[kind]}: ${text}` : `${VERB_BY_KIND[kind]}: a todo`
}
