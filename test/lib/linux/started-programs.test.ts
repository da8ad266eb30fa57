import { spawnSync } from 'node:child_process'
import * as assert from 'uvu/assert'
import { shellFile } from '../../../lib/base/shell-file.ts'
import { suite } from '../../support/suite.ts'

const it = suite('linux/started-programs')

const SCRIPT = shellFile(new URL('../../../lib/linux/scripts/started-programs.sh', import.meta.url))

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

it.run()
