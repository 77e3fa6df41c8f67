// A small server for the tests of this tool: `node echo-server.mjs PORT FILE` answers each connection with its process id, the id
// of a child of its own, and how often it was started on FILE.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'

const [, , port, file = ''] = process.argv
const starts = existsSync(file) ? Number(readFileSync(file, 'utf8')) + 1 : 1
writeFileSync(file, String(starts))
const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' })
process.once('SIGTERM', () => {
  child.kill()
  process.exit()
})
createServer((socket) => socket.end(JSON.stringify({ pid: process.pid, child: child.pid, starts }))).listen(
  Number(port),
  '127.0.0.1',
)
