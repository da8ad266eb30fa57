import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { STARTED_PROGRAMS } from '../../../lib/linux/started-programs.ts'
import { shells } from '../../support/shells.ts'
import { suite } from '../../support/suite.ts'

const it = suite('linux/started-programs')

const SCRIPT = String(STARTED_PROGRAMS)

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
  'sudo /opt/a /home/bob/data': ['/opt/a'],
  'sudo -nEu root -- FOO=1 /opt/a': ['/opt/a'],
  'sudo -D /srv --user=root sh run.sh': ['/srv/run.sh'],
  'sudo -u "#0" -g adm /opt/a; sudo -ubob /opt/of-bob': ['/opt/a'],
  'sudo -u bob sh -c "cd /home/bob && /home/bob/a; ./b"; /opt/c': ['/opt/c'],
  'su -c "/opt/a --all && /opt/b"': ['/opt/a', '/opt/b'],
  "su - root -s /bin/sh -c 'cd /srv; ./a'": ['/srv/a'],
  'su - bob -c "/home/bob/a; /home/bob/b" && /opt/c': ['/opt/c'],
  'su -c /home/bob/a bob': [],
  'runuser -u root -- /opt/a; runuser -u bob /home/bob/a; runuser -l bob -c /home/bob/b': ['/opt/a'],
  'doas -u root /opt/a; pkexec --user bob /home/bob/a; gosu bob:bob /home/bob/a; gosu root /opt/b': [
    '/opt/a',
    '/opt/b',
  ],
  'setpriv --reuid=bob --clear-groups /home/bob/a; setpriv --no-new-privs /opt/a': ['/opt/a'],
  'find /home -name "*.tmp" -exec /opt/a {} \\; -o -exec sh -c "cd /srv; ./b" {} +': ['/opt/a', '/srv/b'],
  "find /home -type f -execdir /opt/a {} ';' -print": ['/opt/a'],
  'find /home/bob -name "x(1)" -delete': [],
  'ls /home | xargs -r -n 1 -I {} -P4 /opt/a {} /home/bob': ['/opt/a'],
  "find /srv -print0 | xargs -0 bash -c '. /opt/a'": ['/opt/a'],
  'systemd-run --wait -p MemoryMax=1G -u job --nice 5 /opt/a': ['/opt/a'],
  'systemd-run --uid=bob /home/bob/a; systemd-run -p User=bob /home/bob/b': [],
  'systemd-inhibit --what sleep /opt/a; systemd-cat -t job /opt/b': ['/opt/a', '/opt/b'],
  'env -u HOME -C /srv ./a; env -S "FOO=1 python3 /opt/b"; env - /opt/c': ['/srv/a', '/opt/b', '/opt/c'],
  'nohup nice -n10 ionice -c 2 -n 7 stdbuf -o L setsid -w time -p /opt/a &': ['/opt/a'],
  'timeout --foreground -k 5 -s KILL 1h /opt/a; timeout 5 /opt/b': ['/opt/a', '/opt/b'],
  'flock -w 10 -E 0 /tmp/lock -c "/opt/a /home/bob/x"; flock /home/bob/lock true': ['/opt/a'],
  'taskset -c 0-3 chrt -b 0 numactl -m 0 /opt/a': ['/opt/a'],
  'chroot /srv/jail /bin/sh -c "/opt/a"; /opt/b': ['/srv/jail/bin/sh', '/srv/jail/opt/a', '/opt/b'],
  'chroot --userspec=bob /srv/jail /opt/a; nsenter -t 1 -m /opt/b; unshare -n /opt/c': ['/opt/b', '/opt/c'],
  'exec -a name /opt/a; command -v /home/bob/a; command /opt/b': ['/opt/a', '/opt/b'],
  "trap '/opt/a' EXIT; eval '/opt/b'; eval /opt/c": ['/opt/a', '/opt/b', '/opt/c'],
  'bash -eo pipefail -lc "/opt/a"; sh -x /opt/b; zsh -f /opt/c': ['/opt/a', '/opt/b', '/opt/c'],
  'perl -i.old -pe "s/a/b/" /home/bob/x; python3 -c "print(1)" /home/bob/x; node -p 1 /home/bob/x': [],
  'python3 -W ignore /opt/a; perl -Mre -w /opt/b; php -f /opt/c /home/bob/x': ['/opt/a', '/opt/b', '/opt/c'],
  'cd /srv && python3 -m app': ['/srv'],
  'java -Xmx1g -cp /opt/a.jar:/opt/b Main /home/bob/x; java -jar /opt/c.jar /home/bob/x': [
    '/opt/b',
    '/opt/a.jar',
    '/opt/c.jar',
  ],
  'awk -F: -f /opt/a /home/bob/x; awk "{ print }" /home/bob/x; sed -i "s|a|b|" /home/bob/x': ['/opt/a'],
  'make -C /srv/a all; make -f /opt/b': ['/srv/a', '/opt/b'],
  'echo "failed (/home/bob/x); see /home/bob/y & z" | mail -s "a; /home/bob/z" root': [],
  'echo "done: $(/opt/a $(/opt/b)) `/opt/c`" \'$(/home/bob/x)\'': ['/opt/a', '/opt/b', '/opt/c'],
  'cd /srv && ./a "$(./b)"': ['/srv/a', '/srv/b'],
  'cd "$HOME" && ./a; cd /srv && $TOOL/a': [],
  '/opt/$NAME/run; /opt/b': ['/opt', '/opt/b'],
  '/opt/a#1 # (/home/bob/x); /home/bob/y': ['/opt/a#1'],
  'case $1 in start) /opt/a ;; esac >/dev/null 2>&1; >/tmp/log 2>&1 /opt/b': ['/opt/a', '/opt/b'],
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
    'e.service.d/more.conf':
      '[Service]\nUser=\nExecStart=\nExecStart=@/opt/e other-name\nExecStart=@/bin/sh sh -c /opt/g\n',
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
      for (const path of ['/opt/a', '/opt/b', '/srv/c', '/opt/d', '/opt/e', '/opt/f', '/opt/g', '/opt/more'])
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
