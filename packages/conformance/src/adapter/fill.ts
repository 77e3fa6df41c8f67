import { assertEqual } from '../expect.ts'
import type { TestClient } from './test-client.ts'

/** Writes `count` records in one push and answers their versions by id. */
export async function fill(writer: TestClient, count: number): Promise<Map<string, string>> {
  const edits = Array.from({ length: count }, (_, n) =>
    writer.edit({ recordId: `r${n}`, data: { id: `r${n}`, n } }),
  )
  const results = await writer.push(edits)
  const versions = new Map<string, string>()
  for (const [index, { recordId }] of edits.entries()) {
    const result = results[index]
    if (result?.status === 'accepted') versions.set(recordId, result.version)
  }
  assertEqual(versions.size, count, 'records written')
  return versions
}

/** Fails unless both clients have the same records in the same versions. */
export function assertSameView(actual: TestClient, expected: TestClient, what: string): void {
  assertEqual(
    Object.fromEntries(actual.view),
    Object.fromEntries(expected.view),
    `${what}: what the client has`,
  )
}
