/** Listens to all that a browser says while a test runs: whatever the test is about, some things must never happen. */
import type { BrowserContext } from 'playwright-core'

export interface Watch {
  /** What should not have happened, in words. */
  readonly complaints: readonly string[]
}

/** A JSON Web Token, wherever it stands. */
const TOKEN = /eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+/

/** What a browser says of a network that is not there, and of an answer that is a refusal: tests bring that about. */
const OF_THE_NETWORK = /net::ERR_|WebSocket connection to|Failed to load resource|WebSocket is closed before/

/** `expected`: what the console says where the test brings that about. */
export async function watch(context: BrowserContext, expected?: RegExp): Promise<Watch> {
  const complaints: string[] = []
  const lookAt = (url: string): void => {
    if (TOKEN.test(url)) complaints.push(`A token stands in an address: ${url.replace(TOKEN, '…')}`)
  }
  context.on('weberror', (error) => complaints.push(`Thrown in the page: ${error.error().stack}`))
  context.on('request', (request) => lookAt(request.url()))
  context.on('page', (page) => {
    page.on('websocket', (socket) => lookAt(socket.url()))
    page.on('framenavigated', (frame) => lookAt(frame.url()))
  })
  context.on('console', (message) => {
    const text = message.text()
    if (TOKEN.test(text)) complaints.push('A token stands in the console')
    const isExpected = OF_THE_NETWORK.test(text) || expected?.test(text) === true
    if (message.type() === 'error' && !isExpected) complaints.push(`In the console: ${text}`)
  })
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sourceFile }) => {
      // The console is how the page tells it.
      // oxlint-disable-next-line no-console
      console.error(`The policy was violated: ${effectiveDirective}, ${blockedURI}, in ${sourceFile}`)
    })
  })
  return { complaints }
}
