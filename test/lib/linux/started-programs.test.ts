import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { shellFile } from '../../../lib/base/shell-file.ts'
import { shells } from '../../support/shells.ts'
import { suite } from '../../support/suite.ts'

const it = suite('linux/started-programs')

const SCRIPT = String(shellFile(new URL('../../../lib/linux/scripts/started-programs.sh', import.meta.url)))

/** Paths that a line of cron or systemd starts, as `sh` of this machine finds them. */
const startedBy = (line: string): string[] => {
  const { stdout, stderr, status } = spawnSync('sh', ['-c', `${SCRIPT}\nstarted`], {
    input: `${line}\n`,
    encoding: 'utf8',
  })
  assert.is(status, 0, stderr)
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((told) => told.replace(/^runs /, ''))
}

const CASES: Record<string, string[]> = {
  '/opt/job >/dev/null 2>&1': ['/opt/job'],
  'cd /srv/job && ./run.sh': ['/srv/job/run.sh'],
  'cd /srv/job && sh run.sh': ['/srv/job/run.sh'],
  '(cd /srv; cd job; bin/run)': ['/srv/job/bin/run'],
  'cd / && run-parts --report /etc/cron.hourly': ['/etc/cron.hourly'],
  'test -x /opt/a || { cd / && run-parts /etc/cron.daily; }': ['/etc/cron.daily'],
  'if [ -x /opt/a ]; then exec /opt/b; fi': ['/opt/b'],
  'flock -n /tmp/job.lock /opt/job': ['/opt/job'],
  'FOO=1 nice -n 10 timeout 30s python3 -u /srv/a.py /home/bob/data': ['/srv/a.py'],
  "/bin/sh -c 'cd /srv/x && ./run.sh | /opt/log'": ['/srv/x/run.sh', '/opt/log'],
  '/opt/venv/bin/python3 /srv/a.py': ['/opt/venv/bin/python3', '/srv/a.py'],
  'cd /srv && bin/env -i ./run.sh': ['/srv/bin/env', '/srv/run.sh'],
  "/bin/sh -c '/usr/bin/python3 /srv/a.py'": ['/srv/a.py'],
  "bash -c 'flock /tmp/job.lock /usr/bin/env /opt/job'": ['/opt/job'],
  '. /srv/env; backup.sh': ['/srv/env'],
  '/opt/a $(/opt/b) `/opt/c`': ['/opt/a', '/opt/b', '/opt/c'],
  'tar czf /backup/x.tgz /home/bob': [],
  'cd /home/bob && tar cf /backup/x.tar .': [],
  'rm -rf ${DIR}/tmp/x': [],
}

for (const [line, paths] of Object.entries(CASES))
  it(`of ${line} it is ${paths.join(', ') || 'nothing'}`, () => {
    assert.equal(startedBy(line), paths)
  })

it('of units it is what they start as root, however their lines are spaced and wherever these are', async () => {
  const units: Record<string, string> = {
    'a.service': '[Service]\nUser=root  \nExecStart=/opt/a\n',
    'b.service': '[Service]\nUser=bob\nExecStart=/opt/of-bob\nExecStartPre=+/opt/b\n',
    'c.service': '[Service]\n WorkingDirectory = /srv\n ExecStart = ./c \\\n  --all\n',
    'd.service': '[Service]\r\nExecStart=-/opt/d\r\n',
    'e.service': '[Service]\nUser = nobody\nExecStart=/opt/of-nobody\n',
    'f.service': '[Service]\nExecStart=/opt/f',
    'f.service.d/more.conf': '[Service]\nExecStart=/opt/more',
    'e.service.d/more.conf': '[Service]\nUser=\nExecStart=\nExecStart=@/opt/e other-name\n',
  }
  const top = await mkdtemp(join(tmpdir(), 'units-'))
  try {
    for (const parts of ['e.service.d', 'f.service.d']) await mkdir(join(top, parts))
    for (const [path, text] of Object.entries(units)) await writeFile(join(top, path), text)
    for (const [name, [command, ...args]] of await shells()) {
      const script = `${SCRIPT.replaceAll('/etc/systemd/system', top)}\nunits | started`
      const { stdout, stderr } = spawnSync(command, [...args, '-c', script], { encoding: 'utf8' })
      assert.is(stderr, '', name)
      const told = new Set(stdout.trimEnd().split('\n'))
      for (const path of ['/opt/a', '/opt/b', '/srv/c', '/opt/d', '/opt/e', '/opt/f', '/opt/more'])
        assert.ok(told.has(`runs ${path}`), `${name}: ${path} in ${stdout}`)
      assert.not.ok(told.has('runs /opt/of-bob'), name)
    }
  } finally {
    await rm(top, { recursive: true })
  }
})

it('of tables of cron it is what they start as root, also where one ends without the end of a line', async () => {
  const tables: Record<string, string> = {
    crontab: '30 5 * * * root /opt/a',
    'cron.d/b': 'PATH=/usr/bin\n@reboot root /opt/b\n1 * * * * bob /opt/of-bob',
    'cron.d/c': '  5 0 * * *  root  /opt/c\n#1 * * * * root /opt/nobody',
  }
  const top = await mkdtemp(join(tmpdir(), 'cron-'))
  try {
    await mkdir(join(top, 'cron.d'))
    for (const [path, text] of Object.entries(tables)) await writeFile(join(top, path), text)
    for (const [name, [command, ...args]] of await shells()) {
      const script = SCRIPT.replaceAll(' /etc/', ` ${top}/`).replaceAll('/var/spool', join(top, 'none'))
      const ran = spawnSync(command, [...args, '-c', `${script}\ncrontabs | started`], { encoding: 'utf8' })
      assert.equal([ran.stderr, ran.stdout], ['', 'runs /opt/a\nruns /opt/b\nruns /opt/c\n'], name)
    }
  } finally {
    await rm(top, { recursive: true })
  }
})

it.run()
