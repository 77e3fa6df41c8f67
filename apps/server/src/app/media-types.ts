/** What the files of a built app are, by their endings. */

const UTF8 = '; charset=utf-8'

const TYPES: Readonly<Record<string, string>> = {
  css: `text/css${UTF8}`,
  gif: 'image/gif',
  html: `text/html${UTF8}`,
  ico: 'image/x-icon',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  js: `text/javascript${UTF8}`,
  json: 'application/json',
  map: 'application/json',
  mjs: `text/javascript${UTF8}`,
  png: 'image/png',
  svg: 'image/svg+xml',
  txt: `text/plain${UTF8}`,
  wasm: 'application/wasm',
  webmanifest: 'application/manifest+json',
  webp: 'image/webp',
  woff2: 'font/woff2',
}

/** Browsers are told not to guess, so what is not known here is shown by none of them. */
const UNKNOWN = 'application/octet-stream'

export function mediaTypeOf(name: string): string {
  const ending = name.slice(name.lastIndexOf('.') + 1).toLowerCase()
  return TYPES[ending] ?? UNKNOWN
}

/** Whether it becomes much smaller by compression; pictures and fonts are compressed already. */
export function isCompressible(mediaType: string): boolean {
  return /^(?:text\/|application\/(?:json|wasm|manifest)|image\/svg)/.test(mediaType)
}
