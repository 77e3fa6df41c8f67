import { adapterConformance } from '@synclayer/conformance'
import { createLab, type Lab } from '@synclayer/mysql-lab'
import { server } from '@synclayer/servers'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { mysqlAdapter } from './mysql-adapter.ts'

const { url } = await server('mysql')
let lab: Lab
beforeAll(async () => {
  lab = await createLab(url)
}, 60_000)
afterAll(() => lab.close(), 60_000)

adapterConformance({
  describe,
  test,
  create: async () => {
    await lab.clear()
    const adapter = (): ReturnType<typeof mysqlAdapter> => mysqlAdapter({ url: lab.url, pollInterval: 20 })
    return {
      adapter: adapter(),
      second: adapter,
      backup: async () => {
        const putBack = await lab.backup()
        return async () => {
          await putBack()
          return adapter()
        }
      },
      close: async () => {},
    }
  },
})
