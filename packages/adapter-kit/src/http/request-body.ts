/** A JSON text as the body of a request: compressed where that is worth while. */

export interface RequestBody {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly isCompressed: boolean
}

/** Smaller bodies fit into one packet either way. */
const COMPRESS_OVER_BYTES = 1024

/** Plain where the platform cannot compress, and where nothing is gained by it. */
export async function createRequestBody(text: string, compress: boolean): Promise<RequestBody> {
  const bytes = new TextEncoder().encode(text)
  const plain = { bytes, isCompressed: false }
  if (!compress || bytes.length <= COMPRESS_OVER_BYTES || typeof CompressionStream === 'undefined')
    return plain
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'))
  const compressed = new Uint8Array(await new Response(stream).arrayBuffer())
  return compressed.length < bytes.length ? { bytes: compressed, isCompressed: true } : plain
}
