/** Request bodies: compressed where that saves something and the platform can. */

/** Shorter ones are not worth it. */
const LEAST_COMPRESSED = 1_024

export interface EncodedBody {
  readonly bytes: Uint8Array
  readonly headers: Readonly<Record<string, string>>
}

const JSON_TYPE = { 'Content-Type': 'application/json' }

export async function encodeBody(text: string, compress: boolean): Promise<EncodedBody> {
  const bytes = new TextEncoder().encode(text)
  if (!compress || bytes.length < LEAST_COMPRESSED || typeof CompressionStream === 'undefined')
    return { bytes, headers: JSON_TYPE }
  const compressed = new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'))
  return {
    bytes: new Uint8Array(await new Response(compressed).arrayBuffer()),
    headers: { ...JSON_TYPE, 'Content-Encoding': 'gzip' },
  }
}
