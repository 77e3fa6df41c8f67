/** Opens a store at the time its second argument names, when others do, and writes one row named after itself. */
import { setTimeout as delay } from 'node:timers/promises'
import { noteRow, openStore } from './store-program.ts'

await delay(Math.max(0, Number(process.argv[3]) - Date.now()))
const storage = await openStore()
await storage.commit({ records: [noteRow(String(process.pid), 'x')] })
await storage.close()
