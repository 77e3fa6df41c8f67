// Everything that judges the code without running it. All parts run, so that one run shows every complaint.
import { run, runScript } from './lib/run.mjs'

const codes = [
  await run('oxlint', ['--type-aware', '--deny-warnings', '--report-unused-disable-directives']),
  await run('depcruise', ['--config', '.dependency-cruiser.cjs', 'packages', 'tooling', 'apps']),
  await runScript('check-hygiene.mjs'),
]
process.exitCode = codes.every((code) => code === 0) ? 0 : 1
