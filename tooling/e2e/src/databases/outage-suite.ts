/** What the reference server must do where its database is a server of its own, which may be away. */
import type { HostServer } from '@synclayer/databases'
import { describe, expect, test } from 'vitest'
import { openClient } from '../engine/programs/engine-program.ts'
import { type DatabaseLab, urlOf } from './lab.ts'

export function outageSuite(lab: DatabaseLab, server: HostServer): void {
  describe(`synclayer-server whose ${lab.adapter} is gone`, () => {
    test('is ready while its database answers, and again once it is back', async () => {
      const running = await lab.serve(await lab.database())
      const client = await openClient({ backend: running.url })
      const status = async (path: string): Promise<number> => (await fetch(`${running.url}${path}`)).status
      expect(await status('/ready')).toBe(200)
      await server.kill()
      await expect.poll(() => status('/ready')).toBe(503)
      expect(await status('/health')).toBe(200)
      const id = await client.collection('notes').save({ text: 'Written while it was down.', n: 0 })
      await server.start()
      await expect.poll(() => status('/ready')).toBe(200)
      await client.outbox.settled()
      expect(await client.collection('notes').status(id)).toBe('synced')
      await client.close()
      // Nothing of what was broken keeps it.
      expect((await running.stop()).code).toBe(0)
    })

    test('that cannot reach its database ends with 1, and shows no password', async () => {
      const wrong = new URL(urlOf(await lab.database()))
      wrong.password = 'hunter2-and-a-half'
      const nobody = new URL(wrong)
      nobody.port = '1'
      for (const [url, code] of [
        [wrong.href, 1],
        [nobody.href, 1],
        ['no address: hunter2-and-a-half', 2],
      ] as const) {
        const { lines, errors, ...end } = await lab.run(['--adapter', lab.adapter], { SYNCLAYER_URL: url })
        expect(end).toMatchObject({ code })
        expect(errors).toMatch(/^synclayer-server: /)
        expect(lines.join('\n') + errors).not.toContain('hunter2')
      }
    })
  })
}
