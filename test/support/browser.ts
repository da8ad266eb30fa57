import { execFile } from 'node:child_process'
import { access } from 'node:fs/promises'
import { promisify } from 'node:util'
import { type Browser, chromium } from 'playwright-core'
import { exclusive, PACKAGES_OF_THIS_MACHINE } from '../../sandbox/lock.ts'

const run = promisify(execFile)

const CHROMIUM = '/usr/bin/chromium'

/** A headless Chromium of Debian's package, which is installed when it is not there. */
export const browser = async (): Promise<Browser> => {
  if (!(await isThere())) await exclusive(PACKAGES_OF_THIS_MACHINE, install)
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
}

const install = async (): Promise<void> => {
  if (await isThere()) return
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  await run('apt-get', ['-q', 'update'], { env })
  await run('apt-get', ['-qy', '--no-install-recommends', 'install', 'chromium'], { env })
}

const isThere = (): Promise<boolean> =>
  access(CHROMIUM).then(
    () => true,
    () => false,
  )
