/** Which file of the app is meant by the path of an address. */

/** No dot first (`..`, and what is hidden), and nothing that a file system takes for more than a name. */
const SEGMENT = /^[\w@~+-][\w.@~+ -]*$/

/** The names on the way from the app's folder to the file, or null where no file of the app is named so. */
export function appPath(pathname: string): readonly string[] | null {
  if (pathname === '/') return ['index.html']
  const names = pathname.slice(1).split('/').map(decoded)
  return names.every((name) => SEGMENT.test(name)) ? names : null
}

/** True for an address that the app's own router may know: the last name has no ending. */
export function isPagePath(pathname: string): boolean {
  const last = pathname.slice(pathname.lastIndexOf('/') + 1)
  return !decoded(last).includes('.')
}

/** Empty, which names nothing, where it is no text. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}
