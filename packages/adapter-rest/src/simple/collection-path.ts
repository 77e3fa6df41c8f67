/** The address of a collection, with what a request asks for. Nothing in it is unescaped (A9). */
export function collectionPath(
  collection: string,
  scope: string,
  query: Readonly<Record<string, string>> = {},
): string {
  const asked = new URLSearchParams({ ...(scope === 'default' ? {} : { scope }), ...query }).toString()
  const path = `/sync/${encodeURIComponent(collection)}`
  return asked === '' ? path : `${path}?${asked}`
}
